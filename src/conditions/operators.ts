import type { Facts } from "../core/model/facts.ts";
import type { Json } from "../core/model/json.ts";
import { parseDuration } from "./parse-duration.ts";
import { subtractDuration } from "../core/time/duration.ts";
import { isTimeZone } from "../core/time/instant.ts";
import type { Operand, Scalar } from "./operand.ts";
import { instantOf } from "./instant-of.ts";
import { isList, readPath } from "../core/model/path.ts";

/** What an operator is compared with, as the author must write it. */
export type OperandKind = "scalar" | "scalars" | "number" | "text" | "boolean" | "time" | "duration";

/** Judges one value; undefined is a missing one. The facts give `now` and the contact's zone. Pure. */
export type Judge = (value: Json | undefined, facts: Facts) => boolean;

interface Operator {
  readonly operand: OperandKind;
  readonly judge: (operand: Operand) => Judge;
}

/**
 * All operators. Values are never converted: the text "100" is not a number. A missing value matches `exists: false`,
 * `not` and `not_in`, and nothing else.
 */
const definitions = {
  is: { operand: "scalar", judge: (operand) => (value) => value === operand },
  not: { operand: "scalar", judge: (operand) => (value) => value !== operand },
  in: { operand: "scalars", judge: oneOf },
  not_in: { operand: "scalars", judge: (operand) => negate(oneOf(operand)) },
  gt: { operand: "number", judge: comparing((value, operand) => value > operand) },
  gte: { operand: "number", judge: comparing((value, operand) => value >= operand) },
  lt: { operand: "number", judge: comparing((value, operand) => value < operand) },
  lte: { operand: "number", judge: comparing((value, operand) => value <= operand) },
  contains: { operand: "scalar", judge: contains },
  not_contains: {
    operand: "scalar",
    judge: (operand) => {
      const found = contains(operand);
      return (value, facts) => value !== undefined && !found(value, facts);
    },
  },
  starts_with: { operand: "text", judge: reading((text, part) => text.startsWith(part)) },
  ends_with: { operand: "text", judge: reading((text, part) => text.endsWith(part)) },
  exists: { operand: "boolean", judge: (operand) => (value) => (value !== undefined) === operand },
  before: { operand: "time", judge: timing((value, operand) => value < operand) },
  after: { operand: "time", judge: timing((value, operand) => value > operand) },
  within: { operand: "duration", judge: within },
} as const satisfies Record<string, Operator>;

export type OperatorName = keyof typeof definitions;

export const operators: Readonly<Record<OperatorName, Operator>> = definitions;

export const operatorNames: readonly OperatorName[] = Object.keys(definitions).filter(isOperatorName);

export function isOperatorName(name: string): name is OperatorName {
  return Object.hasOwn(definitions, name);
}

function negate(judge: Judge): Judge {
  return (value, facts) => !judge(value, facts);
}

function oneOf(operand: Operand): Judge {
  const wanted: ReadonlySet<unknown> = new Set(typeof operand === "object" ? operand : [operand]);
  return (value) => value !== undefined && wanted.has(value);
}

function comparing(holds: (value: number, operand: number) => boolean) {
  return (operand: Operand): Judge =>
    (value) =>
      typeof value === "number" && typeof operand === "number" && holds(value, operand);
}

function reading(holds: (text: string, part: string) => boolean) {
  return (operand: Operand): Judge => {
    const part = fold(String(operand));
    return (value) => typeof value === "string" && holds(fold(value), part);
  };
}

/** A part of a text, or an entry of a list. */
function contains(operand: Operand): Judge {
  const wanted = typeof operand === "object" ? undefined : foldScalar(operand);
  return (value) => {
    if (typeof value === "string") return typeof wanted === "string" && fold(value).includes(wanted);
    return isList(value) && value.some((entry) => isScalar(entry) && foldScalar(entry) === wanted);
  };
}

function timing(holds: (value: number, operand: number) => boolean) {
  return (operand: Operand): Judge => {
    const fixed = typeof operand === "string" && operand !== "now" ? instantOf(operand) : null;
    return (value, facts) => {
      const then = operand === "now" ? nowOf(facts) : fixed;
      const at = instantOf(value);
      return at !== null && then !== null && holds(at, then);
    };
  };
}

function within(operand: Operand): Judge {
  const duration = typeof operand === "string" ? parseDuration(operand) : null;
  return (value, facts) => {
    const now = nowOf(facts);
    const at = instantOf(value);
    if (duration === null || now === null || at === null || at > now) return false;
    return at >= subtractDuration(now, duration, zoneOf(facts));
  };
}

/** The moment at which is judged, in epoch milliseconds. */
export function nowOf(facts: Facts): number | null {
  return typeof facts["now"] === "number" ? facts["now"] : null;
}

/** The zone in which days are counted: the contact's. */
export function zoneOf(facts: Facts): string {
  const zone = readPath(facts["contact"], ["time_zone"]);
  return typeof zone === "string" && isTimeZone(zone) ? zone : "UTC";
}

function isScalar(value: Json): value is Scalar {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean";
}

function foldScalar(value: Scalar): Scalar {
  return typeof value === "string" ? fold(value) : value;
}

function fold(text: string): string {
  return text.toLowerCase();
}
