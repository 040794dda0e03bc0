import type { Clock } from "../core/model/clock.ts";

/** The time in which this process may speak through a channel: all of it, or slices leased from those who share it. */
export interface Airtime {
  /** The first moment from `at` on at which it may speak; null while it holds none. Monotonic milliseconds. */
  next(at: number): number | null;
  /** Leases time for so many messages from `at` on, unless it is held or not needed soon. */
  provide(messages: number, spacingMs: number, at: number): void;
  /** Lets go of what is held and asked for. */
  drop(): void;
}

/** A stretch of time in which this process alone speaks, in its monotonic milliseconds; `until` is outside. */
export interface Slice {
  readonly from: number;
  readonly until: number;
}

/** Asks for `ms` of a channel's time that begin in `inMs` or later: gives a slice, or when to ask again. Never rejects. */
export type LeaseTime = (ms: number, inMs: number) => Promise<Slice | { readonly againInMs: number }>;

/**
 * So much of a channel's time is leased at once, if so many messages wait: little, so that others get their turn soon;
 * more when the store takes long to answer.
 */
const SLICE_MS = 100;
export const LONGEST_SLICE_MS = 500;
/** The next slice is asked for so long before the last one ends, and as much longer as the last answer took. */
const ASK_AHEAD_MS = 50;

/** `onChange` is called when time was leased, or may be asked for again. Without `lease` all time is ours. */
export function createAirtime(clock: Clock, lease: LeaseTime | null, onChange: () => void): Airtime {
  if (lease === null) return { next: (at) => at, provide: () => undefined, drop: () => undefined };
  const held: Slice[] = [];
  /** How long the last answer took: what begins sooner may be over when it is known to be ours. */
  let tripMs = 0;
  /** How to stop asking; null while nobody does. */
  let asking: { readonly stop: () => void } | null = null;

  const next = (at: number): number | null => {
    for (; held[0] !== undefined; held.shift()) {
      const moment = Math.max(at, held[0].from);
      if (moment < held[0].until && clock.monotonic() < held[0].until) return moment;
    }
    return null;
  };
  const ask = async (ms: number): Promise<void> => {
    let stop = (): void => undefined;
    const mine = { stop: () => stop() };
    asking = mine;
    const asked = clock.monotonic();
    const answer = await lease(ms, tripMs);
    tripMs = Math.min(clock.monotonic() - asked, LONGEST_SLICE_MS);
    // The rate has changed meanwhile, or the lane is closed: what was leased is lost.
    if (asking !== mine) return;
    const goOn = (): void => {
      asking = null;
      onChange();
    };
    if ("againInMs" in answer) {
      stop = clock.after(Math.ceil(answer.againInMs), goOn);
      return;
    }
    held.push(answer);
    goOn();
  };
  return {
    next,
    provide(messages, spacingMs, at) {
      if (asking !== null) return;
      const moment = next(at);
      const last = held.at(-1);
      if (last !== undefined && last.until - clock.monotonic() > ASK_AHEAD_MS + tripMs + spacingMs) return;
      const room = moment === null || last === undefined ? 0 : Math.ceil((last.until - moment) / spacingMs);
      const most = Math.max(1, Math.floor(Math.max(SLICE_MS, tripMs) / spacingMs));
      if (messages > room) void ask(Math.min(messages - room, most) * spacingMs);
    },
    drop() {
      held.splice(0);
      asking?.stop();
      asking = null;
    },
  };
}
