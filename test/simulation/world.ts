import { encodeContact } from "../../src/runtime/contact-codec.ts";
import type { Witnessed } from "../../src/runtime/parts.ts";
import type { Commit } from "../../src/store/store.ts";
import type { Chance } from "./chance.ts";
import { CRASH_LABELS, type CrashLabel, DELICATE, type Fault, RARE } from "./faults.ts";
import type { Plan } from "./plan.ts";
import type { Scheduler } from "./scheduler.ts";
import type { Sighting } from "./sightings.ts";
import type { Trace } from "./trace.ts";

/** What everything in a simulation stands on. */
export interface World {
  readonly plan: Plan;
  readonly scheduler: Scheduler;
  readonly trace: Trace;
  /** Nobody watches, so nothing need be prepared for it. */
  readonly blind: boolean;
  /** Tells the watches. */
  see(sighting: Sighting): void;
  /** Counts that something came about, for what must come about sometimes. */
  reach(what: string): void;
  /** Whether this fault strikes what is named. Never once the calm has begun. */
  strikes(fault: Fault, about: string): boolean;
  /** Makes time pass to this moment, and far enough that everybody who polls the store has looked at it. */
  nudge(moment: number): void;
  /** The luck of what is named: a stream of its own, and another one each time it is asked for. */
  luck(about: string): Chance;
}

/** One running process: what it has started dies with it. */
export interface Process {
  readonly name: string;
  readonly isAlive: () => boolean;
  readonly stalledUntil: () => number;
  /** Milliseconds by which its wall clock is wrong. */
  readonly skewMs: number;
  kill(): void;
  stall(untilMs: number): void;
  /** Called when it dies. */
  onDeath(task: () => void): void;
  /** Remembers a decision that is about to be committed. */
  decide(decided: Witnessed): void;
  /** The decision that a commit carries out; undefined when it carries out none. */
  decisionOf(change: Pick<Commit, "key" | "body">): Witnessed | undefined;
}

export function createProcess(name: string, skewMs: number): Process {
  let alive = true;
  let stalledUntil = 0;
  const deaths: (() => void)[] = [];
  const decided = new Map<string, readonly Witnessed[]>();
  return {
    name,
    skewMs,
    isAlive: () => alive,
    stalledUntil: () => stalledUntil,
    kill() {
      if (!alive) return;
      alive = false;
      for (const task of deaths.splice(0)) task();
    },
    stall(until) {
      stalledUntil = Math.max(stalledUntil, until);
    },
    decide(one) {
      if (one.decision.changed) decided.set(one.before.key, [...(decided.get(one.before.key) ?? []), one]);
    },
    decisionOf({ key, body }) {
      const pending = decided.get(key) ?? [];
      const fits = ({ decision }: Witnessed): boolean => Buffer.compare(encodeContact(decision.contact), body) === 0;
      // Two decisions about one contact may be made in the same turn.
      const found = pending.length < 2 ? pending[0] : (pending.find(fits) ?? pending.at(-1));
      decided.set(
        key,
        pending.filter((one) => one !== found),
      );
      return found;
    },
    onDeath: (task) => void deaths.push(task),
  };
}

const MOST_STALL_MS = 60_000;
/** Long enough for its lease to end, for the vendor to be asked, and for another process to send the message again. */
const MOST_STALL_BEFORE_CALL_MS = 180_000;

/**
 * A labelled step of a process: it takes a moment, other things may happen first, and the process may die at it or stand
 * still. The promise of a dead process never settles.
 */
export type Step = (process: Process, label: CrashLabel, about: string, latencyMs?: number) => Promise<void>;

export interface Steps {
  readonly take: Step;
  /** The labels of those that were taken. */
  readonly taken: readonly CrashLabel[];
}

export function createSteps(world: World): Steps {
  const { scheduler, plan, trace } = world;
  const known: ReadonlySet<string> = new Set(CRASH_LABELS);
  const taken: CrashLabel[] = [];
  const take: Step = (process, label, about, latencyMs) =>
    new Promise((resolve) => {
      if (!process.isAlive()) return;
      if (!known.has(label)) throw new Error(`${label} is no labelled step`);
      taken.push(label);
      trace.add(`${scheduler.now()} ${process.name} ${label}`);
      const name = `${label} ${about}`;
      const dies =
        world.strikes("process.crash", name) ||
        (DELICATE.test(label) && world.strikes("process.crash_at_delicate_step", name)) ||
        (RARE.test(label) && world.strikes("process.crash_at_rare_step", name));
      if (taken.length === plan.crashAtStep || dies) {
        world.reach(`crash ${label}`);
        trace.add(`${scheduler.now()} ${process.name} dies at ${label}`);
        process.kill();
        return;
      }
      const stalls = label !== "call.asked" && world.strikes("process.stall", name);
      const stallsBeforeCall = label === "commit.ticket.done" && world.strikes("process.stall_before_call", name);
      const luck = world.luck(name);
      const longest = stallsBeforeCall ? MOST_STALL_BEFORE_CALL_MS : MOST_STALL_MS;
      if (stalls || stallsBeforeCall) process.stall(scheduler.now() + luck.between(1_000, longest));
      const latency = latencyMs ?? drawLatency(world, luck, name);
      // Between its last look at the clock and the request's first byte nobody can help a process that stands still.
      const owner = label === "call.asked" ? { ...process, stalledUntil: () => 0 } : process;
      scheduler.at(scheduler.now() + latency, resolve, owner, luck.fraction());
    });
  return { take, taken };
}

function drawLatency(world: World, luck: Chance, name: string): number {
  if (world.strikes("store.slow", name)) return luck.between(100, 2_000);
  return luck.happens(0.5) ? 0 : luck.between(0, 8);
}
