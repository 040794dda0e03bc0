import type { Clock } from "../core/model/clock.ts";
import type { Log } from "../observe/log.ts";
import type { Retention, Store } from "../store/store.ts";
import { againAndAgain, type Repeating } from "./again-and-again.ts";

export interface RetentionParts {
  readonly store: Pick<Store, "expire">;
  readonly clock: Clock;
  readonly log: Log;
  /** How long records stay, by the rules that are deployed now. */
  readonly retention: () => Retention;
  /** Whether this process is the one that sees to it; asked before each look. */
  readonly isMine: () => boolean;
}

const LOOK_MS = 60_000;
/** Between two steps of which the first left something to do: whoever decides goes first. */
const NEXT_STEP_MS = 50;

/** Lets records go when they are as old as heed.yaml says, little by little. */
export function keepRetention({ store, clock, log, retention, isMine }: RetentionParts): Repeating {
  return againAndAgain({
    clock,
    log,
    everyMs: LOOK_MS,
    whenFailing: "records that are too old cannot be removed for now",
    async look() {
      const more = isMine() && (await store.expire(retention()));
      return more ? NEXT_STEP_MS : LOOK_MS;
    },
  });
}
