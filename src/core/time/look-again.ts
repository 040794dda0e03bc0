const LEAST_MS = 30_000;
const MOST_MS = 10 * 60_000;
const PART = 0.1;

/**
 * When to look again at something that has lasted since then and may end at any moment: after a tenth of that time, in
 * half a minute at the earliest and in ten at the latest. Epoch milliseconds.
 */
export function lookAgain(now: number, since: number): number {
  return now + Math.min(Math.max((now - since) * PART, LEAST_MS), MOST_MS);
}

/** In words, how long it may be until that is looked at again which has lasted since then, and ends now. */
export function longestWait(now: number, since: number): string {
  const ms = lookAgain(now, since) - now;
  return ms < 2 * 60_000 ? `${Math.ceil(ms / 1_000)} seconds` : `${Math.ceil(ms / 60_000)} minutes`;
}
