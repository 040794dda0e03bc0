/** What your own people are told of. `about` is a rule, a channel, a source or a kind of dead letter. */
export interface Alert {
  readonly kind: AlertKind;
  readonly about: string;
  readonly rule: string | null;
  /** What is wrong, in words for an operator, without personal data. */
  readonly says: string;
  /** How often it happened since it was raised last; 0 for a state that lasts. */
  readonly times: number;
  /** Whether a state that lasts is told of again each hour. */
  readonly repeats: boolean;
}

export type AlertKind =
  | "retries_exhausted"
  | "dead_letters"
  | "lane_stopped"
  | "clock_skew"
  | "door_quiet"
  | "plan_missed"
  | "self_paused";

/** One cause, as the house document keeps it. Times are epoch milliseconds. */
export interface Cause extends Omit<Alert, "repeats"> {
  /** Since when it is counted. */
  readonly since: number;
  readonly last: number;
  /** When it was told of; null before the first time. */
  readonly toldAt: number | null;
  /** When it is to be told of; null when there is nothing to tell. */
  readonly next: number | null;
  /** Tries to tell of it that failed in a row. */
  readonly tries: number;
}

/** All causes, and where those who look for them stand. Pure: `now` is an argument. */
export interface AlertBook {
  readonly causes: Readonly<Record<string, Cause>>;
  /** When something was told within the last hour. */
  readonly told: readonly number[];
  /** The place of the newest dead letter that was looked at. */
  readonly letters: number | null;
}

export const emptyBook: AlertBook = { causes: {}, told: [], letters: null };

const HOUR_MS = 3_600_000;
const FORGOTTEN_MS = 48 * HOUR_MS;
/** Whoever tells of a cause has so long before another may take it for dead. */
const CLAIM_MS = 60_000;
/** Over all causes, in an hour: the rest is written down and not told. */
export const MOST_IN_HOUR = 30;
const MOST_CAUSES = 500;
/** How long to wait after each try that failed; after the last one, the cause counts as told for its hour. */
const AGAIN_MS = [30_000, 120_000, 600_000, 1_200_000];

export function causeOf({ kind, about }: Pick<Alert, "kind" | "about">): string {
  return `${kind}/${about}`;
}

/** The book with what was raised. The same book when that changes nothing. */
export function withAlerts(book: AlertBook, alerts: readonly Alert[], now: number): AlertBook {
  const causes = new Map(Object.entries(book.causes));
  let changed = false;
  for (const alert of alerts) {
    const known = causes.get(causeOf(alert));
    const next = known === undefined ? begun(alert, now) : again(known, alert, now);
    if (next === known || (known === undefined && causes.size >= MOST_CAUSES)) continue;
    causes.set(causeOf(alert), next);
    changed = true;
  }
  if (!changed) return book;
  const kept = [...causes].filter(([, { last, next }]) => next !== null || now - last < FORGOTTEN_MS);
  return { ...book, causes: Object.fromEntries(kept) };
}

function begun({ kind, about, rule, says, times }: Alert, now: number): Cause {
  return { kind, about, rule, says, times, since: now, last: now, toldAt: null, next: now, tries: 0 };
}

function again(known: Cause, alert: Alert, now: number): Cause {
  const free = known.toldAt === null ? now : Math.max(now, known.toldAt + HOUR_MS);
  if (alert.times === 0) {
    const isDue = alert.repeats && free === now && known.next === null;
    return isDue ? { ...known, says: alert.says, last: now, next: now } : known;
  }
  const since = known.times === 0 ? now : known.since;
  const next = known.next ?? free;
  return { ...known, says: alert.says, times: known.times + alert.times, since, last: now, next };
}

export interface Claimed {
  readonly book: AlertBook;
  /** To be told now, by whoever wrote the book down. */
  readonly tell: readonly Cause[];
  /** Too many for one hour: written down only. */
  readonly held: readonly Cause[];
}

export function claimDue(book: AlertBook, now: number): Claimed {
  const told = book.told.filter((at) => now - at < HOUR_MS);
  const due = Object.values(book.causes).filter(({ next }) => next !== null && next <= now);
  const tell = due.slice(0, Math.max(0, MOST_IN_HOUR - told.length));
  const held = due.slice(tell.length);
  const causes = { ...book.causes };
  for (const cause of tell) causes[causeOf(cause)] = { ...cause, next: now + CLAIM_MS };
  for (const cause of held) causes[causeOf(cause)] = settled(cause, now);
  return { book: { ...book, causes, told: [...told, ...tell.map(() => now)] }, tell, held };
}

/** The book after a try to tell. `ended`: no other try of this hour. What was raised meanwhile is told of later. */
export function afterTry(
  book: AlertBook,
  cause: Cause,
  wasTold: boolean,
  now: number,
): { book: AlertBook; ended: boolean } {
  const current = book.causes[causeOf(cause)];
  const wait = AGAIN_MS[cause.tries];
  const ended = wasTold || wait === undefined;
  if (current === undefined) return { book, ended };
  const more = current.times - cause.times;
  const next: Cause = ended
    ? { ...settled(current, now), times: more, next: more > 0 ? now + HOUR_MS : null }
    : { ...current, tries: current.tries + 1, next: now + wait };
  return { book: { ...book, causes: { ...book.causes, [causeOf(cause)]: next } }, ended };
}

function settled(cause: Cause, now: number): Cause {
  return { ...cause, times: 0, since: now, toldAt: now, next: null, tries: 0 };
}
