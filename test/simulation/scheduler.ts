import type { Clock } from "../../src/core/model/clock.ts";
import type { Chance } from "./chance.ts";

/** What tasks belong to: they die with it, and wait while it stands still. */
export interface Owner {
  readonly isAlive: () => boolean;
  /** Epoch milliseconds; in the past while all is well. */
  readonly stalledUntil: () => number;
}

/**
 * Virtual time, and the only thing that decides what happens next: one task at a time, then everything that its promises
 * lead to, then the next. Of tasks that are due at the same moment chance picks.
 */
export interface Scheduler {
  now(): number;
  /** Tasks run so far. */
  steps(): number;
  /**
   * Runs `task` at `moment`, or now when that has passed. `luck`, in [0, 1), is its place among all of that moment.
   * Returns how to take it back.
   */
  at(moment: number, task: () => void, owner?: Owner, luck?: number): () => void;
  /** Makes time pass to this moment, so that whoever polls gets to look. */
  passTo(moment: number): void;
  /** A clock for what polls: its timers run as soon as time passes them, but never make time pass. */
  readonly polling: Clock;
  /** Until nothing is left to do: `rest`; or this many more tasks were run, or this moment passed. */
  run(limits: { readonly steps: number; readonly until: number }): Promise<"rest" | "steps" | "time">;
}

interface Task {
  at: number;
  readonly luck: number;
  readonly order: number;
  /** Null when nothing is to be done but to let time pass. */
  readonly run: (() => void) | null;
  readonly owner: Owner | null;
  cancelled: boolean;
}

export function createScheduler(start: number, chance: Chance): Scheduler {
  let now = start;
  let steps = 0;
  let order = 0;
  const tasks: Task[] = [];
  const polls = new Map<number, { readonly at: number; readonly run: () => void }>();
  /** No poll is due before. */
  let quietUntil = Number.POSITIVE_INFINITY;

  const put = (task: Task): void => {
    let index = tasks.length;
    tasks.push(task);
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = tasks[parent];
      if (above === undefined || !comesFirst(task, above)) break;
      tasks[index] = above;
      index = parent;
    }
    tasks[index] = task;
  };

  /** Whether anybody polled. */
  const pollAll = (): boolean => {
    if (quietUntil > now) return false;
    const due = [...polls].filter(([, { at }]) => at <= now);
    for (const [id] of due) polls.delete(id);
    quietUntil = Math.min(Number.POSITIVE_INFINITY, ...[...polls.values()].map(({ at }) => at));
    for (const [, { run }] of shuffled(due, chance)) run();
    return due.length > 0;
  };
  const add = (moment: number, run: (() => void) | null, owner: Owner | null, luck: number): Task => {
    order += 1;
    // Clocks show whole milliseconds.
    const at = Math.ceil(Math.max(moment, now));
    const task: Task = { at, luck, order, run, owner, cancelled: false };
    put(task);
    return task;
  };

  return {
    now: () => now,
    steps: () => steps,
    at(moment, run, owner, luck) {
      const task = add(moment, run, owner ?? null, luck ?? chance.fraction());
      return () => {
        task.cancelled = true;
      };
    },
    passTo: (moment) => void add(moment, null, null, 1),
    polling: {
      now: () => now,
      monotonic: () => now - start,
      after(ms, run) {
        order += 1;
        const id = order;
        polls.set(id, { at: now + ms, run });
        quietUntil = Math.min(quietUntil, now + ms);
        return () => void polls.delete(id);
      },
    },
    async run(limits) {
      const most = steps + limits.steps;
      for (;;) {
        const task = take(tasks);
        if (task === undefined) return "rest";
        if (task.cancelled || task.owner?.isAlive() === false) continue;
        const resumes = task.owner?.stalledUntil() ?? 0;
        if (resumes > task.at) {
          task.at = resumes;
          put(task);
          continue;
        }
        if (task.at > limits.until) return "time";
        if (steps >= most) return "steps";
        now = task.at;
        const polled = pollAll();
        if (task.run === null && !polled) continue;
        steps += 1;
        task.run?.();
        await settled();
      }
    },
  };
}

/** A macrotask runs when all promises that can go on have gone on. */
function settled(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

function shuffled<T>(items: readonly T[], chance: Chance): readonly T[] {
  const drawn = items.map((item) => ({ item, luck: chance.fraction() }));
  return drawn.sort((a, b) => a.luck - b.luck).map(({ item }) => item);
}

function comesFirst(a: Task, b: Task): boolean {
  return a.at !== b.at ? a.at < b.at : a.luck !== b.luck ? a.luck < b.luck : a.order < b.order;
}

/** The first task of a binary heap. */
function take(tasks: Task[]): Task | undefined {
  const first = tasks[0];
  const last = tasks.pop();
  if (first === undefined || last === undefined || tasks.length === 0) return first;
  let index = 0;
  for (;;) {
    const left = tasks[2 * index + 1];
    const right = tasks[2 * index + 2];
    const useRight = left !== undefined && right !== undefined && comesFirst(right, left);
    const child = useRight ? right : left;
    if (child === undefined || !comesFirst(child, last)) break;
    tasks[index] = child;
    index = 2 * index + (useRight ? 2 : 1);
  }
  tasks[index] = last;
  return first;
}
