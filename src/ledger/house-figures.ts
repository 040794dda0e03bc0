import type { LedgerRecord } from "../core/model/decision.ts";
import { isJsonObject } from "../core/model/parse-json.ts";
import { addedInHour, type ByHour, sumsBetween } from "./by-hour.ts";
import { noSources, type Sources, withEvent } from "./sources.ts";

/** What the account says of all rules together. */
export interface HouseFigures extends Sources {
  /** How often each reason was given, or a run began (`enrolled`) or reached its goal (`converted`): two days. */
  readonly decided: ByHour;
  /** Messages that went out, by channel: eight days. */
  readonly sent: ByHour;
  /** What they cost, by channel and currency with a space between them, in millionths: the longest month. */
  readonly spent: ByHour;
}

export const noHouseFigures: HouseFigures = { ...noSources, decided: {}, sent: {}, spent: {} };

const DAY_HOURS = 24;
const KEPT = { decided: 2 * DAY_HOURS, sent: 8 * DAY_HOURS, spent: 32 * DAY_HOURS } as const;

export function withHouseLine(figures: HouseFigures, line: LedgerRecord): HouseFigures {
  const next: HouseFigures = { ...figures, ...withEvent(figures, line), decided: withDecision(figures.decided, line) };
  const { at, kind, reason, detail } = line;
  const channel = detail?.["channel"];
  if (kind !== "message" || reason !== "sent" || typeof channel !== "string") return next;
  const sent = addedInHour(next.sent, at, { name: channel, amount: 1, hours: KEPT.sent });
  const cost = detail?.["cost"];
  const { currency, micros } = isJsonObject(cost) ? cost : {};
  if (typeof currency !== "string" || typeof micros !== "number") return { ...next, sent };
  const name = spentBy(channel, currency);
  return { ...next, sent, spent: addedInHour(next.spent, at, { name, amount: micros, hours: KEPT.spent }) };
}

function withDecision(decided: ByHour, { at, kind, reason }: LedgerRecord): ByHour {
  const name = reason ?? (kind === "enrolled" || kind === "converted" ? kind : null);
  return name === null ? decided : addedInHour(decided, at, { name, amount: 1, hours: KEPT.decided });
}

function spentBy(channel: string, currency: string): string {
  return `${channel} ${currency}`;
}

/**
 * What messages through a channel cost within a span, in millionths. By whole hours: in zones that are half an hour off,
 * what was spent around the span's ends may count on its other side.
 */
export function spentWithin(
  { spent }: Pick<HouseFigures, "spent">,
  { channel, currency }: { readonly channel: string; readonly currency: string },
  { from, to }: { readonly from: number; readonly to: number },
): number {
  return sumsBetween(spent, from, to).get(spentBy(channel, currency)) ?? 0;
}
