import type { Facts } from "../../core/model/facts.ts";
import type { Json } from "../../core/model/json.ts";
import { formatInstant } from "../../core/time/instant.ts";
import { instantOf } from "../instant-of.ts";
import { isAboutNow, isAboutTime, isMet, type Literal } from "./literal.ts";
import { freshTexts, samplesOf } from "./samples.ts";
import { someInstantMeets, turningPoints } from "./time-bounds.ts";
import type { ValueKind, ValueType } from "./value-type.ts";

/** False only when no value of the type, missing ones included, meets all the literals. */
export function isPossible(literals: readonly Literal[], type: ValueType): boolean {
  if (type.optional && couldMeet(undefined, literals)) return true;
  if (type.values !== null) return type.values.some((value) => couldMeet(value, literals));
  return type.kinds.some((kind) => isPossibleFor(kind, literals));
}

/**
 * Values that meet all the literals at a given moment, in UTC; the likeliest to be understood come first, and what is
 * not asked for is not made.
 */
export function* valuesMeeting(
  literals: readonly Literal[],
  type: ValueType,
  facts: Facts & { readonly now: number },
): Generator<Json | undefined, void> {
  for (const value of candidatesOf(literals, type, facts.now)) {
    if (literals.every((literal) => isMet(literal, value, facts))) yield value;
  }
}

function* candidatesOf(
  literals: readonly Literal[],
  { kinds, values, optional }: ValueType,
  now: number,
): Iterable<Json | undefined> {
  if (values !== null) yield* values;
  else {
    for (const kind of kinds) {
      yield* usualOf(kind);
      yield* samplesOf(kind, literals);
    }
    if (kinds.some(canBeMoment)) yield* momentsAround(literals, now);
  }
  if (optional) yield undefined;
}

function isPossibleFor(kind: ValueKind, literals: readonly Literal[]): boolean {
  if (someCouldMeet(samplesOf(kind, literals), literals)) return true;
  if (!canBeMoment(kind) || !someInstantMeets(literals)) return false;
  // A moment written as a text, or as a number.
  const others = literals.filter((literal) => !isAboutTime(literal));
  if (canBeText(kind) && someCouldMeet(freshTexts(others), others)) return true;
  return kind !== "text" && someCouldMeet(samplesOf(kind === "integer" ? "integer" : "number", others), others);
}

function someCouldMeet(values: Iterable<Json>, literals: readonly Literal[]): boolean {
  for (const value of values) if (couldMeet(value, literals)) return true;
  return false;
}

/** Whether the value meets the literals, those about now excepted: they are judged together, over all moments. */
function couldMeet(value: Json | undefined, literals: readonly Literal[]): boolean {
  const moment = instantOf(value) !== null;
  return (
    literals.every((literal) => (moment && isAboutNow(literal)) || isMet(literal, value, {})) &&
    (!moment || someInstantMeets(literals))
  );
}

function canBeMoment(kind: ValueKind): boolean {
  return kind !== "boolean" && kind !== "texts" && kind !== "object";
}

function canBeText(kind: ValueKind): boolean {
  return kind === "text" || kind === "time" || kind === "anything";
}

/** What a person would take for an example. */
function usualOf(kind: ValueKind): readonly Json[] {
  switch (kind) {
    case "text":
    case "anything":
      return ["other"];
    case "number":
    case "integer":
      return [1, 0];
    case "texts":
    case "object":
    case "boolean":
    case "time":
      return [];
  }
}

const day = 86_400_000;

function* momentsAround(literals: readonly Literal[], now: number): Iterable<string> {
  const points = [...turningPoints(literals, now), now].sort((a, b) => a - b);
  const around = points.flatMap((at, index) => [
    at,
    at - 60_000,
    at + 60_000,
    at - day,
    at + day,
    (at + (points[index + 1] ?? at)) / 2,
  ]);
  for (const at of around) if (Math.abs(at) < 4e15) yield formatInstant(at);
}
