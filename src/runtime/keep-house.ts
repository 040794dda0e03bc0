import { type GuardParts, guardHouse } from "./guard-house.ts";
import { keepFigures } from "./keep-figures.ts";
import { keepLetters } from "./keep-letters.ts";
import { keepRetention } from "./keep-retention.ts";
import { keepSeals } from "./keep-seals.ts";

/** What one process does for all: it adds up the account, seals it, lets go what is too old or settled, and looks out for trouble. */
export interface HouseKeeper {
  /** Call while this process is still one of those that decide: none of them may be the first without it. */
  rest(): Promise<void>;
  /** When nothing is decided any more. */
  stop(): Promise<void>;
}

export function keepHouse(parts: GuardParts): HouseKeeper {
  const { engine, deployed } = parts;
  const guard = guardHouse(parts);
  const isMine = (): boolean => engine.isFirst();
  const kept = { ...parts, isMine, retention: () => deployed().workspace.retention };
  const figures = keepFigures({ ...kept, onChange: guard.onFigures });
  const seals = keepSeals(kept);
  const retention = keepRetention(kept);
  const letters = keepLetters(kept);
  return {
    async rest() {
      await guard.stop();
      await seals.stop();
    },
    async stop() {
      await Promise.all([figures.stop(), retention.stop(), letters.stop()]);
    },
  };
}
