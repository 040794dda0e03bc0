import { shortMark } from "./sha256.ts";

/**
 * The ids that a document has decided, in the least room, because every commit writes them: by hour since the epoch, the
 * marks of that hour's ids one after the other. Under the negative of an hour and without marks: what was decided in it or
 * before may be forgotten.
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

/** Clocks of those who append and of those who decide differ by less. */
export const CLOCKS_DIFFER_MS = HOUR_MS;

/** Whether something that was appended then (epoch milliseconds) may have been decided here without being remembered. */
export function mayBeForgotten(seen: Seen, appendedAt: number): boolean {
  return appendedAt < (forgottenHour(seen) + 1) * HOUR_MS + CLOCKS_DIFFER_MS;
}

function forgottenHour(seen: Seen): number {
  const names = Object.keys(seen);
  const told = names.find(tellsForgotten);
  if (told !== undefined) return -Number(told);
  // Without a mark nothing was ever decided; with marks alone, an older version has written it.
  return names.length === 0 ? 0 : Math.max(...names.map(Number)) - KEEP_HOURS;
}

/** Of the id that was asked about last: whoever decides something asks whether it was seen, and then marks it. */
let newest = { id: "", mark: shortMark("") };

function markOf(id: string): string {
  if (newest.id !== id) newest = { id, mark: shortMark(id) };
  return newest.mark;
}

/** What either has decided. */
export function uniteSeen(a: Seen, b: Seen): Seen {
  const united: Record<string, string> = marksOf(a);
  for (const [hour, marks] of Object.entries(marksOf(b))) united[hour] = (united[hour] ?? "") + marks;
  return withForgotten(united, Math.max(forgottenHour(a), forgottenHour(b)));
}

function tellsForgotten(name: string): boolean {
  return name.startsWith("-");
}

function marksOf(seen: Seen): Record<string, string> {
  return Object.fromEntries(Object.entries(seen).filter(([name]) => !tellsForgotten(name)));
}

function withForgotten(marks: Record<string, string>, hour: number): Record<string, string> {
  marks[`-${hour}`] = "";
  return marks;
}

export function markSeen(seen: Seen, id: string, now: number): Seen {
  const hour = Math.floor(now / HOUR_MS);
  const kept: Record<string, string> = isKept(seen, hour) ? { ...seen } : youngest(seen, hour);
  kept[hour] = (kept[hour] ?? "") + markOf(id);
  return kept;
}

const MOST_CHARACTERS = (MOST_MARKS - 1) * MARK_LENGTH;

/** Whether it says what is forgotten, and there is nothing too old, and room for one mark more. */
function isKept(seen: Seen, hour: number): boolean {
  let characters = 0;
  let told = false;
  for (const [past, marks] of Object.entries(seen)) {
    if (tellsForgotten(past)) told = true;
    else if (isTooOld(past, hour)) return false;
    characters += marks.length;
  }
  return told && characters <= MOST_CHARACTERS;
}

function isTooOld(past: string, hour: number): boolean {
  return Number(past) <= hour - KEEP_HOURS;
}

function youngest(seen: Seen, hour: number): Record<string, string> {
  const kept: Record<string, string> = {};
  let forgotten = forgottenHour(seen);
  let room = MOST_CHARACTERS;
  // Youngest first, so that what does not fit is the oldest.
  for (const [past, marks] of Object.entries(marksOf(seen)).toSorted(([a], [b]) => Number(b) - Number(a))) {
    const young = isTooOld(past, hour) || room === 0 ? "" : marks.slice(-room);
    if (young.length < marks.length) forgotten = Math.max(forgotten, Number(past));
    if (young !== "") kept[past] = young;
    room -= young.length;
  }
  return withForgotten(kept, forgotten);
}
