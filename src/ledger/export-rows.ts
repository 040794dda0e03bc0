import type { LedgerRecord } from "../core/model/decision.ts";
import type { Json, JsonObject } from "../core/model/json.ts";
import { isJsonObject } from "../core/model/parse-json.ts";
import type { Key } from "../store/store.ts";
import { createPseudonyms } from "./pseudonyms.ts";
import { compareArms } from "./compare-arms.ts";
import type { RuleFigures } from "./figures.ts";

/** One row of an export: the same columns in every row of a kind. Times are RFC 3339, money is in units of its currency. */
export type Row = Readonly<Record<string, Json>>;

const MICROS = 1_000_000;

/** A line of the account as it is. */
export function rowOfLine(place: number, key: Key, id: string, line: LedgerRecord): Row {
  const { at, kind, reason, rule, rulebook, enrollment, step, intent, event, detail } = line;
  return {
    place,
    id,
    at: moment(at),
    contact: key,
    kind,
    reason: reason ?? null,
    rule: rule ?? null,
    rulebook,
    enrollment: enrollment ?? null,
    step: step ?? null,
    message: intent ?? null,
    event: event ?? null,
    actor: detail?.["actor"] ?? null,
    detail: detail ?? null,
  };
}

/** Nothing that a channel counts: the columns of a row that is about something else. */
const NONE: Row = {
  sent: null,
  delivered: null,
  opened: null,
  clicked: null,
  bounced: null,
  replied: null,
  opted_out: null,
  rejected: null,
  failed: null,
  parked: null,
  converted: null,
  value: null,
};

/**
 * What a rule did and brought: a row for the whole of it, with its arms, and one for each channel. What one channel cost
 * in another currency is a row of its own, in which nothing else is counted, so that sums over rows are right.
 */
export function rowsOfRule(rule: string, messageClass: string | null, figures: RuleFigures): readonly Row[] {
  const named = { rule, class: messageClass };
  const { treated, holdout } = figures.arms;
  const arms = compareArms(treated ?? NOBODY, holdout ?? NOBODY);
  const whole: Row = {
    ...named,
    channel: null,
    enrolled: treated?.enrolled ?? 0,
    enrolled_holdout: holdout?.enrolled ?? 0,
    converted_treated: treated?.converted ?? 0,
    converted_holdout: holdout?.converted ?? 0,
    value_treated: treated?.value ?? 0,
    value_holdout: holdout?.value ?? 0,
    uplift: arms?.difference ?? null,
    uplift_low: arms?.low ?? null,
    uplift_high: arms?.high ?? null,
    ...NONE,
    ...NO_COST,
  };
  return [
    whole,
    ...Object.entries(figures.channels).flatMap(([channel, known]) => rowsOfChannel(named, channel, known)),
  ];
}

const NOBODY = { enrolled: 0, converted: 0 };
const NO_ARMS: Row = {
  enrolled: null,
  enrolled_holdout: null,
  converted_treated: null,
  converted_holdout: null,
  value_treated: null,
  value_holdout: null,
  uplift: null,
  uplift_low: null,
  uplift_high: null,
};
const NO_COST: Row = { cost: null, currency: null, cost_per_reply: null, cost_per_conversion: null };

function rowsOfChannel(named: Row, channel: string, known: RuleFigures["channels"][string]): readonly Row[] {
  const { statuses, sent, replied, optedOut, rejected, failed, parked, converted, value } = known;
  const counts: Row = {
    sent,
    delivered: statuses["delivered"] ?? 0,
    opened: statuses["opened"] ?? 0,
    clicked: statuses["clicked"] ?? 0,
    bounced: (statuses["bounced"] ?? 0) + (statuses["undelivered"] ?? 0),
    replied,
    opted_out: optedOut,
    rejected,
    failed,
    parked,
    converted,
    value,
  };
  const costs = Object.entries(known.cost);
  if (costs.length === 0) return [{ ...named, channel, ...NO_ARMS, ...counts, ...NO_COST }];
  const rows: Row[] = [];
  for (const [currency, micros] of costs) {
    const cost = micros / MICROS;
    const per = (count: number): number | null => (count === 0 ? null : cost / count);
    const spent = { cost, currency, cost_per_reply: per(replied), cost_per_conversion: per(converted) };
    rows.push({ ...named, channel, ...NO_ARMS, ...(rows.length === 0 ? counts : NONE), ...spent });
  }
  return rows;
}

