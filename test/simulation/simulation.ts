import { createCast } from "./cast.ts";
import { chanceOf } from "./chance.ts";
import type { CrashLabel } from "./faults.ts";
import type { Ground } from "./ground.ts";
import { type Mutation, unchanged } from "./mutation.ts";
import { type Plan, START } from "./plan.ts";
import { createOperator } from "./operator.ts";
import { createScheduler } from "./scheduler.ts";
import { createSharedStore } from "./shared-store.ts";
import type { Sighting } from "./sightings.ts";
import { createSources } from "./sources.ts";
import { createTrace } from "./trace.ts";
import { watchAll } from "./watches.ts";
import { createSteps, type World } from "./world.ts";

const DAY = 86_400_000;
/** All that ever wakes up has woken up by then: rules of the simulation expire after thirty days at the latest. */
const LONGEST_MS = 60 * DAY;

/** A person who is told that a rule has paused itself looks at it after this long. */
const LOOK_AFTER_MS = 20 * 60_000;

/** A promise that was broken. */
export interface Violation {
  /** `I1` … `I17`. */
  readonly invariant: string;
  readonly at: number;
  readonly text: string;
}

export interface Outcome {
  readonly violations: readonly Violation[];
  /** The same for the same seed, always. */
  readonly digest: string;
  readonly steps: number;
  /** The steps at which a process could have died, one after the other. */
  readonly labelledSteps: readonly CrashLabel[];
  readonly crashes: number;
  readonly sends: number;
  /** How often what came about. */
  readonly reached: ReadonlyMap<string, number>;
  readonly trace: readonly string[];
}

export interface Options {
  readonly mutation?: Mutation;
  /** Keep the whole trace, with the documents. */
  readonly verbose?: boolean;
  /** Only the digest is wanted: nobody watches. */
  readonly blind?: boolean;
  /** More steps than this are a system that does not come to rest. */
  readonly mostSteps?: number;
}

/** Plays a plan to its end. The same plan always plays the same. */
export async function simulate(ground: Ground, plan: Plan, options: Options = {}): Promise<Outcome> {
  const { mutation = unchanged, verbose = false, blind = false, mostSteps = 1_000_000 } = options;
  const scheduler = createScheduler(START, chanceOf(plan.seed, plan.luck, "order"));
  const trace = createTrace(verbose);
  const reached = new Map<string, number>();
  const violations: Violation[] = [];
  const times = new Map<string, number>();
  let broken: unknown = null;
  const reach = (what: string): void => void reached.set(what, (reached.get(what) ?? 0) + 1);
  const violate = (invariant: string, text: string): void => {
    violations.push({ invariant, at: scheduler.now(), text });
    trace.note(`${scheduler.now()} BROKEN ${invariant}: ${text}`);
  };
  const world: World = {
    plan,
    scheduler,
    trace,
    reach,
    see(sighting) {
      lookAfter(sighting);
      operator.hear(sighting);
      if (blind) return;
      try {
        watch.see(sighting, scheduler.now());
      } catch (fault) {
        // Whoever is watched would take it for trouble of the store's and try again.
        broken ??= fault;
      }
    },
    blind,
    nudge(moment) {
      for (const late of [0, 100]) scheduler.passTo(moment + late);
    },
    luck(about) {
      const time = (times.get(about) ?? 0) + 1;
      times.set(about, time);
      return chanceOf(plan.seed, plan.luck, about, time);
    },
    strikes(fault, about) {
      const rate = plan.faults.get(fault) ?? 0;
      if (rate === 0 || scheduler.now() >= plan.calmAt) return false;
      const struck = world.luck(`${fault} ${about}`).happens(rate);
      if (struck) reach(fault);
      return struck;
    },
  };
  const step = createSteps(world);
  const shared = createSharedStore(world, step.take);
  const watch = watchAll({ ground, shared, violate });
  // Somebody is told, looks at it, and lets a rule go on that has paused itself.
  const lookAfter = (sighting: Sighting): void => {
    if (sighting.kind !== "paused" || !sighting.bySelf) return;
    scheduler.at(scheduler.now() + LOOK_AFTER_MS, () => cast.resume(sighting.target));
  };
  const cast = createCast(world, ground, mutation, step.take, shared);
  const sources = createSources(world, ground, shared, cast.knock);
  cast.listen((post) => sources.send(post));
  const operator = createOperator(world, cast, shared.server, (post) => sources.send(post));

  for (const { posts } of plan.events) for (const post of posts) sources.send(post);
  for (const { at, version } of plan.deploys) scheduler.at(at, () => cast.publish(version));
  // Sooner or later rules are deployed again: that is when somebody looks for tickets of channels that are gone.
  const last = plan.deploys.at(-1)?.version;
  if (last !== undefined && plan.deploys.length > 1) scheduler.at(plan.calmAt, () => cast.publish(last));
  for (const { at, target, forMs, resumedAt } of plan.pauses) {
    scheduler.at(at, () => cast.pause(target, forMs));
    if (forMs === null) scheduler.at(resumedAt, () => cast.resume(target));
  }
  for (const at of plan.cancels) scheduler.at(at, () => cast.cancel());
  for (let number = 0; number < plan.processes; number++) cast.start(number);

  const end = await scheduler.run({ steps: mostSteps, until: START + LONGEST_MS });
  if (end !== "rest")
    violate("I9", `after ${scheduler.steps()} steps and ${days(scheduler.now())} days there is still something to do`);
  if (broken !== null) throw new Error(`a watch is broken, in seed ${plan.seed}`, { cause: broken });
  if (!blind) await watch.atRest();
  for (const { key, body } of await shared.server.scan({ limit: 1_000_000 })) {
    trace.add(`${key} ends as ${Buffer.from(body).toString("latin1")}`);
  }
  return {
    violations,
    digest: trace.digest(),
    steps: scheduler.steps(),
    labelledSteps: step.taken,
    crashes: cast.crashes(),
    sends: reached.get("outcome accepted") ?? 0,
    reached,
    trace: trace.lines,
  };
}

function days(now: number): string {
  return ((now - START) / DAY).toFixed(1);
}
