import type { LedgerRecord } from "../core/model/decision.ts";

/** What came in, by who brought it: a provider of heed.yaml, `api`, `heed` itself, or whatever a publisher called itself. */
export interface Sources {
  readonly bySource: Readonly<Record<string, SourceFigures>>;
}

export interface SourceFigures {
  readonly events: number;
  readonly duplicates: number;
  /** Epoch milliseconds at which the newest was decided. */
  readonly lastAt: number;
  /** Events in each hour since the epoch, of the last eight days. */
  readonly hours: Readonly<Record<string, number>>;
}

export const noSources: Sources = { bySource: {} };

const HOUR_MS = 3_600_000;
const HOURS_KEPT = 8 * 24;
/** Publishers name themselves as they like: so many names are kept, and the rest counts as one. */
const MOST_SOURCES = 50;
const OTHERS = "others";

export function withEvent(sources: Sources, line: LedgerRecord): Sources {
  // What a document tells another has come in once.
  if (line.kind !== "event" || line.detail?.["told"] === true) return sources;
  const { bySource } = sources;
  const named = line.detail?.["provider"];
  // A duplicate's line says no more than that it is one.
  const given = typeof named === "string" ? named : OTHERS;
  const isKnown = Object.hasOwn(bySource, given);
  const source = isKnown || Object.keys(bySource).length < MOST_SOURCES ? given : OTHERS;
  const known = (Object.hasOwn(bySource, source) ? bySource[source] : undefined) ?? {
    events: 0,
    duplicates: 0,
    lastAt: 0,
    hours: {},
  };
  const isDuplicate = line.reason === "event.duplicate";
  const next: SourceFigures = {
    events: known.events + (isDuplicate ? 0 : 1),
    duplicates: known.duplicates + (isDuplicate ? 1 : 0),
    lastAt: Math.max(known.lastAt, line.at),
    hours: isDuplicate ? known.hours : withHour(known.hours, line.at),
  };
  return { bySource: { ...bySource, [source]: next } };
}

function withHour(hours: Readonly<Record<string, number>>, at: number): Readonly<Record<string, number>> {
  const hour = Math.floor(at / HOUR_MS);
  const next: Readonly<Record<string, number>> = { ...hours, [hour]: (hours[hour] ?? 0) + 1 };
  if (hours[hour] !== undefined) return next;
  const newest = Math.max(...Object.keys(next).map(Number));
  return Object.fromEntries(Object.entries(next).filter(([name]) => Number(name) > newest - HOURS_KEPT));
}
