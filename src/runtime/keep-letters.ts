import type { Clock } from "../core/model/clock.ts";
import type { Log } from "../observe/log.ts";
import type { Store } from "../store/store.ts";
import { againAndAgain, type Repeating } from "./again-and-again.ts";
import { tidyLetters } from "./dead-letters.ts";

export interface LettersParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  /** Whether this process is the one that sees to it; asked before each look. */
  readonly isMine: () => boolean;
}

const LOOK_MS = 30_000;

/** Keeps only those dead letters that wait for a person: a page of them at each look, and then from the beginning. */
export function keepLetters({ store, clock, log, isMine }: LettersParts): Repeating {
  let after = 0;
  return againAndAgain({
    clock,
    log,
    everyMs: LOOK_MS,
    whenFailing: "dead letters cannot be looked through for now",
    async look() {
      after = isMine() ? ((await tidyLetters(store, after)) ?? 0) : 0;
    },
  });
}
