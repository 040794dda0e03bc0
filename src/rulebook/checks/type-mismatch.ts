import { isJsonObject } from "../../core/model/parse-json.ts";
import { type Check, problemAt } from "../check.ts";
import { type SeenTest, testsInSight } from "../events-in-sight.ts";
import { jsonAt } from "../json-at.ts";
import { type NamedPath, namedPathsOf } from "../named-paths.ts";
import { type Misfit, misfitOf } from "../operand-fit.ts";
import type { ParsedFile, ParsedRule, ParsedWorkspace } from "../parsed-workspace.ts";
import { inEveryRule, perRule } from "../per-rule.ts";
import type { Path, Problem, Severity } from "../problem.ts";
import { describeType } from "../say-type.ts";
import { declaredType } from "../shape.ts";
import { silentOnMessages } from "../speaks-of-message.ts";
import type { SourceDocument } from "../source-file.ts";
import type { PathTypes } from "../type-of-path.ts";
import { valueMistake } from "../value-mistake.ts";
import type { WorkspaceFile } from "../workspace-file.generated.ts";

/** A value compared with what it can never be. */
export const typeMismatch = {
  id: "type-mismatch",
  pages: {
    HEED320: {
      what: "A condition compares a value with what it can never be: of another type, or not among its values.",
      why: 'It would be false for everybody, or true for everybody. Types are never converted: the text "100" is not the number 100.',
      example: {
        in: "rule",
        bad: "guard:\n  contact.status: { gt: 5 }",
        good: 'guard:\n  contact.status: { not: "5" }',
      },
    },
  },
  run,
} as const satisfies Check;

function run(parsed: ParsedWorkspace): readonly Problem[] {
  if (parsed.workspace === null) return [];
  return [...inWorkspaceFile(parsed.workspace), ...inEveryRule(parsed, problemsIn)];
}

const problemsIn = perRule((rule, types): readonly Problem[] => [
  ...inConditions(rule, types),
  ...amongNamedPaths(rule, types),
]);

/** One problem for each path, whatever is asked of it. */
function inConditions({ document, ...rule }: ParsedRule, types: PathTypes): readonly Problem[] {
  const found = new Map<string, Problem>();
  for (const seen of testsInSight({ document, ...rule })) {
    const place = seen.path.join("/");
    if (found.has(place)) continue;
    const misfit = misfitOf(seen.test, types.typeOf(seen.sight)(seen.test.path));
    if (misfit !== null) found.set(place, toProblem(document, seen, misfit));
  }
  return [...found.values()];
}

function toProblem(document: SourceDocument, { test, path }: SeenTest, { on, message, help, meant }: Misfit): Problem {
  const written = isJsonObject(jsonAt(document.data, path)) ? [...path, test.operator] : path;
  const place = typeof on === "number" ? [...written, on] : written;
  const part = on === "operator" && written !== path ? "key" : "value";
  const finding = { code: "HEED320", path: place, part, message } as const;
  if (meant === undefined) return problemAt(document, { ...finding, help });
  const range = document.rangeOf(place, "value");
  const found = document.source.text.slice(range.start.offset, range.end.offset);
  // A number that should be a text is the text as it was written: 1.10 is not 1.1.
  const text = JSON.stringify(typeof meant === "string" ? found : meant);
  const safe = typeof meant !== "string" || found === meant;
  return problemAt(document, { ...finding, help: `write ${text}`, fix: { safe, edits: [{ range, text }] } });
}

/** Paths whose values must be of some type where they are named. */
function amongNamedPaths(rule: ParsedRule, types: PathTypes): readonly Problem[] {
  return namedPathsOf(rule).flatMap((named) => {
    const said = misuseOf(named, types);
    if (said === null) return [];
    return [problemAt(rule.document, { code: "HEED320", path: named.place, part: named.part, ...said })];
  });
}

interface Misuse {
  readonly message: string;
  readonly help: string;
  readonly severity?: Severity;
}

function misuseOf({ role, path, sights }: NamedPath, types: PathTypes): Misuse | null {
  if (role === "same" && path.join(".") === "event.message_id") return otherMessage(sights, types);
  const found = sights.map((sight) => types.typeOf(sight)(path));
  const [type, other] = found;
  if (type === undefined || found.some(({ kinds }) => kinds.includes("anything"))) return null;
  const is = `\`${path.join(".")}\` is ${describeType(type)}`;
  switch (role) {
    case "value":
      if (type.kinds.some((kind) => kind === "number" || kind === "integer")) return null;
      return {
        message: `${is}, and what a conversion is worth is a number`,
        help: "name a number that the event carries",
      };
    case "key":
    case "on":
      if (type.kinds.some((kind) => kind !== "texts" && kind !== "object")) return null;
      return {
        message: `${is}, and here it takes a single value`,
        help: "name a text, a number, or what is true or false",
      };
    case "same":
      if (other === undefined || type.kinds.some((kind) => other.kinds.some((its) => family(kind) === family(its))))
        return null;
      return {
        message: `${is} in the event that started the rule and ${describeType(other)} in this one: they are never the same`,
        help: "name what both events carry",
      };
    case "set":
      return null;
  }
}

/** Two events that are to be of the same message, of which one is of none. */
function otherMessage(sights: NamedPath["sights"], types: PathTypes): Misuse | null {
  const [start, other] = sights.map(({ event }) => silentOnMessages(event, types.events));
  const silent = other ?? start ?? null;
  if (silent === null) return null;
  const starts = silent === other ? "" : ", which starts the rule,";
  return {
    message: `${silent.named}${starts} speaks of no message, so that no event has the same \`message_id\``,
    help: "leave `same` out, and any such event of this contact counts",
    severity: silent.surely ? "error" : "warning",
  };
}

/** Values of kinds of one family may be equal. */
function family(kind: string): string {
  if (kind === "integer") return "number";
  return kind === "time" ? "text" : kind;
}

/** Values that a field lists and its own type does not have. */
function inWorkspaceFile({ document, file }: ParsedFile<WorkspaceFile>): readonly Problem[] {
  const places: readonly (readonly [
    Path,
    NonNullable<NonNullable<WorkspaceFile["contacts"]>["fields"]> | undefined,
  ])[] = [
    [["contacts", "fields"], file.contacts?.fields],
    ...Object.entries(file.lookups ?? {}).map(([name, { fields }]) => [["lookups", name, "fields"], fields] as const),
  ];
  return places.flatMap(([path, fields]) =>
    Object.entries(fields ?? {}).flatMap(([name, field]) => {
      const type = declaredType(field.type);
      const ofOne = type.kinds[0] === "texts" ? { ...type, kinds: ["text"] as const } : type;
      // Where several don't fit, it is the type that is wrong.
      const index = (field.enum ?? []).findIndex((value) => valueMistake(value, ofOne) !== null);
      if (index < 0) return [];
      const message = `\`${name}\` is ${describeType(type)}, and this value is none`;
      const help = "write a value of that type, or another type";
      return [problemAt(document, { code: "HEED320", path: [...path, name, "enum", index], message, help })];
    }),
  );
}
