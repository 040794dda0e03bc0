import type { Json } from "../core/model/json.ts";
import { instantOf } from "./instant-of.ts";
import type { OperandKind } from "./operators.ts";
import { parseDuration } from "./parse-duration.ts";
import { isList, parsePath } from "../core/model/path.ts";

interface Mistake {
  /** The entry of a list that is wrong, or null for the operand itself. */
  readonly at: number | null;
  /** Of an operand it goes on after the operator's name ("takes a number, …"), of a reference it stands alone. */
  readonly message: string;
}

/** What is wrong with an operand, or null. Says what to write instead. */
export function operandMistake(kind: OperandKind, operand: Json): Mistake | null {
  if (kind === "scalars") return listMistake(operand);
  const message = singleMistake(kind, operand);
  return message === null ? null : { at: null, message };
}

const roots: ReadonlySet<string> = new Set(["event", "trigger", "contact", "lookup"]);
/** Fields that hold types of events, such as `contact.created`, which look like paths and are none. */
const fieldsOfTypes: ReadonlySet<string> = new Set(["type", "event"]);

/**
 * The first operand, or entry of a list of them, that refers to something where a value belongs: Liquid, or a path. It
 * would be compared letter by letter, and never be equal.
 */
export function referenceMistake(path: readonly string[], operand: Json): Mistake | null {
  const texts = isList(operand) ? operand : [operand];
  const index = texts.findIndex((text) => typeof text === "string" && (isLiquid(text) || isReference(path, text)));
  const found = texts[index];
  if (typeof found !== "string") return null;
  const why = isLiquid(found) ? "texts here are not Liquid" : `\`${found}\` is only a text here`;
  return { at: isList(operand) ? index : null, message: `a condition compares with a value; ${why}` };
}

function isLiquid(text: string): boolean {
  return /\{\{.*\}\}|\{%.*%\}/s.test(text);
}

function isReference(path: readonly string[], text: string): boolean {
  const [root = "", ...fields] = parsePath(text) ?? [];
  return roots.has(root) && fields.length > 0 && !fieldsOfTypes.has(path.at(-1) ?? "");
}

function listMistake(operand: Json): Mistake | null {
  if (!isList(operand) || operand.length === 0)
    return { at: null, message: "takes a list that is not empty, such as [free, pro]" };
  const index = operand.findIndex((entry) => singleMistake("scalar", entry) !== null);
  return index < 0 ? null : { at: index, message: "takes a list of texts, numbers or booleans" };
}

function singleMistake(kind: Exclude<OperandKind, "scalars">, operand: Json): string | null {
  switch (kind) {
    case "scalar":
      if (isList(operand)) return "takes one value; for several write in or not_in";
      if (operand === null) return "takes a value; for one that is there write exists: true, for none exists: false";
      return typeof operand === "object" ? "takes one text, number or boolean" : null;
    case "number":
      if (typeof operand === "number" && Number.isFinite(operand)) return null;
      return isNumberText(operand) ? "takes a number: remove the quotes" : "takes a number, such as 100";
    case "text":
      return typeof operand === "string" && operand !== "" ? null : "takes a text that is not empty";
    case "boolean":
      return typeof operand === "boolean" ? null : "takes true or false";
    case "time":
      if (operand === "now") return null;
      return typeof operand === "string" && instantOf(operand) !== null
        ? null
        : "takes a time with a zone, such as 2026-03-01T09:00:00Z, a date, or now";
    case "duration":
      return typeof operand === "string" && parseDuration(operand) !== null
        ? null
        : "takes a duration, such as 30s, 15m, 2h, 3d or 1w";
  }
}

function isNumberText(operand: Json): boolean {
  return typeof operand === "string" && operand.trim() !== "" && Number.isFinite(Number(operand));
}
