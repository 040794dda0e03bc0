import type { Clock } from "../core/model/clock.ts";
import { faultFields, type Log } from "../observe/log.ts";

export interface Repeated {
  readonly clock: Clock;
  readonly log: Log;
  /** From the end of one look to the next, unless a look says otherwise. */
  readonly everyMs: number;
  /** What the log says when a look fails; once, until one succeeds again. */
  readonly whenFailing: string;
  /** Resolves with the time to the next look, where that is another. */
  readonly look: () => Promise<number | void>;
}

export interface Repeating {
  /** Resolves when no look is under way. */
  settled(): Promise<void>;
  /** Resolves when the look that is under way has ended, and there will be no other. */
  stop(): Promise<void>;
}

/** Does what one process does for all in the background, over and over; what fails is tried again at the next look. */
export function againAndAgain({ clock, log, everyMs, whenFailing, look }: Repeated): Repeating {
  let isFailing = false;
  let stopped = false;
  let looking = Promise.resolve();
  let cancel = (): void => undefined;

  const lookOnce = async (): Promise<void> => {
    let next = everyMs;
    try {
      next = (await look()) ?? everyMs;
      isFailing = false;
    } catch (fault) {
      if (!isFailing) log.warn(whenFailing, faultFields(fault));
      isFailing = true;
    }
    if (!stopped) after(next);
  };
  const after = (ms: number): void => {
    cancel = clock.after(ms, () => {
      looking = lookOnce();
    });
  };
  after(everyMs);
  return {
    settled: () => looking,
    async stop() {
      stopped = true;
      cancel();
      await looking;
    },
  };
}
