import type { LedgerRecord } from "../core/model/decision.ts";
import { type Draft, under } from "./adding-up.ts";
import { inHour } from "./by-hour.ts";

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

const HOURS_KEPT = 8 * 24;
/** Publishers name themselves as they like: so many names are kept, and the rest counts as one. */
const MOST_SOURCES = 50;
const OTHERS = "others";

export function addEvent({ bySource }: Draft<Sources>, { kind, at, reason, detail }: LedgerRecord): void {
  // What a document tells another has come in once.
  if (kind !== "event" || detail?.["told"] === true) return;
  const named = detail?.["provider"];
  // A duplicate's line says no more than that it is one.
  const given = typeof named === "string" ? named : OTHERS;
  const hasRoom = Object.hasOwn(bySource, given) || Object.keys(bySource).length < MOST_SOURCES;
  const source = under(bySource, hasRoom ? given : OTHERS, () => ({ events: 0, duplicates: 0, lastAt: 0, hours: {} }));
  source.lastAt = Math.max(source.lastAt, at);
  if (reason === "event.duplicate") {
    source.duplicates += 1;
  } else {
    source.events += 1;
    inHour<number>(source.hours, at, HOURS_KEPT, (known = 0) => known + 1);
  }
}
