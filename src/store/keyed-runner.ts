import type { Clock } from "../core/model/clock.ts";
import type { KeyClaims } from "./key-claims.ts";

/** Something to do for one key. `run` never rejects; `drop` is called instead of `run` when the runner stops first. */
export interface KeyedTask {
  readonly key: string;
  run(stepAside: StepAside): Promise<void>;
  drop(): void;
}

/** Gives up the task's place of `parallel` until what is returned is called; null when too many have done so. */
export type StepAside = () => (() => void) | null;

/** Tasks that have stepped aside, at the most, for each place: what bounds memory while something outside is slow. */
const ASIDE_PER_PLACE = 8;

export interface KeyedRunnerOptions {
  readonly clock: Clock;
  /** Tasks at work at once, at the most. */
  readonly parallel: number;
  /** Tasks taken in at once, waiting and at work: what bounds memory while a lane is long. */
  readonly lookAhead: number;
  /** Tasks of one key taken in at once, so that a busy key leaves room for the others. */
  readonly perKey: number;
  /** Shared by all runners of a lane in this process. */
  readonly claims: KeyClaims;
  /** A task ended: `offer` may accept what it refused before. */
  readonly onRoom: () => void;
}

/**
 * `full` refuses everything until a task ends. `held` refuses this key until `rewind`, even when its turn comes in
 * between: who offers in order and passes over one of a key must pass over all later ones too, or they would overtake.
 */
export type Offer = "taken" | "held" | "full";

/** Runs tasks side by side, one key never twice at once and each key in the order offered. */
export interface KeyedRunner {
  offer(task: KeyedTask): Offer;
  /** Forgets which keys were held. Call it before offering again from the first task that was passed over. */
  rewind(): void;
  /** Tasks taken in whose turn has not come. */
  readonly waiting: number;
  /** No new task starts and waiting ones are dropped; resolves when those at work have ended, or after `drainMs`. */
  stop(drainMs: number): Promise<void>;
}

export function createKeyedRunner(options: KeyedRunnerOptions): KeyedRunner {
  const { clock, parallel, lookAhead, perKey, claims, onRoom } = options;
  if (!Number.isInteger(parallel) || parallel < 1) throw new RangeError(`parallel is at least 1, found ${parallel}`);
  const owner = {};
  /** Waiting tasks by key. A key stays here while one of its tasks is at work. */
  const lines = new Map<string, KeyedTask[]>();
  /** Keys with a waiting task and none at work, in the order in which they became so. */
  const turn: string[] = [];
  const busy = new Set<string>();
  /** Of the busy ones. */
  const aside = new Set<string>();
  const held = new Set<string>();
  let waiting = 0;
  let stopped = false;
  let idle: (() => void) | null = null;

  function startSome(): void {
    while (!stopped && busy.size - aside.size < parallel) {
      const key = turn.shift();
      if (key === undefined) return;
      const task = lines.get(key)?.shift();
      if (task === undefined) continue;
      waiting -= 1;
      busy.add(key);
      void task.run(() => stepAside(key)).finally(() => ended(key));
    }
  }

  function stepAside(key: string): (() => void) | null {
    if (aside.size >= ASIDE_PER_PLACE * parallel) return null;
    aside.add(key);
    startSome();
    onRoom();
    return () => void aside.delete(key);
  }

  function ended(key: string): void {
    busy.delete(key);
    aside.delete(key);
    const line = lines.get(key);
    if (line !== undefined && line.length > 0) turn.push(key);
    else lines.delete(key);
    startSome();
    if (busy.size === 0) idle?.();
    claims.release(key, owner);
    onRoom();
  }

  return {
    offer(task) {
      if (stopped || waiting + busy.size - aside.size >= lookAhead) return "full";
      if (held.has(task.key)) return "held";
      const line = lines.get(task.key);
      if ((line !== undefined && line.length >= perKey) || !claims.claim(task.key, owner)) {
        held.add(task.key);
        return "held";
      }
      waiting += 1;
      if (line === undefined) lines.set(task.key, [task]);
      else line.push(task);
      if (!busy.has(task.key) && (line === undefined || line.length === 1)) turn.push(task.key);
      startSome();
      return "taken";
    },
    rewind: () => held.clear(),
    get waiting() {
      return waiting;
    },
    async stop(drainMs) {
      stopped = true;
      turn.length = 0;
      for (const line of lines.values()) {
        for (const task of line.splice(0)) {
          task.drop();
          claims.release(task.key, owner);
        }
      }
      waiting = 0;
      if (busy.size === 0) return;
      await new Promise<void>((resolve) => {
        const cancel = clock.after(drainMs, resolve);
        idle = () => {
          cancel();
          resolve();
        };
      });
    },
  };
}
