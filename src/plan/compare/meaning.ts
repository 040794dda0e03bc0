import type { Condition } from "../../conditions/condition.ts";
import { partsOf } from "../../conditions/logic/parts.ts";
import { parseCondition } from "../../conditions/parse-condition.ts";
import { parseDuration } from "../../conditions/parse-duration.ts";
import type { Json } from "../../core/model/json.ts";
import { isJsonObject } from "../../core/model/parse-json.ts";
import { isList } from "../../core/model/path.ts";
import type { Duration } from "../../core/model/rulebook.ts";
import { moneyOf, shareOf } from "../../rulebook/compile-parts.ts";
import { canonicalJson } from "../../rulebook/digest.ts";

/** What a value says, whichever way it is written: two values mean the same when this is equal for both. */
export type Meaning = (value: Json) => Json;

export const asWritten: Meaning = (value) => value;

/** `15m` is `900s`. A day is none of 24 hours: it has 23 or 25 when the clock changes. */
export const ofDuration: Meaning = (value) => {
  const duration = typeof value === "string" ? parseDuration(value) : null;
  return duration === null ? value : lengthOf(duration);
};

/** A range from a duration to itself is that duration. `zone` of a time of day is the contact's unless given. */
export const ofWait: Meaning = (value) => {
  if (!isJsonObject(value)) return { between: [ofDuration(value), ofDuration(value)] };
  const { between } = value;
  return isList(between) ? { between: between.map(ofDuration) } : { zone: "contact", ...value };
};

/** How long a cap counts: rolling, or a calendar day of some zone. */
export const ofCapWindow: Meaning = (value) =>
  isJsonObject(value) ? { zone: "contact", ...value } : ofDuration(value);

export const ofShare: Meaning = (value) => (typeof value === "string" ? shareOf(value) : value);

export const ofMoney: Meaning = (value) => {
  if (typeof value !== "string") return value;
  const { micros, currency } = moneyOf(value);
  return { micros, currency };
};

const perSecond: Readonly<Record<string, number>> = { s: 3_600, m: 60, h: 1 };

/** Sends in an hour. */
export const ofRate: Meaning = (value) => {
  const [count = "", unit = ""] = typeof value === "string" ? value.split("/") : [];
  return Number(count) * (perSecond[unit] ?? 1);
};

/** One of them alone, or a list in any order. */
export const ofSet: Meaning = (value) => (isList(value) ? value : [value]).toSorted(byText);

/** Words by language hold in all languages. */
export const ofWords: Meaning = (value) => ofSet(isJsonObject(value) ? Object.values(value).flat() : value);

/** A list of one is that one. */
export const ofList: Meaning = (value) => (isList(value) ? value : [value]);

export const ofCondition: Meaning = (value) => {
  const parsed = parseCondition(value);
  return parsed.ok ? canonical(parsed.condition) : value;
};

/** Of what one path is held against. */
export const ofTest: Meaning = (value) => ofCondition({ "event.data": value });

/** Of `was_sent`. */
export const ofQuestion: Meaning = (value) => ofCondition({ was_sent: value });

/** A form in which neither the way it is written counts nor the order of what must hold together. */
function canonical(condition: Condition): Json {
  switch (condition.kind) {
    case "all":
    case "not": {
      const parts = partsOf(condition);
      const [only] = parts;
      if (condition.kind === "not" && parts.length === 1 && only?.kind === "not") return { not: canonical(only.of) };
      return parts.length === 1 && only !== undefined ? canonical(only) : { all: unordered(parts) };
    }
    case "any":
      return condition.of.length === 1 ? (unordered(condition.of)[0] ?? null) : { any: unordered(condition.of) };
    case "test": {
      const { path, operator, operand } = condition;
      const [only] = typeof operand === "object" ? operand : [];
      const single = typeof operand === "object" && operand.length === 1 && only !== undefined;
      if (single && (operator === "in" || operator === "not_in")) {
        return { path: path.join("."), operator: operator === "in" ? "is" : "not", operand: only };
      }
      const value = operator === "within" && typeof operand === "string" ? ofDuration(operand) : operand;
      return { path: path.join("."), operator, operand: typeof value === "object" ? ofSet(value) : value };
    }
    case "did": {
      const { events, where, within, atLeast } = condition;
      return {
        did: ofSet([...events]),
        where: where === null ? null : canonical(where),
        within: lengthOf(within),
        at_least: atLeast,
      };
    }
    case "was_sent":
      return { was_sent: condition.channel, rule: condition.rule, within: lengthOf(condition.within) };
  }
}

function unordered(parts: readonly Condition[]): readonly Json[] {
  const kept = new Map(parts.map((part) => [canonicalJson(canonical(part)), canonical(part)]));
  return [...kept].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, part]) => part);
}

function lengthOf({ count, unit }: Duration): Json {
  const seconds = { s: 1, m: 60, h: 3_600 } as const;
  if (unit === "d" || unit === "w") return { days: unit === "d" ? count : count * 7 };
  return { seconds: count * seconds[unit] };
}

function byText(a: Json, b: Json): number {
  return canonicalJson(a) < canonicalJson(b) ? -1 : 1;
}
