import type { ErrorObject } from "ajv";
import type { Json } from "../core/model/json.ts";
import { isJsonObject } from "../core/model/parse-json.ts";
import type { ProblemCode } from "./codes.ts";
import { jsonAt, pathOfPointer } from "./json-at.ts";
import { isConditional, placeOf } from "./misplaced-keys.ts";
import type { Path, Problem } from "./problem.ts";
import {
  alternativesOf,
  exampleOf,
  explainValue,
  type Explained,
  propertyNamesOf,
  verbsOf,
} from "./schema-messages.ts";
import { replaceWord, truthOf } from "./replace-word.ts";
import { type Part, problemIn, type SourceDocument } from "./source-file.ts";
import { didYouMean, slipOf, suggest } from "./suggest.ts";

interface Finding extends Explained {
  readonly code: ProblemCode;
  readonly path: Path;
  readonly part: Part;
  readonly replacement?: string;
  /** What to write in place of what is there, when it is surely meant. */
  readonly safe?: string | undefined;
}

/** More than a person mends in one go; several errors may come from one mistake. */
const maxProblems = 100;
const maxErrors = 10 * maxProblems;

/** Turns what the validator found into problems: one for each mistake, in the order of the file. */
export function schemaProblems(document: SourceDocument, errors: readonly ErrorObject[]): readonly Problem[] {
  const relevant = errors.filter((error) => !isEcho(error)).slice(0, maxErrors);
  const unknownKeys = relevant
    .filter(({ keyword }) => keyword === "additionalProperties")
    .slice(0, maxProblems)
    .map((error) => unknownKey(document, error))
    .filter((key, index, all) => !key.alone || all.findIndex(({ path }) => isBeside(path, key.path)) === index)
    .map(uncontested)
    .map((key) => takenFor(document, key, relevant));
  const findings: Finding[] = unknownKeys;
  // Which keys a step takes is known when its verb is.
  const verbless = new Set(
    relevant.filter(({ keyword }) => keyword === "oneOf").map(({ instancePath }) => instancePath),
  );
  for (const error of relevant) {
    if (error.keyword === "additionalProperties" || isExplainedBy(unknownKeys, document, error)) continue;
    if (error.keyword === "propertyNames" && verbless.has(error.instancePath)) continue;
    if (error.schemaPath.endsWith("/then/required") && verbless.has(error.instancePath)) continue;
    // What is no map is told as such, not as a map that lacks a key.
    if (
      error.keyword === "oneOf" &&
      !isJsonObject(jsonAt(document.data, pathOfPointer(document.data, error.instancePath)) ?? null)
    )
      continue;
    const finding = findingOf(document, error);
    const known = findings.some(({ path, part }) => samePath(path, finding.path) && part === finding.part);
    if (!known) findings.push(finding);
  }
  return findings
    .slice(0, maxProblems)
    .map((finding) => toProblem(document, finding))
    .toSorted((a, b) => a.range.start.offset - b.range.start.offset);
}

/** Errors that only repeat another one. */
function isEcho({ keyword, schemaPath, propertyName }: ErrorObject): boolean {
  if (keyword === "if" || propertyName !== undefined) return true;
  return /\/oneOf\/\d+\/|\/anyOf\/\d+\/required$/.test(schemaPath);
}

interface UnknownKey extends Finding {
  /** In a map of one key: whatever else stands there is one mistake. */
  readonly alone: boolean;
  /** Near to no key that is known here, nor to one from elsewhere. */
  readonly isStrange: boolean;
  /** The key that is missing for it. */
  readonly inPlaceOf?: string;
}

/** Of two keys that may both be meant for one, neither surely is. */
function uncontested(key: UnknownKey, _: number, all: readonly UnknownKey[]): UnknownKey {
  const rivals = all.filter(({ path, replacement }) => replacement === key.replacement && isBeside(path, key.path));
  return key.replacement !== undefined && rivals.length > 1 ? { ...key, safe: undefined } : key;
}

