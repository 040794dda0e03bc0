import type { Json, JsonObject } from "../core/model/json.ts";
import { isJsonObject } from "../core/model/parse-json.ts";
import type { Condition } from "./condition.ts";
import type { ConditionProblem, Place } from "./condition-problem.ts";
import type { Scalar } from "./operand.ts";
import { isOperatorName, operatorNames, operators } from "./operators.ts";
import { operandMistake, referenceMistake } from "./operand-mistake.ts";
import { readDid, readWasSent } from "./parse-history.ts";
import { isList, parsePath } from "../core/model/path.ts";

export type ParsedCondition =
  | { readonly ok: true; readonly condition: Condition }
  | { readonly ok: false; readonly problems: readonly ConditionProblem[] };

/**
 * Where a condition stands, which says what it may ask: in a `where` of the event that just came, at the `moment` of
 * speaking (`guard`, `when`) of everything, in the `where` of `did` of a `past` event alone.
 */
export type Setting = "event" | "moment" | "past";

const rootsOf: Readonly<Record<Setting, readonly string[]>> = {
  event: ["event", "trigger", "contact", "consent", "message", "last"],
  moment: ["event", "trigger", "contact", "consent", "message", "last", "lookup"],
  past: ["event"],
};
const combinators: readonly string[] = ["all", "any", "not"];
const questions: readonly string[] = ["did", "did_not", "was_sent", "was_not_sent"];
/** Far more than a person reads; a bound against files made by machines. */
const maxDepth = 32;

/** One reading of one condition: where it stands, and what is wrong with it so far. */
export interface Reading {
  readonly setting: Setting;
  readonly problems: ConditionProblem[];
}

/** Understands a condition as YAML gives it, or says everything that is wrong with it. Never throws. */
export function parseCondition(value: Json | undefined, setting: Setting = "moment"): ParsedCondition {
  const reading: Reading = { setting, problems: [] };
  const condition = readMap(value ?? null, [], reading);
  if (reading.problems.length > 0 || condition === null) return { ok: false, problems: reading.problems };
  return { ok: true, condition };
}

function readMap(value: Json, at: Place, reading: Reading): Condition | null {
  const report = (message: string, help = shapeHelp) =>
    reading.problems.push({ kind: "shape", at, on: "value", message, help });
  if (at.length > maxDepth * 2) {
    report(`a condition nests at most ${maxDepth} levels`);
    return null;
  }
  if (value === null) {
    report("this condition is empty and so always true: remove it, or write what must hold");
    return null;
  }
  if (!isJsonObject(value)) {
    const help = isList(value)
      ? "put `all:` above the list if each of these must hold, or `any:` if one must"
      : shapeHelp;
    report("expected a condition: a map of paths and what they must be", help);
    return null;
  }
  const entries = Object.entries(value);
  if (entries.length === 0) {
    report("this condition is empty and so always true: remove it, or write what must hold");
    return null;
  }
  const parts = entries.map(([key, inner]) => readEntry(key, inner, [...at, key], reading));
  return { kind: "all", of: parts.filter((part) => part !== null) };
}

const shapeHelp = "for example  contact.plan: pro  or  event.data.amount: { gte: 100 }";

function readEntry(key: string, value: Json, at: Place, reading: Reading): Condition | null {
  if (key === "all" || key === "any") return readList(key, value, at, reading);
  if (key === "not") {
    const of = readMap(value, at, reading);
    return of === null ? null : { kind: "not", of };
  }
  if (questions.includes(key)) return readQuestion(key, value, at, reading);
  const path = readPathKey(key, at, reading);
  return path === null ? null : readTests(path, value, at, reading);
}

function readQuestion(key: string, value: Json, at: Place, reading: Reading): Condition | null {
  if (reading.setting === "past") {
    const message = `a past event is judged by itself: \`${key}\` can't be asked of it`;
    reading.problems.push({
      kind: "shape",
      at,
      on: "key",
      message,
      help: "ask beside the `did`, not inside of its `where`",
    });
    return null;
  }
  const asked = key.startsWith("did")
    ? readDid(key, value, at, reading.problems, (where, place) =>
        readMap(where, place, { ...reading, setting: "past" }),
      )
    : readWasSent(key, value, at, reading.problems);
  return asked === null || !key.includes("not") ? asked : { kind: "not", of: asked };
}

