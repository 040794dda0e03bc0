import type { Clock } from "../core/model/clock.ts";
import type { MessageClass } from "../core/model/rulebook.ts";
import { createAirtime, type LeaseTime } from "./airtime.ts";

/** Thrown to those who wait when the lane closes: no verdict, their tickets come again elsewhere. */
export class LaneClosed extends Error {
  override readonly name = "LaneClosed";
}

/**
 * A channel's rate, spaced out, so that no burst ever passes the provider's limit. Those who wait are served
 * transactional first, then in order: marketing never delays a password reset.
 */
export interface Pace {
  /** Resolves when it is this message's turn. */
  turn(messageClass: MessageClass): Promise<Turn>;
  setRate(ratePerSecond: number | null): void;
  close(): void;
}

export interface Turn {
  /** It was not used: the gates let nothing through. The next may go in its place, unless one has gone after it. */
  giveBack(): void;
}

/** Timers are late by a few milliseconds, which is made up for; more is lost. */
const LATE_MS = 10;

interface Waiter {
  readonly go: (turn: Turn) => void;
  readonly fail: (fault: Error) => void;
}

/**
 * Without `lease` the whole rate is this process's. With it, it speaks in slices that it has leased: then a stretch of
 * time holds no more than the rate allows it, whoever speaks, and one message at either end.
 */
export function createPace(clock: Clock, ratePerSecond: number | null, lease: LeaseTime | null = null): Pace {
  let spacingMs = spacing(ratePerSecond);
  const waiting: Record<MessageClass, Waiter[]> = { transactional: [], marketing: [] };
  /** When the rate allows this process the next message. */
  let freeAt = clock.monotonic();
  let cancel: (() => void) | null = null;
  let closed = false;

  const howMany = (): number => waiting.transactional.length + waiting.marketing.length;
  const take = (): Waiter | undefined => waiting.transactional.shift() ?? waiting.marketing.shift();
  const turnAt = (moment: number): Turn => {
    const before = freeAt;
    const after = Math.max(moment, clock.monotonic() - LATE_MS) + spacingMs;
    freeAt = after;
    return {
      giveBack() {
        if (freeAt !== after) return;
        freeAt = before;
        cancel?.();
        cancel = null;
        schedule();
      },
    };
  };
  const serve = (): void => {
    cancel = null;
    for (;;) {
      const moment = airtime.next(freeAt);
      if (howMany() === 0 || moment === null || moment > clock.monotonic()) break;
      take()?.go(turnAt(moment));
    }
    schedule();
  };
  const schedule = (): void => {
    if (closed || howMany() === 0) return;
    airtime.provide(howMany(), spacingMs, freeAt);
    const moment = airtime.next(freeAt);
    if (moment === null || cancel !== null) return;
    cancel = clock.after(Math.ceil(Math.max(0, moment - clock.monotonic())), serve);
  };
  const airtime = createAirtime(clock, lease, schedule);

  return {
    turn(messageClass) {
      if (closed) return Promise.reject(new LaneClosed("the lane is closed"));
      if (spacingMs === 0) return Promise.resolve(FREE);
      // Time that passed while nobody waited is not saved up.
      if (howMany() === 0) freeAt = Math.max(freeAt, clock.monotonic());
      return new Promise((go, fail) => {
        waiting[messageClass].push({ go, fail });
        schedule();
      });
    },
    setRate(next) {
      if (spacing(next) === spacingMs) return;
      spacingMs = spacing(next);
      airtime.drop();
      if (spacingMs === 0) while (howMany() > 0) take()?.go(FREE);
      schedule();
    },
    close() {
      closed = true;
      cancel?.();
      airtime.drop();
      while (howMany() > 0) take()?.fail(new LaneClosed("the lane is closed"));
    },
  };
}

/** Of a channel without a rate. */
const FREE: Turn = { giveBack: () => undefined };

function spacing(ratePerSecond: number | null): number {
  return ratePerSecond === null ? 0 : 1_000 / ratePerSecond;
}