/** In a small map that lacks one key, a stranger that is near to nothing stands in its place. */
function takenFor(document: SourceDocument, key: UnknownKey, errors: readonly ErrorObject[]): UnknownKey {
  const place = key.path.slice(0, -1);
  const map = jsonAt(document.data, place) ?? null;
  if (place.length === 0 || !key.isStrange || !isJsonObject(map) || Object.keys(map).length > 3) return key;
  const here = ({ instancePath }: ErrorObject): boolean => samePath(pathOfPointer(document.data, instancePath), place);
  const [missing, another] = errors.filter((error) => error.keyword === "required" && here(error));
  const strangers = errors.filter((error) => error.keyword === "additionalProperties" && here(error));
  if (missing === undefined || another !== undefined || strangers.length > 1) return key;
  const { message, help = null } = missingKey(place, missing);
  return {
    ...key,
    inPlaceOf: textParam(missing, "missingProperty"),
    help: help ?? message,
  };
}

function isBeside(a: Path, b: Path): boolean {
  return samePath(a.slice(0, -1), b.slice(0, -1));
}

function unknownKey(document: SourceDocument, error: ErrorObject): UnknownKey {
  const place = pathOfPointer(document.data, error.instancePath);
  const key = textParam(error, "additionalProperty");
  const path = [...place, key];
  const known = propertyNamesOf(error.parentSchema);
  const isFree = (name: string): boolean => jsonAt(document.data, [...place, name]) === undefined;
  const value = jsonAt(document.data, path) ?? null;
  const here = jsonAt(document.data, place) ?? null;
  const map = isJsonObject(here) ? here : {};
  const elsewhere = placeOf(key, map, known) ?? openList(key, value, here);
  const best = elsewhere === null ? suggestFree(key, known, isFree) : null;
  const free = best !== null && isFree(best);
  return {
    code: "HEED101",
    path,
    part: "key",
    message: `unknown key \`${key.slice(0, 60)}\``,
    help: elsewhere ?? (best !== null ? `did you mean \`${best}\`?` : keysHelp(key, known)),
    alone: known.length === 1 || isConditional(key, map, known),
    isStrange: elsewhere === null && best === null,
    ...(best !== null && free && { replacement: best }),
    ...(best !== null && free && slipOf(key, known) === best && { safe: best }),
  };
}

/** `{ between: 1h, 2h }`: the comma ends the value, and what follows is taken for a key. */
function openList(key: string, value: Json, map: Json): string | null {
  const between = isJsonObject(map) ? map["between"] : null;
  return value === null && typeof between === "string" ? `write between: [${between}, ${key.slice(0, 60)}]` : null;
}

/** What is there already was not meant; something else that is near may have been. */
function suggestFree(key: string, known: readonly string[], isFree: (name: string) => boolean): string | null {
  const near = suggest(key, known);
  return near === null || isFree(near) ? near : (suggest(key, known.filter(isFree)) ?? near);
}

function keysHelp(key: string, known: readonly string[]): string {
  if (known.length === 0) return "this takes no keys";
  const data = known.includes("data") ? `; what the source sends goes under \`data: { ${key.slice(0, 60)}: … }\`` : "";
  return `keys here are ${known.join(", ")}${data}`;
}

/** A key that is misspelt is also missing under its right name. */
function isExplainedBy(unknownKeys: readonly UnknownKey[], document: SourceDocument, error: ErrorObject): boolean {
  const place = pathOfPointer(document.data, error.instancePath);
  const here = unknownKeys.filter(({ path }) => samePath(path.slice(0, -1), place));
  if (error.keyword === "required") {
    return here.some(
      ({ alone, replacement, inPlaceOf }) =>
        alone || [replacement, inPlaceOf].includes(textParam(error, "missingProperty")),
    );
  }
  if (error.keyword === "type" && place.at(-1) === "between") {
    const map = jsonAt(document.data, place.slice(0, -1)) ?? null;
    return unknownKeys.some(
      ({ path }) =>
        isBeside(path, place) && openList(String(path.at(-1)), jsonAt(document.data, path) ?? null, map) !== null,
    );
  }
  if (error.keyword === "oneOf") {
    // Where none of the keys is there that it needs one of, the one that is there was meant for it.
    const data = jsonAt(document.data, place);
    return (
      here.length > 0 && isJsonObject(data) && !verbsOf(error.parentSchema).some((verb) => Object.hasOwn(data, verb))
    );
  }
  if (error.keyword === "propertyNames") return here.some(({ path }) => path.at(-1) === error.params["propertyName"]);
  return false;
}