function readList(kind: "all" | "any", value: Json, at: Place, reading: Reading): Condition | null {
  if (!isList(value) || value.length === 0) {
    reading.problems.push({
      kind: "shape",
      at,
      on: "value",
      message: `\`${kind}\` takes a list of conditions that is not empty`,
      help: `for example  ${kind}: [{ contact.plan: pro }, { contact.status: { exists: false } }]`,
    });
    return null;
  }
  const of = value.map((entry, index) => readMap(entry, [...at, index], reading)).filter((entry) => entry !== null);
  return { kind, of };
}

function readPathKey(key: string, at: Place, reading: Reading): readonly string[] | null {
  const [root = ""] = key.split(".", 1);
  const path = parsePath(key);
  if (path === null) {
    reading.problems.push({
      kind: "path",
      at,
      on: "key",
      message: `\`${shown(key)}\` is not a path: names and list positions joined by dots, such as event.data.items.0`,
      ...meantByKey(key),
    });
    return null;
  }
  const roots = rootsOf[reading.setting];
  if (!roots.includes(root)) {
    reading.problems.push({ kind: "path", at, on: "key", ...wrongRoot(path, reading.setting) });
    return null;
  }
  if (path.length === 1) {
    reading.problems.push({
      kind: "path",
      at,
      on: "key",
      message: `\`${root}\` alone is no value: name one of its fields, such as ${root}.${fieldOf(root)}`,
    });
    return null;
  }
  return path;
}

/** How code compares. */
const signs: ReadonlyMap<string, string> = new Map([
  ["=", "is"],
  ["==", "is"],
  ["===", "is"],
  ["!=", "not"],
  ["!==", "not"],
  [">", "gt"],
  [">=", "gte"],
  ["<", "lt"],
  ["<=", "lte"],
]);

/** What a key that is no path was meant for: a whole comparison, or a path with brackets. */
function meantByKey(key: string): { readonly help?: string } {
  if (key.length > 100) return {};
  const [, left = "", sign = "", right = ""] = /^(\S+)\s*([!=]==?|[<>]=?|=)\s*(\S.*)$/.exec(key) ?? [];
  const operator = signs.get(sign);
  if (operator !== undefined && parsePath(left) !== null) return { help: `write ${left}: { ${operator}: ${right} }` };
  const dotted = key.replace(/\[\s*["']?([^\]"']*)["']?\s*\]/g, ".$1");
  return dotted !== key && parsePath(dotted) !== null ? { help: `write ${dotted}` } : {};
}

/** Fields of the event itself, which begin with `event.` as all do. */
const envelope: ReadonlySet<string> = new Set([
  "event_id",
  "event_type",
  "occurred_at",
  "received_at",
  "provider",
  "channel",
  "contact_id",
  "conversation_id",
  "message_id",
  "campaign_id",
  "delivery_status",
  "address",
]);

/** How other tools combine conditions. */
const combining: ReadonlyMap<string, string> = new Map([
  ["and", "all: [...]"],
  ["or", "any: [...]"],
  ["nor", "not: {...}"],
  ["none", "not: {...}"],
]);

function wrongRoot(path: readonly string[], setting: Setting): Omit<ConditionProblem, "kind" | "at" | "on"> {
  const [root = "", ...rest] = path;
  const roots = rootsOf[setting];
  if (rootsOf.moment.includes(root)) {
    return root === "lookup"
      ? { message: "a look-up can't be asked for every event that comes", help: "ask it in `guard` or `when`" }
      : { message: `\`${root}\` can't be asked of a past event`, help: "here paths begin with event." };
  }
  const message = `a path cannot begin with \`${root}\``;
  const combined = combining.get(root);
  if (combined !== undefined && rest.length === 0) return { message, help: `write ${combined}` };
  if (root === "now") return { message, help: "a time is compared with it: event.occurred_at: { before: now }" };
  if (envelope.has(root)) return { message, help: `write event.${path.join(".")}` };
  if (root === "data")
    return { message, help: `write event.${[...path, ...(rest.length === 0 ? ["..."] : [])].join(".")}` };
  if (rest.length > 0) {
    const help = `paths begin with ${roots.map((name) => `${name}.`).join(", ")}; all, any and not combine conditions`;
    return { message, help, unknown: { word: root, known: roots } };
  }
  const ofEvent = `event.data.${root} for what the event carries`;
  const ofContact = `contact.${root} for a field of the contact`;
  const help = { event: `${ofEvent}, or ${ofContact}`, moment: `${ofContact}, or ${ofEvent}`, past: ofEvent }[setting];
  return { message, help: `write ${help}`, unknown: { word: root, known: [...combinators, ...questions, ...roots] } };
}

