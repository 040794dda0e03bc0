import { Temporal } from "temporal-polyfill";
import type { Json } from "./model/json.ts";
import { isJsonArray } from "./model/parse-json.ts";
import type { Field, FieldType } from "./model/rulebook.ts";
import { formatInstant, isTimeZone, parseInstant } from "./time/instant.ts";

/** A value as its field wants it, or what would have been one, as the end of "it must be …". */
export type FieldValue = { readonly value: Json } | { readonly expected: string };

/**
 * The one place where a value from outside gets the type that its field declares, whatever door it came through: what is
 * merely written otherwise (`"12"`, `yes`, a local time) is read, and what can be read in two ways is not. The result of
 * one reading is what another one leaves as it is. `zone` is where times without an offset are meant.
 */
export function fieldValue(value: Json, type: FieldType, zone: string): FieldValue {
  switch (type) {
    case "string":
      return textValue(value);
    case "number":
    case "integer":
      return numberValue(value, type);
    case "boolean":
      return booleanValue(value);
    case "time":
      return timeValue(value, zone);
    case "list":
      return listValue(value);
  }
}

/** The same with the values that the field is limited to. */
export function limitedValue(value: Json, { type, values }: Field, zone: string): FieldValue {
  const read = fieldValue(value, type, zone);
  if ("expected" in read || values === null || values.some((allowed) => allowed === read.value)) return read;
  const allowed = values.map((each) => (typeof each === "string" ? each : JSON.stringify(each)));
  return { expected: allowed.length === 1 ? (allowed[0] ?? "") : `one of ${allowed.join(", ")}` };
}

/** What every contact may say of itself without being declared. */
export function zoneValue(value: Json): FieldValue {
  return typeof value === "string" && isTimeZone(value.trim())
    ? { value: value.trim() }
    : { expected: "a time zone such as America/New_York" };
}

function textValue(value: Json): FieldValue {
  if (typeof value === "string") return { value };
  if (typeof value === "number" || typeof value === "boolean") return { value: String(value) };
  return { expected: "a text" };
}

function numberValue(value: Json, type: "number" | "integer"): FieldValue {
  const written = typeof value === "string" && /^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\s*$/.test(value);
  const number = typeof value === "number" ? value : written ? Number(value) : Number.NaN;
  if (type === "integer") {
    return Number.isSafeInteger(number) ? { value: number } : { expected: "a whole number such as 1200" };
  }
  return Number.isFinite(number) ? { value: number } : { expected: "a number such as 1200 or 12.5" };
}

const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ["true", true],
  ["yes", true],
  ["1", true],
  ["false", false],
  ["no", false],
  ["0", false],
]);

function booleanValue(value: Json): FieldValue {
  if (typeof value === "boolean") return { value };
  const said =
    typeof value === "string" || typeof value === "number" ? BOOLEANS.get(String(value).trim().toLowerCase()) : null;
  return typeof said === "boolean" ? { value: said } : { expected: "true or false" };
}

/** Below it a number is seconds, from it on milliseconds: 1e11 seconds is the year 5138, 1e11 milliseconds is March 1973. */
const FIRST_MILLISECONDS = 1e11;
/** Seconds until March 1973. What is smaller is a spreadsheet's count of days, or no time at all. */
const FIRST_SECONDS = 1e8;
/** The year 9999, after which RFC 3339 ends. */
const LAST_MS = 253_402_300_799_999;

/** As RFC 3339 in UTC, which compares the same wherever it is read. */
function timeValue(value: Json, zone: string): FieldValue {
  const ms =
    typeof value === "number" ? epochMs(value) : typeof value === "string" ? momentIn(value.trim(), zone) : null;
  if (ms !== null && ms <= LAST_MS) return { value: formatInstant(ms) };
  const such = "a time such as 2026-03-06T14:00:00-05:00, or 2026-03-06 or 2026-03-06 14:00";
  return { expected: `${such}, which are read in ${zone}` };
}

function epochMs(number: number): number | null {
  if (!Number.isFinite(number) || number < FIRST_SECONDS) return null;
  return number < FIRST_MILLISECONDS ? number * 1_000 : number;
}

const NAIVE = /^\d{4}-\d\d-\d\d(?:[Tt ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?)?$/;
const WITHOUT_SECONDS = /^(\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d)(Z|z|[+-]\d\d:?\d\d)$/;

/** A time in the gap of a clock change moves later; of one that comes twice it is the first. */
function momentIn(text: string, zone: string): number | null {
  if (text.length > 40) return null;
  // Ten digits are seconds, thirteen are milliseconds; other numbers in writing may be dates without their dashes.
  if (/^(?:\d{10}|\d{13})$/.test(text)) return epochMs(Number(text));
  if (!NAIVE.test(text)) return parseInstant(text.replace(WITHOUT_SECONDS, "$1:00$2"));
  try {
    const local = Temporal.PlainDateTime.from(text, { overflow: "reject" });
    return local.toZonedDateTime(zone, { disambiguation: "compatible" }).epochMilliseconds;
  } catch {
    return null;
  }
}

function listValue(value: Json): FieldValue {
  if (typeof value === "string") {
    const entries = value.split(";").map((entry) => entry.trim());
    return { value: entries.filter((entry) => entry !== "") };
  }
  if (!isJsonArray(value)) return { expected: "a list of texts, or a text with ; between them" };
  const entries = value.map(textValue);
  const texts = entries.flatMap((entry) => ("value" in entry ? [entry.value] : []));
  return texts.length === entries.length ? { value: texts } : { expected: "a list of texts" };
}
