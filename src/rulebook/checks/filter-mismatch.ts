import type { ValueKind, ValueType } from "../../conditions/logic/value-type.ts";
import { type PipedValue, pipedValues } from "../../templates/piped-values.ts";
import type { Check } from "../check.ts";
import type { ParsedWorkspace } from "../parsed-workspace.ts";
import { inEveryRule, perRule } from "../per-rule.ts";
import type { Problem } from "../problem.ts";
import { describeType } from "../say-type.ts";
import { problemIn } from "../source-file.ts";
import { type SeenText, sharedTextsInSight, textsOfRuleInSight } from "../texts-in-sight.ts";
import { type PathTypes, pathTypesOf } from "../type-of-path.ts";

/** A value in a text that its filter can make nothing of, or that no text can show. */
export const filterMismatch = {
  id: "filter-mismatch",
  pages: {
    HEED324: {
      what: "A text filters a value of another type than the filter takes, or writes a map.",
      why: "A `date` of a text that is no time stays as it is, `plus` of a text gives NaN, and a map cannot be shown at all: the message would not be sent, or not be read.",
      example: {
        in: "rule",
        bad: 'actions:\n  - send: sms\n    text: \'Until {{ contact.status | date: "%A" | default: "soon" }}.\'',
        good: "actions:\n  - send: sms\n    text: 'Until {{ event.occurred_at | date: \"%A\" }}.'",
      },
    },
  },
  run,
} as const satisfies Check;

function run(parsed: ParsedWorkspace): readonly Problem[] {
  const types = pathTypesOf(parsed);
  if (types === null) return [];
  return [...inEveryRule(parsed, problemsIn), ...sharedTextsInSight(parsed).flatMap((seen) => inText(seen, types))];
}

const problemsIn = perRule((rule, types): readonly Problem[] =>
  textsOfRuleInSight(rule).flatMap((seen) => inText(seen, types)),
);

function inText({ text, sight }: SeenText, types: PathTypes): readonly Problem[] {
  const typeOf = types.typeOf(sight);
  return pipedValues(text.source, text.kind).flatMap((piped) => {
    const said = misfit(piped, typeOf(piped.path));
    if (said === null) return [];
    const range = text.rangeOf(piped.start, piped.end);
    return [problemIn(text.file, { code: "HEED324", ...said, range, path: text.path })];
  });
}

interface Family {
  readonly filters: readonly string[];
  readonly does: string;
  readonly takes: readonly ValueKind[];
  readonly help: string;
}

/** Numbers are epoch times as well, and whatever is single can be written as a text. */
const families: readonly Family[] = [
  {
    filters: ["date"],
    does: "writes a time",
    takes: ["time", "number", "integer"],
    help: "declare it with the type time in heed.yaml if it is one",
  },
  {
    filters: ["abs", "at_least", "at_most", "ceil", "divided_by", "floor", "minus", "modulo", "plus", "round", "times"],
    does: "calculates with a number",
    takes: ["number", "integer"],
    help: "declare it with the type number in heed.yaml if it is one",
  },
  {
    filters: ["join", "map", "sort", "uniq", "compact"],
    does: "takes a list",
    takes: ["texts", "object"],
    help: "leave it out: this is one value",
  },
  {
    filters: [
      "append",
      "capitalize",
      "downcase",
      "lstrip",
      "prepend",
      "remove",
      "remove_first",
      "replace",
      "replace_first",
      "rstrip",
      "split",
      "strip",
      "strip_html",
      "truncate",
      "truncatewords",
      "upcase",
    ],
    does: "changes a text",
    takes: ["text", "number", "integer", "boolean", "time"],
    help: "name one value, or make one text of a list by join",
  },
];

function misfit(
  { path, filter }: PipedValue,
  type: ValueType,
): { readonly message: string; readonly help: string } | null {
  const is = `\`${path.join(".")}\` is ${describeType(type)}`;
  if (filter === null) {
    if (type.kinds.some((kind) => kind !== "object")) return null;
    return { message: `${is}, which no text can show`, help: `name one of its fields, such as ${path.join(".")}.name` };
  }
  const family = families.find(({ filters }) => filters.includes(filter));
  if (family === undefined || type.kinds.some((kind) => kind === "anything" || family.takes.includes(kind)))
    return null;
  return { message: `\`${filter}\` ${family.does}, and ${is}`, help: family.help };
}
