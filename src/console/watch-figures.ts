import type { Clock } from "../core/model/clock.ts";
import { FIGURES_KEY } from "../ledger/figures-documents.ts";
import type { Store } from "../store/store.ts";

const LOOK_MS = 1_000;

/** Tells its listeners, at most once a second, that the account has grown. While nobody listens it looks at nothing. */
export function watchFigures(store: Pick<Store, "load">, clock: Clock): (tell: () => void) => () => void {
  const listeners = new Set<() => void>();
  let seen: string | null = null;
  const look = async (): Promise<void> => {
    // A store that does not answer is no news.
    const doc = await store.load(FIGURES_KEY, "latest").catch(() => null);
    const rev = doc?.rev ?? null;
    if (rev !== null && rev !== seen) for (const tell of listeners) tell();
    seen = rev ?? seen;
  };
  const tick = (): void => {
    clock.after(LOOK_MS, () => {
      void look().finally(() => {
        if (listeners.size > 0) tick();
      });
    });
  };
  return (tell) => {
    listeners.add(tell);
    if (listeners.size === 1) tick();
    return () => void listeners.delete(tell);
  };
}
