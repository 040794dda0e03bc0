import type { Json } from "../../core/model/json.ts";
import { instantOf } from "../instant-of.ts";
import type { Operand, Scalar } from "../operand.ts";
import { type Literal, operandsOf } from "./literal.ts";
import type { ValueKind } from "./value-type.ts";

/**
 * Values of one kind, chosen so that if any value of that kind meets all the literals, one of these does. Moments are
 * the exception: there are too many ways to write one, so `someInstantMeets` judges those.
 */
export function* samplesOf(kind: ValueKind, literals: readonly Literal[]): Iterable<Json> {
  switch (kind) {
    case "text":
      yield* operandsOfType(literals, isText);
      yield* freshTexts(literals);
      break;
    case "number":
      yield* numbersAround(operandsOfType(literals, isNumber));
      break;
    case "integer":
      yield* numbersAround(operandsOfType(literals, isNumber)).filter(Number.isInteger);
      break;
    case "boolean":
      yield* [true, false];
      break;
    case "time":
      for (const value of [...operandsOfType(literals, isText), ...operandsOfType(literals, isNumber)]) {
        if (instantOf(value) !== null) yield value;
      }
      break;
    case "texts": {
      const entries = wantedParts(literals);
      if (entries.every(isText)) yield entries;
      break;
    }
    case "object":
      yield {};
      break;
    case "anything":
      yield* [true, false, {}];
      yield* samplesOf("text", literals);
      yield* samplesOf("number", literals);
      // No test looks into a list but `contains`, and what more a list holds can only be in the way.
      yield wantedParts(literals);
      break;
  }
}

/**
 * Texts that begin, go on and end as demanded and have nothing else in common with any operand: a letter that no
 * operand has stands between the parts, so that whatever else is found in them is found in every text that will do.
 */
export function freshTexts(literals: readonly Literal[]): readonly string[] {
  const demanded = (name: Literal["operator"]) =>
    literals.flatMap(({ operator, operand, holds }) =>
      operator === name && holds && typeof operand === "string" ? [fold(operand)] : [],
    );
  const start = longest(demanded("starts_with"));
  const end = longest(demanded("ends_with"));
  const parts = wantedParts(literals).filter(isText).map(fold);
  const taken = operandsOfType(literals, isText).map(fold).join("");
  const letter = ["-", ".", "x", "\u{e000}", ...privateLetters].find((candidate) => !taken.includes(candidate));
  if (letter === undefined) return [];
  const fresh = [start, ...parts, end].join(letter);
  // What reads as a moment stands for moments, not for texts.
  return [instantOf(fresh) === null && fresh !== "" ? fresh : `${start}${letter}${fresh}`];
}

/** More letters without a case or a meaning than an operand of reasonable length has. */
const privateLetters: readonly string[] = Array.from({ length: 200 }, (_, index) =>
  String.fromCodePoint(0xe0_01 + index),
);

/** What the value must contain: as a part of a text, or as an entry of a list. */
function wantedParts(literals: readonly Literal[]): readonly Scalar[] {
  return literals.flatMap(({ operator, operand, holds }) =>
    isScalar(operand) && operator === (holds ? "contains" : "not_contains") ? [operand] : [],
  );
}

/** Every operand, and numbers before, between and behind them: all regions that comparisons can tell apart. */
function numbersAround(operands: readonly number[]): readonly number[] {
  const sorted = [...new Set(operands)].sort((a, b) => a - b);
  const between = sorted.slice(1).map((high, index) => middle(sorted[index] ?? high, high));
  const first = sorted[0] ?? 0;
  const last = sorted.at(-1) ?? 0;
  const whole = sorted.flatMap((operand) => [Math.floor(operand) + 1, Math.ceil(operand) - 1]);
  return [
    ...sorted,
    ...whole,
    ...between,
    first - 1,
    Math.floor(first) - 1,
    -Number.MAX_VALUE,
    last + 1,
    Math.ceil(last) + 1,
    Number.MAX_VALUE,
  ];
}

/** Halved before adding, so that the sum stays finite. */
function middle(low: number, high: number): number {
  return low / 2 + high / 2;
}

function operandsOfType<T extends Scalar>(
  literals: readonly Literal[],
  is: (value: Scalar) => value is T,
): readonly T[] {
  return literals.flatMap((literal) => operandsOf(literal).filter(is));
}

function longest(texts: readonly string[]): string {
  return texts.reduce((best, text) => (text.length > best.length ? text : best), "");
}

function fold(text: string): string {
  return text.toLowerCase();
}

function isScalar(operand: Operand): operand is Scalar {
  return typeof operand !== "object";
}

function isText(value: Scalar): value is string {
  return typeof value === "string";
}

function isNumber(value: Scalar): value is number {
  return typeof value === "number";
}