function findingOf(document: SourceDocument, error: ErrorObject): Finding {
  const path = pathOfPointer(document.data, error.instancePath);
  const value = jsonAt(document.data, path) ?? null;
  if (error.keyword === "required") return missingKey(path, error);
  if (error.keyword === "oneOf") return oneOfKeys(path, value, error);
  if (error.keyword === "anyOf" && alternativesOf(error.parentSchema).length > 0) return noneOfKeys(path, error);
  if (error.keyword === "propertyNames") return badName(path, value, error);
  if (value === null) {
    return {
      code: "HEED103",
      path,
      part: "key",
      message: `${nameOf(path)} is empty`,
      help: "write a value, or remove the key",
    };
  }
  const written = document.source.text.slice(...span(document, path));
  const safe = safeValue(error, value);
  return { ...(safe !== null && { safe }), ...explainValue(error, nameOf(path), value, written), path, part: "value" };
}

/** The language's own words, misspelt, and the truth values of older YAML. Names of authors are theirs to mend. */
function safeValue({ keyword, params }: ErrorObject, value: Json): string | null {
  if (typeof value !== "string") return null;
  if (keyword === "type" && params["type"] === "boolean") return truthOf(value);
  const allowed: unknown = keyword === "enum" ? params["allowedValues"] : null;
  return Array.isArray(allowed)
    ? slipOf(
        value,
        allowed.filter((word) => typeof word === "string"),
      )
    : null;
}

function missingKey(path: Path, error: ErrorObject): Finding {
  const missing = textParam(error, "missingProperty");
  const what = path.length === 0 ? "the file" : nameOf(path);
  const property: unknown = Reflect.get(Object(Reflect.get(Object(error.parentSchema), "properties")), missing);
  const description: unknown = Reflect.get(Object(property), "description");
  return {
    code: "HEED102",
    path,
    part: path.length === 0 || typeof path.at(-1) === "number" ? "value" : "key",
    message: `${what} has no \`${missing}\``,
    help:
      typeof description === "string"
        ? `\`${missing}\`: ${lowerFirst(description)}`
        : (sharedHelp[missing] ?? exampleOf(error.parentSchema)),
  };
}

/** Keys that are described once for many places. */
const sharedHelp: Readonly<Record<string, string>> = {
  event: "`event`: the type of the event, such as email.clicked",
  do: "`do`: the steps to take, such as [{ tag: vip }]",
};

/** A map whose one key says what it is: a step by its verb, a wait by `between` or `until`. */
function oneOfKeys(path: Path, value: Json, error: ErrorObject): Finding {
  const keys = verbsOf(error.parentSchema);
  const given = typeof value === "object" && value !== null ? keys.filter((key) => Object.hasOwn(value, key)) : [];
  const list = `${keys.slice(0, -1).join(", ")} or ${keys.at(-1) ?? ""}`;
  const second = given[1];
  if (keys.includes("send")) {
    const noun = path.includes("actions") ? "step" : "expectation";
    return second === undefined
      ? { code: "HEED106", path, part: "value", message: `this ${noun} has no verb: it needs one of ${list}` }
      : {
          code: "HEED106",
          path: [...path, second],
          part: "key",
          message: `${noun === "step" ? "a step" : "an expectation"} has one verb, and this one has ${given.join(" and ")}`,
          help: `make it two ${noun}s`,
        };
  }
  const message =
    second === undefined
      ? `${nameOf(path)} needs ${list}`
      : `${nameOf(path)} takes ${list}, and this one has ${given.join(" and ")}`;
  return second === undefined
    ? {
        code: "HEED102",
        path,
        part: typeof path.at(-1) === "number" ? "value" : "key",
        message,
        help: exampleOf(error.parentSchema),
      }
    : { code: "HEED107", path: [...path, second], part: "key", message, help: keepOne(given) };
}

/** A map that needs at least one of a few keys. */
function noneOfKeys(path: Path, { parentSchema }: ErrorObject): Finding {
  const keys = alternativesOf(parentSchema).map((key) => `\`${key}\``);
  const message = `${nameOf(path)} has none of ${keys.slice(0, -1).join(", ")} and ${keys.at(-1) ?? ""}, and needs one`;
  const part = typeof path.at(-1) === "number" ? "value" : "key";
  return { code: "HEED102", path, part, message, help: exampleOf(parentSchema) };
}

