import { isJsonObject } from "../core/model/parse-json.ts";
import type { LedgerRecord } from "../core/model/decision.ts";
import type { JsonObject } from "../core/model/json.ts";

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

export const noFigures: RuleFigures = { arms: {}, channels: {}, held: {}, ended: {}, hours: {} };

const HOUR_MS = 3_600_000;
const HOURS_KEPT = 8 * 24;

/** The figures with one more line; those of another rule, or of none, change nothing. `rule` is the one that they are about. */
export function withLine(figures: RuleFigures, line: LedgerRecord, rule: string): RuleFigures {
  const about = ruleOfLine(line);
  if (about !== rule) return figures;
  const detail = line.detail ?? {};
  switch (line.kind) {
    case "enrolled":
      return counted(withArm(figures, detail, { enrolled: 1 }), line, "enrolled");
    case "converted":
      return counted(withConversion(figures, detail), line, "converted");
    case "ended":
      return { ...figures, ended: plus(figures.ended, line.reason ?? "completed") };
    case "message":
      return withMessage(figures, line, detail);
    case "event":
      return withReport(figures, line, detail);
    case "not_enrolled":
    case "step":
      return line.reason === undefined ? figures : { ...figures, held: plus(figures.held, line.reason) };
    case "intent":
    case "identity":
    case "command":
      return figures;
  }
}

/** The rule that a line is about: its own, or that of the message which an event speaks of. */
export function ruleOfLine({ kind, rule, detail }: LedgerRecord): string | null {
  if (rule !== undefined || kind !== "event") return rule ?? null;
  const of = detail?.["of"];
  return isJsonObject(of) ? text(of["rule"]) : null;
}

/** Lines of the account about messages say which of its words they are by their reason. */
function withMessage(figures: RuleFigures, line: LedgerRecord, detail: JsonObject): RuleFigures {
  const channel = text(detail["channel"]);
  const { reason } = line;
  if (channel === null || reason === undefined) return figures;
  if (reason === "sent") {
    const cost = isJsonObject(detail["cost"]) ? detail["cost"] : {};
    const [currency, micros] = [text(cost["currency"]), number(cost["micros"])];
    const spent = (known: ChannelFigures) => (currency === null ? known.cost : plus(known.cost, currency, micros));
    const next = withChannel(figures, channel, (known) => ({ ...known, sent: known.sent + 1, cost: spent(known) }));
    return counted(next, line, "sent");
  }
  if (reason === "provider.rejected") {
    const next = withChannel(figures, channel, (known) => ({ ...known, rejected: known.rejected + 1 }));
    return counted(withHeld(next, reason), line, "failed");
  }
  // Each attempt that failed is a line; the last one waits for no other.
  if (reason === "provider.failed" && detail["until"] === undefined) {
    const next = withChannel(figures, channel, (known) => ({ ...known, failed: known.failed + 1 }));
    return counted(withHeld(next, reason), line, "failed");
  }
  if (reason === "provider.unknown" && detail["code"] === "parked") {
    return withChannel(figures, channel, (known) => ({ ...known, parked: known.parked + 1 }));
  }
  return reason === "provider.failed" ? figures : withHeld(figures, reason);
}

function withHeld(figures: RuleFigures, reason: string): RuleFigures {
  return { ...figures, held: plus(figures.held, reason) };
}

/** What a provider or a person said of a message. */
function withReport(figures: RuleFigures, line: LedgerRecord, detail: JsonObject): RuleFigures {
  const of = detail["of"];
  const channel = isJsonObject(of) ? text(of["channel"]) : null;
  const type = text(detail["type"]);
  if (channel === null || type === null || line.reason === "event.duplicate") return figures;
  const word = type.slice(type.indexOf(".") + 1);
  if (word === "replied" || word === "received") {
    return withChannel(figures, channel, (known) => ({ ...known, replied: known.replied + 1 }));
  }
  if (word === "opted_out" || word === "unsubscribed" || word === "complained") {
    const next = withChannel(figures, channel, (known) => ({ ...known, optedOut: known.optedOut + 1 }));
    return counted(word === "complained" ? withStatus(next, channel, word) : next, line, "optedOut");
  }
  if (!isJsonObject(of) || of["first"] !== true || detail["machine"] === true) return figures;
  const next = withStatus(figures, channel, word);
  return word === "bounced" || word === "undelivered" ? counted(next, line, "bounced") : next;
}

function withStatus(figures: RuleFigures, channel: string, status: string): RuleFigures {
  return withChannel(figures, channel, (known) => ({ ...known, statuses: plus(known.statuses, status) }));
}

const noChannel: ChannelFigures = {
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

function withChannel(
  figures: RuleFigures,
  channel: string,
  change: (known: ChannelFigures) => ChannelFigures,
): RuleFigures {
  const known = Object.hasOwn(figures.channels, channel) ? figures.channels[channel] : undefined;
  return { ...figures, channels: { ...figures.channels, [channel]: change({ ...noChannel, ...known }) } };
}

const noArm: ArmFigures = { enrolled: 0, converted: 0, value: 0, valueSquared: 0 };

function withArm(figures: RuleFigures, detail: JsonObject, more: Partial<ArmFigures>): RuleFigures {
  const arm = text(detail["arm"]) ?? "treated";
  const known = figures.arms[arm] ?? noArm;
  const next = {
    enrolled: known.enrolled + (more.enrolled ?? 0),
    converted: known.converted + (more.converted ?? 0),
    value: known.value + (more.value ?? 0),
    valueSquared: known.valueSquared + (more.valueSquared ?? 0),
  };
  return { ...figures, arms: { ...figures.arms, [arm]: next } };
}

function withConversion(figures: RuleFigures, detail: JsonObject): RuleFigures {
  const value = number(detail["value"]);
  const next = withArm(figures, detail, { converted: 1, value, valueSquared: value * value });
  const channel = text(detail["channel"]);
  if (channel === null) return next;
  return withChannel(next, channel, (known) => ({
    ...known,
    converted: known.converted + 1,
    value: known.value + value,
  }));
}

/** One more in the hour of the line; hours that are too old go. */
function counted(figures: RuleFigures, { at }: LedgerRecord, what: keyof HourFigures): RuleFigures {
  const hour = Math.floor(at / HOUR_MS);
  const known = figures.hours[hour];
  const next: HourFigures = { ...known, [what]: (known?.[what] ?? 0) + 1 };
  const hours: RuleFigures["hours"] = { ...figures.hours, [hour]: next };
  if (known !== undefined) return { ...figures, hours };
  const newest = Math.max(...Object.keys(hours).map(Number));
  const young = Object.entries(hours).filter(([name]) => Number(name) > newest - HOURS_KEPT);
  return { ...figures, hours: Object.fromEntries(young) };
}

function plus(counts: Readonly<Record<string, number>>, name: string, amount = 1): Readonly<Record<string, number>> {
  return { ...counts, [name]: (Object.hasOwn(counts, name) ? (counts[name] ?? 0) : 0) + amount };
}

function text(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

function number(value: unknown): number {
  return typeof value === "number" ? value : 0;
}
