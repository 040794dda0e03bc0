import type { Clock } from "../core/model/clock.ts";
import { faultFields, type Log } from "../observe/log.ts";
import type { Retention, Store } from "../store/store.ts";

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

/** Lets records go when they are as old as heed.yaml says, little by little. Returns how to stop. */
export function keepRetention({ store, clock, log, retention, isMine }: RetentionParts): () => Promise<void> {
  let away = false;
  let stopped = false;
  let stepping = Promise.resolve();
  let cancel = (): void => undefined;

  const step = async (): Promise<boolean> => {
    if (!isMine()) return false;
    try {
      const more = await store.expire(retention());
      away = false;
      return more;
    } catch (fault) {
      if (!away) log.warn("records that are too old cannot be removed for now", faultFields(fault));
      away = true;
      return false;
    }
  };
  const steps = async (): Promise<void> => {
    const more = await step();
    if (!stopped) next(more ? NEXT_STEP_MS : LOOK_MS);
  };
  const next = (ms: number): void => {
    cancel = clock.after(ms, () => {
      stepping = steps();
    });
  };
  next(NEXT_STEP_MS);
  return async () => {
    stopped = true;
    cancel();
    await stepping;
  };
}