function fieldOf(root: string): string {
  const examples: Readonly<Record<string, string>> = {
    event: "data.url",
    contact: "plan",
    consent: "sms",
    message: "status",
    last: "sms.status",
    lookup: "crm.status",
  };
  return examples[root] ?? "name";
}

function readTests(path: readonly string[], value: Json, at: Place, reading: Reading): Condition | null {
  if (isScalar(value)) {
    if (refersTo(path, value, at, reading)) return null;
    return { kind: "test", path, operator: "is", operand: value, at };
  }
  if (isJsonObject(value)) return readOperators(path, value, at, reading);
  const message = isList(value)
    ? "a list is no value to compare with: write { in: [...] } for any of these"
    : "is empty: write a value, or { exists: false } for a missing one";
  reading.problems.push({ kind: "operand", at, on: isList(value) ? "value" : "key", message });
  return null;
}

function readOperators(path: readonly string[], map: JsonObject, at: Place, reading: Reading): Condition | null {
  const entries = Object.entries(map);
  if (entries.length === 0) {
    reading.problems.push({
      kind: "operand",
      at,
      on: "value",
      message: "expected an operator",
      help: `operators are ${operatorNames.join(", ")}`,
    });
    return null;
  }
  const tests = entries
    .map(([name, operand]) => readTest(path, name, operand, at, reading))
    .filter((test) => test !== null);
  const [first] = tests;
  return tests.length === 1 && first !== undefined ? first : { kind: "all", of: tests };
}

function readTest(path: readonly string[], name: string, operand: Json, at: Place, reading: Reading): Condition | null {
  const here = [...at, name];
  if (!isOperatorName(name)) {
    reading.problems.push({
      kind: "operator",
      at: here,
      on: "key",
      message: `unknown operator \`${shown(name)}\``,
      help: betweenHelp(name, operand) ?? `operators are ${operatorNames.join(", ")}`,
      unknown: { word: name, known: operatorNames },
    });
    return null;
  }
  if (refersTo(path, operand, here, reading)) return null;
  const mistake = operandMistake(operators[name].operand, operand);
  if (mistake !== null) {
    reading.problems.push({
      kind: "operand",
      at: mistake.at === null ? here : [...here, mistake.at],
      on: "value",
      message: `\`${name}\` ${mistake.message}`,
    });
    return null;
  }
  if (isScalar(operand)) return { kind: "test", path, operator: name, operand, at };
  return isList(operand) ? { kind: "test", path, operator: name, operand: operand.filter(isScalar), at } : null;
}

function betweenHelp(name: string, operand: Json): string | null {
  if (name !== "between" && name !== "range") return null;
  const [low, high] = isList(operand) && operand.length === 2 ? operand : [];
  return typeof low === "number" && typeof high === "number"
    ? `write { gte: ${low}, lte: ${high} }`
    : "write both ends: { gte: 1, lte: 5 } of numbers, { after: …, before: … } of times";
}

/** Whether a reference stands where a value belongs, which is reported. */
function refersTo(path: readonly string[], operand: Json, at: Place, reading: Reading): boolean {
  const mistake = referenceMistake(path, operand);
  if (mistake === null) return false;
  const help = "write the value itself; to compare two events use  same: data.order_id";
  const place = mistake.at === null ? at : [...at, mistake.at];
  reading.problems.push({ kind: "operand", at: place, on: "value", message: mistake.message, help });
  return true;
}

function isScalar(value: Json): value is Scalar {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean";
}

function shown(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
