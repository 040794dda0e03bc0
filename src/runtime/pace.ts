import type { Clock } from "../core/model/clock.ts";
import type { MessageClass } from "../core/model/rulebook.ts";

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
  turn(messageClass: MessageClass): Promise<void>;
  /** The turn was not used: the gates let nothing through. The next may go in its place. */
  giveBack(): void;
  setRate(ratePerSecond: number | null): void;
  close(): void;
}

interface Waiter {
  readonly go: () => void;
  readonly fail: (fault: Error) => void;
}

export function createPace(clock: Clock, ratePerSecond: number | null): Pace {
  let spacingMs = spacing(ratePerSecond);
  const waiting: Record<MessageClass, Waiter[]> = { transactional: [], marketing: [] };
  let freeAt = clock.monotonic();
  let cancel: (() => void) | null = null;
  let closed = false;

  const serve = (): void => {
    cancel = null;
    const next = waiting.transactional.shift() ?? waiting.marketing.shift();
    if (next === undefined) return;
    freeAt = Math.max(freeAt, clock.monotonic()) + spacingMs;
    next.go();
    schedule();
  };
  const schedule = (): void => {
    if (cancel !== null || waiting.transactional.length + waiting.marketing.length === 0) return;
    cancel = clock.after(Math.max(0, freeAt - clock.monotonic()), serve);
  };

  return {
    turn(messageClass) {
      if (closed) return Promise.reject(new LaneClosed("the lane is closed"));
      if (spacingMs === 0) return Promise.resolve();
      return new Promise((go, fail) => {
        waiting[messageClass].push({ go, fail });
        schedule();
      });
    },
    giveBack() {
      freeAt -= spacingMs;
      cancel?.();
      cancel = null;
      schedule();
    },
    setRate(next) {
      spacingMs = spacing(next);
    },
    close() {
      closed = true;
      cancel?.();
      for (const { fail } of [...waiting.transactional.splice(0), ...waiting.marketing.splice(0)]) {
        fail(new LaneClosed("the lane is closed"));
      }
    },
  };
}

function spacing(ratePerSecond: number | null): number {
  return ratePerSecond === null ? 0 : 1_000 / ratePerSecond;
}
