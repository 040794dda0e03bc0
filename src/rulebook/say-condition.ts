import { type Condition, type Did, leavesOf, type Test, type WasSent } from "../conditions/condition.ts";
import { isJsonObject } from "../core/model/parse-json.ts";
import { jsonAt } from "./json-at.ts";
import type { Path } from "./problem.ts";
import type { Known } from "./situations.ts";
import { sayValue } from "./say-type.ts";
import type { SourceDocument } from "./source-file.ts";

/** A part of a condition as its author wrote it, on one line: `contact.score: { gt: 5 }`. */
export function sayCondition(condition: Condition): string {
  switch (condition.kind) {
    case "test":
      return sayTest(condition);
    case "not":
      if (condition.of.kind === "did" || condition.of.kind === "was_sent") return sayQuestion(condition.of, "_not");
      return `not: { ${sayCondition(condition.of)} }`;
    case "did":
    case "was_sent":
      return sayQuestion(condition, "");
    case "all":
      return condition.of.map(sayCondition).join(", ");
    case "any":
      return `any: [${condition.of.map((part) => `{ ${sayCondition(part)} }`).join(", ")}]`;
  }
}

function sayQuestion(asked: Did | WasSent, not: "_not" | ""): string {
  const within = `within: ${asked.within.count}${asked.within.unit}`;
  if (asked.kind === "did") return `did${not}: { event: ${asked.events.join(", ")}, ${within} }`;
  const channel = asked.channel === null ? "" : `channel: ${asked.channel}, `;
  const rule = asked.rule === null ? "" : `rule: ${asked.rule}, `;
  return `was${not}_sent: { ${channel}${rule}${within} }`;
}

function sayTest({ at, path, operator, operand }: Test): string {
  // The last step to a test is its path as written.
  const name = String(at.at(-1) ?? path.join("."));
  const value = typeof operand === "object" ? `[${operand.map(sayValue).join(", ")}]` : sayValue(operand);
  return operator === "is" ? `${name}: ${value}` : `${name}: { ${operator}: ${value} }`;
}

/** How to speak of what is known where a condition stands. */
export const sourcesOfKnown: Readonly<Record<Known["from"], { readonly says: string; readonly written: string }>> = {
  trigger: { says: "the trigger", written: "what the trigger demands" },
  guard: { says: "the guard", written: "what the guard demands" },
  way: { says: "the way to this step", written: "what holds on the way here" },
};

/** Where a part of the condition at `base` stands, so that exactly it is underlined. */
export function placeOf(document: SourceDocument, base: Path, condition: Condition): Path {
  const leaves = leavesOf(condition);
  const [first] = leaves;
  if (first === undefined) return base;
  const path = [...base, ...leaves.map(({ at }) => at).reduce(commonStart)];
  if (leaves.length > 1 || first.kind !== "test") return path;
  return isJsonObject(jsonAt(document.data, path)) ? [...path, first.operator] : path;
}

function commonStart(a: Path, b: Path): Path {
  const end = a.findIndex((step, index) => step !== b[index]);
  return end < 0 ? a : a.slice(0, end);
}