function keepOne(given: readonly string[]): string {
  return given.includes("otherwise")
    ? "what to do when it holds goes under do:, and `otherwise` is an arm of its own"
    : "keep one of them";
}

function badName(path: Path, value: Json, error: ErrorObject): Finding {
  const key = textParam(error, "propertyName");
  const here: Path = [...path, key];
  if (error.schemaPath.endsWith("/then/propertyNames")) {
    const [verb, ...known] = namesAllowed(error);
    const takes = known.filter((name) => !isJsonObject(value) || !Object.hasOwn(value, name));
    const near = didYouMean(key, takes);
    return {
      code: "HEED107",
      path: here,
      part: "key",
      message: known.includes("when")
        ? `a \`${verb ?? "this"}\` step takes no \`${key}\``
        : `beside \`${verb ?? "this"}\` there can be no \`${key}\``,
      help: near ?? (known.includes("when") ? "remove it, or move it to the step it belongs to" : "remove it"),
    };
  }
  const shown = key.slice(0, 60);
  const below = (root: string): boolean => namePattern(error).startsWith(`^${root}\\.`);
  if (below("contact") && !key.startsWith("contact.")) {
    const message = `\`${shown}\` is no path of an attribute`;
    const help = key.includes(".")
      ? "attributes are of the contact, such as contact.lead_source"
      : `write contact.${shown}`;
    return { code: "HEED105", path: here, part: "key", message, help };
  }
  if (namePattern(error).startsWith("^\\+")) {
    const message = `\`${shown}\` is no beginning of a phone number`;
    const digits = key.replace(/^(?:\+|00)?/, "").replace(/[^\d]/g, "");
    return {
      code: "HEED105",
      path: here,
      part: "key",
      message,
      help: digits === "" ? 'for example "+44"' : `write "+${digits}"`,
    };
  }
  return {
    code: "HEED105",
    path: here,
    part: "key",
    message: `\`${shown}\` cannot be a name here`,
    help: "use letters, digits, _ and -, beginning with a letter",
  };
}

function toProblem(document: SourceDocument, finding: Finding): Problem {
  const { code, path, part, message, help, replacement, safe } = finding;
  const range = document.rangeOf(path, part);
  const fix =
    safe === undefined
      ? replacement !== undefined && { safe: false, edits: [{ range, text: replacement }] }
      : replaceWord(document.source, range, safe);
  return problemIn(document.source, {
    code,
    message,
    range,
    path,
    help: help ?? null,
    ...(fix !== false && { fix }),
  });
}

function span(document: SourceDocument, path: Path): readonly [number, number] {
  const { start, end } = document.rangeOf(path, "value");
  return [start.offset, end.offset];
}

/** The regular expression for the names of a map. */
function namePattern({ parentSchema }: ErrorObject): string {
  const pattern: unknown = Reflect.get(Object(Reflect.get(Object(parentSchema), "propertyNames")), "pattern");
  return typeof pattern === "string" ? pattern : "";
}

/** The keys that may stand beside one, which comes first. */
function namesAllowed({ params, parentSchema }: ErrorObject): readonly string[] {
  const schema: unknown = Reflect.get(Object(Reflect.get(Object(parentSchema), "propertyNames")), "enum");
  const names: unknown = schema ?? params["allowedValues"];
  return Array.isArray(names) ? names.map(String) : [];
}

/** How a message calls the entry at a path. */
function nameOf(path: Path): string {
  const last = path.at(-1);
  if (typeof last === "string") return `\`${last}\``;
  if (last === undefined) return "the file";
  return `entry ${last + 1} of ${nameOf(path.slice(0, -1))}`;
}

function textParam(error: ErrorObject, name: string): string {
  const value: unknown = error.params[name];
  return typeof value === "string" ? value : "";
}

function samePath(a: Path, b: Path): boolean {
  return a.length === b.length && a.every((step, index) => step === b[index]);
}

function lowerFirst(text: string): string {
  return /^[A-Z][a-z ]/.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text;
}
