import { templateProblems } from "../../templates/compile-template.ts";
import type { Reference } from "../../templates/analyse.ts";
import { templateReferences } from "../../templates/template-references.ts";
import type { TemplateProblem } from "../../templates/template.ts";
import type { Check } from "../check.ts";
import type { ProblemCode } from "../codes.ts";
import { requiredFieldsOf } from "../required-fields.ts";
import type { ParsedWorkspace, Text } from "../parsed-workspace.ts";
import { mostPerFile, type Problem } from "../problem.ts";
import { problemIn } from "../source-file.ts";
import { didYouMean } from "../suggest.ts";
import { type SeenText, textsInSight } from "../texts-in-sight.ts";
import { type PathTypes, pathTypesOf } from "../type-of-path.ts";

/** A text that is not Liquid, names what does not exist, or could leave a hole where a value is missing. */
export const templateText = {
  id: "template-text",
  pages: {
    HEED501: {
      what: "A text is not Liquid.",
      why: "It could not be rendered, so that the message would not be sent.",
      example: {
        in: "rule",
        bad: "actions:\n  - send: sms\n    text: 'Hello {{ contact.first_name'",
        good: "actions:\n  - send: sms\n    text: 'Hello {{ contact.first_name | default: \"there\" }}'",
      },
    },
    HEED502: {
      what: "A text uses a value that can be missing, without a fallback.",
      why: "The contact would read `Hello ,`. End the output in a `default` filter, or declare the field `required` in heed.yaml.",
      example: {
        in: "rule",
        bad: "actions:\n  - send: sms\n    text: 'Hello {{ contact.first_name }}'",
        good: "actions:\n  - send: sms\n    text: 'Hello {{ contact.first_name | default: \"there\" }}'",
      },
    },
    HEED503: {
      what: "A text uses a variable that does not exist.",
      why: "It would always be missing. Variables are contact, event, trigger, lookup, rule, now and, in marketing email, unsubscribe_url.",
      example: {
        in: "rule",
        bad: "actions:\n  - send: sms\n    text: 'Hello {{ person.first_name | default: \"there\" }}'",
        good: "actions:\n  - send: sms\n    text: 'Hello {{ contact.first_name | default: \"there\" }}'",
      },
    },
    HEED504: {
      what: "A text uses a filter that does not exist.",
      why: "The text could not be rendered, so that the message would not be sent.",
      example: {
        in: "rule",
        bad: "actions:\n  - send: sms\n    text: 'Hi {{ contact.first_name | captialize | default: \"there\" }}'",
        good: "actions:\n  - send: sms\n    text: 'Hi {{ contact.first_name | capitalize | default: \"there\" }}'",
      },
    },
    HEED505: {
      what: "A text uses a tag that does not exist or is not allowed.",
      why: "Texts decide and repeat, and reach for nothing: no include, no render, no layout.",
      example: {
        in: "rule",
        bad: "actions:\n  - send: sms\n    text: \"{% include 'footer' %}Hello.\"",
        good: "actions:\n  - send: sms\n    text: Hello. Reply STOP to opt out.",
      },
    },
  },
  run,
} as const satisfies Check;

const codes: Readonly<Record<TemplateProblem["kind"], ProblemCode>> = {
  syntax: "HEED501",
  fallback: "HEED502",
  variable: "HEED503",
  filter: "HEED504",
  tag: "HEED505",
};

function run(parsed: ParsedWorkspace): readonly Problem[] {
  const { workspace } = parsed;
  const required = workspace === null ? null : requiredFieldsOf(workspace.file);
  const types = pathTypesOf(parsed);
  return textsInSight(parsed).flatMap((seen) => {
    const { text } = seen;
    const isMisnamed = misnamedIn(seen, types);
    const problems: Problem[] = [];
    for (const problem of templateProblems(text.source, text.kind, required ?? new Set())) {
      // No more are shown of a file.
      if (problems.length === mostPerFile) break;
      if (problem.kind !== "fallback" || !isMisnamed(problem))
        problems.push(toProblem(text, withRoot(problem, seen, types)));
    }
    return problems;
  });
}

/** A field that does not exist is one mistake; whether it needs a fallback shows when it is named right. */
function misnamedIn({ text, sight }: SeenText, types: PathTypes | null): (problem: TemplateProblem) => boolean {
  if (types === null) return () => true;
  let names: readonly Reference[] | null = null;
  return ({ start, end }) => {
    names ??= templateReferences(text.source, text.kind).toSorted((a, b) => a.start - b.start);
    for (let index = firstFrom(names, start); index < names.length; index += 1) {
      const name = names[index];
      if (name === undefined || name.start >= end) return false;
      if (name.end <= end && types.of(name.path, sight).kind === "unknown") return true;
    }
    return false;
  };
}

/** A field that stands alone, as other tools write it. */
function withRoot(problem: TemplateProblem, { sight }: SeenText, types: PathTypes | null): TemplateProblem {
  const word = problem.kind === "variable" ? problem.unknown?.word : undefined;
  if (word === undefined || types === null) return problem;
  const root = ["contact", "trigger"].find((name) => types.of([name, word], sight).kind === "known");
  if (root === undefined) return problem;
  const { kind, message, start, end } = problem;
  return { kind, message, start, end, help: `write ${root}.${word}` };
}

/** Where those begin that stand there or behind, of references in order. */
function firstFrom(names: readonly Reference[], start: number): number {
  let [low, high] = [0, names.length];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if ((names[middle]?.start ?? 0) < start) low = middle + 1;
    else high = middle;
  }
  return low;
}

function toProblem({ file, path, rangeOf }: Text, problem: TemplateProblem): Problem {
  const near = problem.unknown === undefined ? null : didYouMean(problem.unknown.word, problem.unknown.known);
  return problemIn(file, {
    code: codes[problem.kind],
    message: problem.message,
    help: near ?? problem.help ?? null,
    range: rangeOf(problem.start, problem.end),
    path,
  });
}
