import { shortMark } from "./sha256.ts";

/**
 * The ids that a document has decided, in the least room, because every commit writes them: by hour since the epoch, the
 * marks of that hour's ids one after the other.
 */
export type Seen = Readonly<Record<string, string>>;

const MARK_LENGTH = 10;
const HOUR_MS = 3_600_000;
/** Providers and streams deliver again for up to 72 hours. */
const KEEP_HOURS = 72;
/** A contact with more events than this in three days is a machine; its oldest ids go, and its document stays small. */
const MOST_MARKS = 2_000;

export function wasSeen(seen: Seen, id: string): boolean {
  const mark = markOf(id);
  return Object.values(seen).some((marks) => {
    let index = marks.indexOf(mark);
    // A match that straddles two marks is none.
    while (index >= 0 && index % MARK_LENGTH !== 0) index = marks.indexOf(mark, index + 1);
    return index >= 0;
  });
}

/** Of the id that was asked about last: whoever decides something asks whether it was seen, and then marks it. */
let newest = { id: "", mark: shortMark("") };

function markOf(id: string): string {
  if (newest.id !== id) newest = { id, mark: shortMark(id) };
  return newest.mark;
}

/** What either has decided. */
export function uniteSeen(a: Seen, b: Seen): Seen {
  const united: Record<string, string> = { ...a };
  for (const [hour, marks] of Object.entries(b)) united[hour] = (united[hour] ?? "") + marks;
  return united;
}

export function markSeen(seen: Seen, id: string, now: number): Seen {
  const hour = Math.floor(now / HOUR_MS);
  const kept: Record<string, string> = isKept(seen, hour) ? { ...seen } : youngest(seen, hour);
  kept[hour] = (kept[hour] ?? "") + markOf(id);
  return kept;
}

const MOST_CHARACTERS = (MOST_MARKS - 1) * MARK_LENGTH;

/** Whether there is nothing too old, and room for one mark more. */
function isKept(seen: Seen, hour: number): boolean {
  let characters = 0;
  for (const [past, marks] of Object.entries(seen)) {
    if (isTooOld(past, hour)) return false;
    characters += marks.length;
  }
  return characters <= MOST_CHARACTERS;
}

function isTooOld(past: string, hour: number): boolean {
  return Number(past) <= hour - KEEP_HOURS;
}

function youngest(seen: Seen, hour: number): Record<string, string> {
  const kept: Record<string, string> = {};
  let room = MOST_CHARACTERS;
  // Youngest first, so that what does not fit is the oldest.
  for (const past of Object.keys(seen).toSorted((a, b) => Number(b) - Number(a))) {
    if (isTooOld(past, hour) || room === 0) continue;
    const marks = (seen[past] ?? "").slice(-room);
    kept[past] = marks;
    room -= marks.length;
  }
  return kept;
}
