import type { Clock } from "../core/model/clock.ts";
import type { LookedUp } from "../core/model/decision.ts";

/** Answers that are still good, by what was asked. The one that was of no use for longest goes first. */
export interface AnswerCache {
  get(asked: string): LookedUp | undefined;
  /** `askedAt` is monotonic: an answer is as old as its question. */
  put(asked: string, answer: LookedUp, askedAt: number): void;
}

const MOST_ENTRIES = 10_000;
/** Characters of all answers of one look-up together, as JSON. */
const MOST_CHARACTERS = 16_000_000;

interface Entry {
  readonly answer: LookedUp;
  readonly size: number;
  readonly until: number;
}

export function createAnswerCache(
  clock: Clock,
  goodForMs: number,
  most: { readonly entries: number; readonly characters: number } = {
    entries: MOST_ENTRIES,
    characters: MOST_CHARACTERS,
  },
): AnswerCache {
  /** In the order of their last use. */
  const entries = new Map<string, Entry>();
  let characters = 0;
  const remove = (asked: string): void => {
    const entry = entries.get(asked);
    if (entry === undefined) return;
    characters -= entry.size;
    entries.delete(asked);
  };
  return {
    get(asked) {
      const entry = entries.get(asked);
      if (entry === undefined) return undefined;
      entries.delete(asked);
      if (entry.until <= clock.monotonic()) {
        characters -= entry.size;
        return undefined;
      }
      entries.set(asked, entry);
      return entry.answer;
    },
    put(asked, answer, askedAt) {
      if (goodForMs === 0) return;
      remove(asked);
      const size = asked.length + JSON.stringify(answer).length;
      entries.set(asked, { answer, size, until: askedAt + goodForMs });
      characters += size;
      for (const oldest of entries.keys()) {
        if (entries.size <= most.entries && characters <= most.characters) return;
        remove(oldest);
      }
    },
  };
}