/** What became of each message that an account tells of, in the order of their first lines, with when those were. */
export function rowsOfMessages(
  key: Key,
  lines: readonly LedgerRecord[],
): readonly { readonly at: number; readonly row: Row }[] {
  const rows = new Map<string, { readonly at: number; readonly row: Record<string, Json> }>();
  for (const line of lines) {
    const intent = line.kind === "message" ? line.intent : reportedOf(line);
    if (intent === undefined) continue;
    const known = rows.get(intent) ?? { at: line.at, row: { ...emptyMessage(key, intent, line) } };
    rows.set(intent, known);
    if (line.kind === "message") takeWord(known.row, line);
    else takeReport(known.row, line);
  }
  return [...rows.values()];
}

function emptyMessage(key: Key, intent: string, { at, rule, step }: LedgerRecord): Row {
  return {
    message: intent,
    contact: key,
    rule: rule ?? null,
    step: step ?? null,
    class: null,
    channel: null,
    provider: null,
    first_at: moment(at),
    last_at: moment(at),
    outcome: null,
    attempts: 0,
    sent_at: null,
    delivered_at: null,
    opened_at: null,
    clicked_at: null,
    bounced_at: null,
    replied_at: null,
    opted_out_at: null,
    cost: null,
    currency: null,
  };
}

function takeWord(row: Record<string, Json>, { at, reason, rule, step, detail = {} }: LedgerRecord): void {
  const { channel, class: messageClass, provider, attempt, cost } = detail;
  row["last_at"] = moment(at);
  row["outcome"] = reason ?? null;
  row["rule"] ??= rule ?? null;
  row["step"] ??= step ?? null;
  row["class"] ??= messageClass ?? null;
  row["channel"] = channel ?? row["channel"] ?? null;
  row["provider"] = provider ?? row["provider"] ?? null;
  row["attempts"] = attempt ?? row["attempts"] ?? 0;
  if (reason === "sent") row["sent_at"] ??= moment(at);
  if (!isJsonObject(cost) || typeof cost["micros"] !== "number") return;
  row["cost"] = cost["micros"] / MICROS;
  row["currency"] = cost["currency"] ?? null;
}

const REPORTS: Readonly<Record<string, string>> = {
  delivered: "delivered_at",
  opened: "opened_at",
  clicked: "clicked_at",
  bounced: "bounced_at",
  undelivered: "bounced_at",
  replied: "replied_at",
  received: "replied_at",
  opted_out: "opted_out_at",
  unsubscribed: "opted_out_at",
  complained: "opted_out_at",
};

function takeReport(row: Record<string, Json>, { at, detail = {} }: LedgerRecord): void {
  const { type, machine, of } = detail;
  const column = typeof type === "string" ? REPORTS[type.slice(type.indexOf(".") + 1)] : undefined;
  if (isJsonObject(of)) {
    row["rule"] ??= of["rule"] ?? null;
    row["channel"] ??= of["channel"] ?? null;
  }
  if (column !== undefined && machine !== true) row[column] ??= moment(at);
}

function reportedOf({ kind, reason, detail }: LedgerRecord): string | undefined {
  const of = kind === "event" && reason !== "event.duplicate" ? detail?.["of"] : undefined;
  const intent = isJsonObject(of) ? of["intent"] : undefined;
  return typeof intent === "string" ? intent : undefined;
}

/** What of a line's detail says nothing of a person. */
const IMPERSONAL: ReadonlySet<string> = new Set([
  "arm",
  "attempt",
  "channel",
  "class",
  "code",
  "command",
  "cost",
  "first",
  "machine",
  "occurred_at",
  "provider",
  "told",
  "type",
  "until",
  "value",
]);
/** Ids may be addresses, or be made of them. */
const NAMES: ReadonlySet<string> = new Set(["event", "message", "enrollment", "id", "actor"]);

/** The row without what says whom it is about: names become marks, the same for the same name. */
export function redacted(row: Row, mark: (name: string) => string): Row {
  const pseudonyms = createPseudonyms(mark);
  return Object.fromEntries(
    Object.entries(row).map(([column, value]) => {
      if (column === "contact" && typeof value === "string") return [column, pseudonyms.key(value)];
      if (NAMES.has(column) && typeof value === "string") return [column, mark(value)];
      if (column === "detail" && isJsonObject(value)) return [column, withoutPerson(value)];
      return [column, value];
    }),
  );
}

function withoutPerson(detail: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(detail).filter(([name]) => IMPERSONAL.has(name)));
}

/** A spreadsheet takes a cell that begins like this for a formula, and would run it. */
const FORMULA = /^[=+\-@\t\r]/;

/** One line of CSV (RFC 4180), safe to be opened in a spreadsheet. */
export function csvLine(cells: readonly Json[]): string {
  return `${cells.map(csvCell).join(",")}\r\n`;
}

function csvCell(value: Json): string {
  if (value === null) return "";
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  const text = typeof value === "string" ? value : JSON.stringify(value);
  const safe = FORMULA.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

function moment(atMs: number): string {
  return new Date(atMs).toISOString();
}
