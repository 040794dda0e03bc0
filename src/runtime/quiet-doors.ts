import type { SourceFigures, Sources } from "../ledger/sources.ts";

/** A source of events that used to speak and has fallen silent. Times are epoch milliseconds. */
export interface QuietDoor {
  readonly source: string;
  readonly lastAt: number;
  /** Whole hours that it was silent at the longest, in the week before its last event. */
  readonly usualHours: number;
}

const HOUR_MS = 3_600_000;
const WEEK_HOURS = 7 * 24;
/** A source that is known for less, or spoke in fewer hours of the week, has no habit yet. */
const LEAST_KNOWN_HOURS = 48;
const LEAST_BUSY_HOURS = 24;
const LEAST_SILENCE_MS = 3 * HOUR_MS;
/** So many times its longest silence of the week is out of habit. */
const OUT_OF_HABIT = 2;
/** Heed's own events, and all those that share one name for want of one. */
const NOBODYS: ReadonlySet<string> = new Set(["heed", "others"]);

/**
 * Doors that are silent for longer than is usual for them: one that speaks each hour after three hours, one that rests
 * each night only when a morning passes, too.
 */
export function quietDoors({ bySource }: Sources, now: number): readonly QuietDoor[] {
  return Object.entries(bySource).flatMap(([source, figures]) => {
    if (NOBODYS.has(source)) return [];
    const usualHours = longestSilence(figures);
    const { lastAt } = figures;
    if (usualHours === null || now - lastAt <= Math.max(LEAST_SILENCE_MS, OUT_OF_HABIT * usualHours * HOUR_MS))
      return [];
    return [{ source, lastAt, usualHours }];
  });
}

/** Hours between two busy ones at the most, in the week before the last; null when there is no habit. */
function longestSilence({ hours, lastAt }: SourceFigures): number | null {
  const last = Math.floor(lastAt / HOUR_MS);
  const busy = Object.keys(hours)
    .map(Number)
    .filter((hour) => hour <= last && hour > last - WEEK_HOURS)
    .toSorted((a, b) => a - b);
  const [first] = busy;
  if (first === undefined || last - first < LEAST_KNOWN_HOURS || busy.length < LEAST_BUSY_HOURS) return null;
  return Math.max(...busy.map((hour, index) => hour - (busy[index - 1] ?? hour)));
}
