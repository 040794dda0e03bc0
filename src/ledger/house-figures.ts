import type { LedgerRecord } from "../core/model/decision.ts";
import { isJsonObject } from "../core/model/parse-json.ts";
import { addTo, type Draft } from "./adding-up.ts";
import { type ByHour, inHour, sumsBetween } from "./by-hour.ts";
import { addEvent, type Sources } from "./sources.ts";

/** What the account says of all rules together. */
export interface HouseFigures extends Sources {
  /** How often each reason was given, or a run began (`enrolled`) or reached its goal (`converted`): two days. */
  readonly decided: ByHour;
  /** Messages that went out, by channel: eight days. */
  readonly sent: ByHour;
  /** What they cost, by channel and currency with a space between them, in millionths: the longest month. */
  readonly spent: ByHour;
}

export function newHouseFigures(): Draft<HouseFigures> {
  return { bySource: {}, decided: {}, sent: {}, spent: {} };
}

export const noHouseFigures: HouseFigures = newHouseFigures();

const DAY_HOURS = 24;
const KEPT = { decided: 2 * DAY_HOURS, sent: 8 * DAY_HOURS, spent: 32 * DAY_HOURS } as const;

export function addHouseLine(figures: Draft<HouseFigures>, line: LedgerRecord): void {
  addEvent(figures, line);
  addDecision(figures, line);
  if (line.kind === "message" && line.reason === "sent") addSent(figures, line);
}

function addDecision(figures: Draft<HouseFigures>, { at, kind, reason }: LedgerRecord): void {
  const name = reason ?? (kind === "enrolled" || kind === "converted" ? kind : null);
  if (name !== null) addInHour(figures, "decided", at, name);
}

function addSent(figures: Draft<HouseFigures>, { at, detail }: LedgerRecord): void {
  const channel = detail?.["channel"];
  if (typeof channel !== "string") return;
  addInHour(figures, "sent", at, channel);
  const cost = detail?.["cost"];
  const { currency, micros } = isJsonObject(cost) ? cost : {};
  if (typeof currency === "string" && typeof micros === "number") {
    addInHour(figures, "spent", at, spentBy(channel, currency), micros);
  }
}

function addInHour(figures: Draft<HouseFigures>, what: keyof typeof KEPT, at: number, name: string, amount = 1): void {
  inHour(figures[what], at, KEPT[what], (known = {}) => {
    addTo(known, name, amount);
    return known;
  });
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
