/**
 * Plays seeds of the simulation by hand: `npm run sim -- --seeds 500 --base 1`, `--minutes 60` for a soak, `--planted` to
 * see every planted bug found, `--seed 42` to play one seed again with its trace. Exits with 1 when a promise was broken.
 */
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import type { Fault } from "./faults.ts";
import { isFault } from "./faults.ts";
import { findPlanted } from "./find-planted.ts";
import { type Ground, prepareGround } from "./ground.ts";
import { type Mutation, unchanged } from "./mutation.ts";
import { planted } from "./planted.ts";
import { addTo, newTally, play, summaryOf, type Tally, tallyOf } from "./play.ts";
import type { Restriction } from "./plan.ts";
import { planOf } from "./plan.ts";
import { reasons } from "./reasons.ts";
import { replayCommand, shrink } from "./shrink.ts";
import { simulate } from "./simulation.ts";
import { missing } from "./sometimes.ts";

/** Source events of a seed: enough for rules to meet each other, few enough for many seeds. */
const EVENTS = 12;
/** A planted bug that takes more seeds than this to be found might as well not be looked for. */
const MOST_SEEDS_PER_BUG = 300;

const print = (line = ""): void => void process.stdout.write(`${line}\n`);

/** What a thread is asked to play: every `step`-th seed from `from` on. */
interface Task {
  readonly from: number;
  readonly step: number;
  readonly seeds: number;
  readonly until: number;
  readonly events: number;
}

async function playTask(ground: Ground, { from, step, seeds, until, events }: Task): Promise<Tally> {
  const tally = newTally();
  for (let played = 0; played < seeds && Date.now() < until; played++) {
    const seed = from + played * step;
    addTo(tally, tallyOf(seed, await play(ground, { seed, events })));
  }
  return tally;
}

function inThread(task: Task): Promise<Tally> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: task });
    worker.once("message", resolve);
    worker.once("error", reject);
  });
}

async function playMany(seeds: number, base: number, minutes: number | null, events: number): Promise<boolean> {
  const threads = Math.min(availableParallelism(), seeds);
  const until = minutes === null ? Number.POSITIVE_INFINITY : Date.now() + minutes * 60_000;
  const began = performance.now();
  const tasks = Array.from({ length: threads }, (_, index) =>
    inThread({ from: base + index, step: threads, seeds: Math.ceil(seeds / threads), until, events }),
  );
  const tally = newTally();
  for (const one of await Promise.all(tasks)) addTo(tally, one);
  print(summaryOf(tally, performance.now() - began));
  const never = missing(reasons, tally.reached);
  if (never.length > 0) print(`never came about: ${never.join(", ")}`);
  const [first] = tally.failing.toSorted((a, b) => a.seed - b.seed);
  if (first === undefined) return true;
  for (const { seed, invariant, text } of tally.failing.slice(0, 20))
    print(`seed ${seed} breaks ${invariant}: ${text}`);
  await explain({ seed: first.seed, events }, first.invariant, null);
  return false;
}

/** Shrinks a failing seed and prints how to see it again. */
async function explain(start: Restriction, invariant: string, plant: string | null): Promise<void> {
  const ground = await prepareGround();
  const mutation = mutationOf(plant);
  const small = await shrink(start, async (smaller) => {
    const { violations } = await play(ground, smaller, mutation);
    return violations.some((violation) => violation.invariant === invariant);
  });
  const events = planOf(small).events.length;
  print();
  print(
    `seed ${start.seed} breaks ${invariant} with ${events} ${events === 1 ? "event" : "events"} as well. To see it:`,
  );
  print(`  ${replayCommand(small, plant)}`);
}

function mutationOf(plant: string | null): Mutation {
  if (plant === null) return unchanged;
  const found = planted.find(({ id }) => id === plant);
  if (found === undefined)
    throw new Error(`there is no planted bug ${plant}, but ${planted.map(({ id }) => id).join(", ")}`);
  return found.mutation;
}

/** Plays one seed and prints all that happened. */
async function playOne(restriction: Restriction, plant: string | null): Promise<boolean> {
  const ground = await prepareGround();
  const { trace, violations, digest } = await simulate(ground, planOf(restriction), {
    mutation: mutationOf(plant),
    verbose: true,
  });
  for (const line of trace) print(line);
  print(`digest ${digest}`);
  for (const { invariant, text } of violations) print(`${invariant}: ${text}`);
  return violations.length === 0;
}

/** Every planted bug must be found, and by the invariant that is there for it. */
async function playPlanted(seeds: number, base: number, events: number): Promise<boolean> {
  const ground = await prepareGround();
  let all = true;
  for (const bug of planted) {
    const { id, mistake } = bug;
    const found = await findPlanted(ground, bug, { seeds, base, events });
    all &&= found !== null;
    const told =
      found === null ? `NOT FOUND in ${seeds} seeds` : `found by seed ${found.seed}, which breaks ${found.invariant}`;
    print(`${id.padEnd(26)} ${told}: ${mistake}`);
    if (found !== null) print(`${" ".repeat(26)} ${replayCommand({ seed: found.seed, events }, id)}`);
  }
  return all;
}

function numbers(text: string | undefined): ReadonlySet<number> | undefined {
  return text === undefined ? undefined : new Set(text.split(",").filter(Boolean).map(Number));
}

function faultsNamed(text: string): ReadonlySet<Fault> {
  const names = text === "none" ? [] : text.split(",");
  const unknown = names.find((name) => !isFault(name));
  if (unknown !== undefined) throw new Error(`there is no fault ${unknown}`);
  return new Set(names.filter(isFault));
}

async function main(): Promise<boolean> {
  const { values } = parseArgs({
    options: {
      seeds: { type: "string" },
      base: { type: "string", default: "1" },
      minutes: { type: "string" },
      events: { type: "string", default: String(EVENTS) },
      planted: { type: "boolean", default: false },
      seed: { type: "string" },
      only: { type: "string" },
      faults: { type: "string" },
      processes: { type: "string" },
      "one-version": { type: "boolean", default: false },
      "no-pauses": { type: "boolean", default: false },
      "no-letters": { type: "boolean", default: false },
      luck: { type: "string" },
      "crash-at": { type: "string" },
      plant: { type: "string" },
    },
  });
  const events = Number(values.events);
  const base = Number(values.base);
  if (values.seed !== undefined) {
    const only = numbers(values.only);
    const restriction: Restriction = {
      seed: Number(values.seed),
      events,
      ...(only !== undefined && { only }),
      ...(values.faults !== undefined && { faults: faultsNamed(values.faults) }),
      ...(values.processes !== undefined && { processes: Number(values.processes) }),
      ...(values.luck !== undefined && { luck: Number(values.luck) }),
      ...(values["crash-at"] !== undefined && { crashAtStep: Number(values["crash-at"]) }),
      oneVersion: values["one-version"],
      noPauses: values["no-pauses"],
      noLetters: values["no-letters"],
    };
    return playOne(restriction, values.plant ?? null);
  }
  if (values.planted) return playPlanted(Number(values.seeds ?? MOST_SEEDS_PER_BUG), base, events);
  const minutes = values.minutes === undefined ? null : Number(values.minutes);
  const seeds = values.seeds === undefined ? (minutes === null ? 200 : Number.MAX_SAFE_INTEGER) : Number(values.seeds);
  return playMany(seeds, base, minutes, events);
}

if (isMainThread) {
  process.exitCode = (await main()) ? 0 : 1;
} else {
  const tally = await playTask(await prepareGround(), workerData as Task);
  parentPort?.postMessage(tally, []);
}
