import { isJsonObject } from "../core/model/parse-json.ts";
import type { LedgerRecord } from "../core/model/decision.ts";
import type { JsonObject } from "../core/model/json.ts";
import { addTo, type Draft, under } from "./adding-up.ts";
import { inHour } from "./by-hour.ts";

/**
 * What the account adds up to, by rule: pure sums over its lines, so that they can be made anew from it at any time. Money
 * is in millionths of its currency.
 */
export interface RuleFigures {
  readonly arms: Readonly<Record<string, ArmFigures>>;
  /** By channel of heed.yaml. */
  readonly channels: Readonly<Record<string, ChannelFigures>>;
  /** How often each reason stood in the way of a trigger, a message or a step; attempts that are made again are no such. */
  readonly held: Readonly<Record<string, number>>;
  /** How runs ended, by reason. */
  readonly ended: Readonly<Record<string, number>>;
  /** What happened in each hour since the epoch, of the last eight days. */
  readonly hours: Readonly<Record<string, HourFigures>>;
}

export interface ArmFigures {
  readonly enrolled: number;
  readonly converted: number;
  /** The sum of what the goal's `value` said. */
  readonly value: number;
  /** Its squares, for the width of an interval. */
  readonly valueSquared: number;
}

export interface ChannelFigures {
  readonly sent: number;
  /** What became of them, each message counted once for each status, without what machines opened and clicked. */
  readonly statuses: Readonly<Record<string, number>>;
  /** Answers and opt-outs that came within seven days after a message. */
  readonly replied: number;
  readonly optedOut: number;
  readonly rejected: number;
  readonly failed: number;
  /** Of which nobody knows. */
  readonly parked: number;
  readonly cost: Readonly<Record<string, number>>;
  /** Conversions of contacts whom the rule had written to, last through this channel, and the sum of their worth. */
  readonly converted: number;
  readonly value: number;
}

export interface HourFigures {
  readonly enrolled?: number;
  readonly sent?: number;
  readonly failed?: number;
  readonly bounced?: number;
  readonly optedOut?: number;
  readonly converted?: number;
}

export function newFigures(): Draft<RuleFigures> {
  return { arms: {}, channels: {}, held: {}, ended: {}, hours: {} };
}

export const noFigures: RuleFigures = newFigures();

const HOURS_KEPT = 8 * 24;

/** Adds a line; one of another rule than that of the figures, or of none, changes nothing. */
export function addLine(figures: Draft<RuleFigures>, line: LedgerRecord, rule: string): void {
  if (ruleOfLine(line) !== rule) return;
  const detail = line.detail ?? {};
  switch (line.kind) {
    case "enrolled":
      armOf(figures, detail).enrolled += 1;
      return count(figures, line, "enrolled");
    case "converted":
      addConversion(figures, detail);
      return count(figures, line, "converted");
    case "ended":
      return addTo(figures.ended, line.reason ?? "completed");
    case "message":
      return addMessage(figures, line, detail);
    case "event":
      return addReport(figures, line, detail);
    case "not_enrolled":
    case "step":
      return line.reason === undefined ? undefined : addTo(figures.held, line.reason);
    case "intent":
    case "identity":
    case "command":
      return;
  }
}

/** The rule that a line is about: its own, or that of the message which an event speaks of. */
export function ruleOfLine({ kind, rule, detail }: LedgerRecord): string | null {
  if (rule !== undefined || kind !== "event") return rule ?? null;
  const of = detail?.["of"];
  return isJsonObject(of) ? text(of["rule"]) : null;
}

/** Lines of the account about messages say which of its words they are by their reason. */
function addMessage(figures: Draft<RuleFigures>, line: LedgerRecord, detail: JsonObject): void {
  const channel = text(detail["channel"]);
  const { reason } = line;
  if (channel === null || reason === undefined) return;
  if (reason === "sent") {
    const cost = isJsonObject(detail["cost"]) ? detail["cost"] : {};
    const currency = text(cost["currency"]);
    const known = channelOf(figures, channel);
    known.sent += 1;
    if (currency !== null) addTo(known.cost, currency, number(cost["micros"]));
    return count(figures, line, "sent");
  }
  if (reason === "provider.rejected") {
    channelOf(figures, channel).rejected += 1;
    addTo(figures.held, reason);
    return count(figures, line, "failed");
  }
  // Each attempt that failed is a line; the last one waits for no other.
  if (reason === "provider.failed" && detail["until"] === undefined) {
    channelOf(figures, channel).failed += 1;
    addTo(figures.held, reason);
    return count(figures, line, "failed");
  }
  if (reason === "provider.unknown" && detail["code"] === "parked") channelOf(figures, channel).parked += 1;
  else if (reason !== "provider.failed") addTo(figures.held, reason);
}

/** What a provider or a person said of a message. */
function addReport(figures: Draft<RuleFigures>, line: LedgerRecord, detail: JsonObject): void {
  const of = detail["of"];
  const channel = isJsonObject(of) ? text(of["channel"]) : null;
  const type = text(detail["type"]);
  if (channel === null || type === null || line.reason === "event.duplicate") return;
  const word = type.slice(type.indexOf(".") + 1);
  if (word === "replied" || word === "received") {
    channelOf(figures, channel).replied += 1;
    return;
  }
  if (word === "opted_out" || word === "unsubscribed" || word === "complained") {
    const known = channelOf(figures, channel);
    known.optedOut += 1;
    if (word === "complained") addTo(known.statuses, word);
    return count(figures, line, "optedOut");
  }
  if (!isJsonObject(of) || of["first"] !== true || detail["machine"] === true) return;
  addTo(channelOf(figures, channel).statuses, word);
  if (word === "bounced" || word === "undelivered") count(figures, line, "bounced");
}

/** A channel of which nothing is known. */
export function newChannel(): Draft<ChannelFigures> {
  return {
    sent: 0,
    statuses: {},
    replied: 0,
    optedOut: 0,
    rejected: 0,
    failed: 0,
    parked: 0,
    cost: {},
    converted: 0,
    value: 0,
  };
}

function channelOf({ channels }: Draft<RuleFigures>, channel: string): Draft<ChannelFigures> {
  return under(channels, channel, newChannel);
}

function armOf({ arms }: Draft<RuleFigures>, detail: JsonObject): Draft<ArmFigures> {
  const arm = text(detail["arm"]) ?? "treated";
  return under(arms, arm, () => ({ enrolled: 0, converted: 0, value: 0, valueSquared: 0 }));
}

function addConversion(figures: Draft<RuleFigures>, detail: JsonObject): void {
  const value = number(detail["value"]);
  const arm = armOf(figures, detail);
  arm.converted += 1;
  arm.value += value;
  arm.valueSquared += value * value;
  const channel = text(detail["channel"]);
  if (channel === null) return;
  const known = channelOf(figures, channel);
  known.converted += 1;
  known.value += value;
}

/** One more in the hour of the line. */
function count({ hours }: Draft<RuleFigures>, { at }: LedgerRecord, what: keyof HourFigures): void {
  inHour(hours, at, HOURS_KEPT, (known = {}) => {
    known[what] = (known[what] ?? 0) + 1;
    return known;
  });
}

function text(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

function number(value: unknown): number {
  return typeof value === "number" ? value : 0;
}
