import { type Extent, segmentRange, type SegmentRange } from "../../templates/extent.ts";
import { templateProblems } from "../../templates/compile-template.ts";
import { measureTemplate } from "../../templates/measure-template.ts";
import type { Check } from "../check.ts";
import type { ParsedFile, ParsedWorkspace, Text } from "../parsed-workspace.ts";
import type { Problem, Related } from "../problem.ts";
import { outsidersOf, type Outsiders, plainText, replaceOutsiders } from "../sms-outsiders.ts";
import { type SmsUse, smsTextsOf } from "../sms-texts.ts";
import { problemIn } from "../source-file.ts";
import { valueExtents } from "../value-extents.ts";
import type { WorkspaceFile } from "../workspace-file.generated.ts";

/** A text message that costs more than it need, because of a character, or more than is allowed, because of its length. */
export const smsSegments = {
  id: "sms-segments",
  pages: {
    HEED601: {
      what: "The text of an SMS holds a character that is not in GSM-7.",
      why: "One such character and the whole text is sent as UCS-2: a segment then holds 70 characters instead of 160, and each segment is paid for. Most often it is a curly quote or a long dash that a word processor put in. A text in a language that GSM-7 cannot write is not reported.",
      example: {
        in: "rule",
        bad: "actions:\n  - send: sms\n    text: We can’t reach you by email.",
        good: "actions:\n  - send: sms\n    text: We can't reach you by email.",
      },
      waivable: true,
    },
    HEED602: {
      what: "The text of an SMS takes more segments than `limits.sms_segments` allows, or can take more.",
      why: "Such a message is not sent (`segments.exceeded`). A value counts as long as it may be: an `enum` as its longest, after `truncate: 20` 20 characters, otherwise 40 for a text, 12 for a number and 100 for a list; a loop over a list turns 5 times. A text that a contact supplied may hold a letter outside GSM-7.",
      example: {
        in: "rule",
        bad: `actions:\n  - send: sms\n    text: '${"We wrote to you and you did not answer. ".repeat(6)}Hello {{ contact.first_name | default: "there" }}.'`,
        good: "actions:\n  - send: sms\n    text: 'We wrote to you and you did not answer. Hello {{ contact.first_name | default: \"there\" }}.'",
      },
      waivable: true,
    },
  },
  run,
} as const satisfies Check;

const defaultLimit = 3;

function run(parsed: ParsedWorkspace): readonly Problem[] {
  const { workspace } = parsed;
  if (workspace === null) return [];
  const sent = smsTextsOf(parsed).map(({ text, uses }): Measurable => {
    const variables = uses.map(({ rule }) => valueExtents(workspace.file, rule.file));
    return { text, variables, uses };
  });
  return [...confirmationIn(workspace), ...sent].flatMap((sms) => judge(sms, workspace.file));
}

/** A text that goes out by text message. */
interface Measurable {
  readonly text: Text;
  /** How long its variables can be, for each that uses it. */
  readonly variables: readonly ReturnType<typeof valueExtents>[];
  /** The sends that use it; none, for what Heed says by itself. */
  readonly uses: readonly SmsUse[];
}

/** What confirms an opt-out: a text of heed.yaml, without variables. */
function confirmationIn({ document, file }: ParsedFile<WorkspaceFile>): readonly Measurable[] {
  const source = file.opt_out?.confirm;
  const path = ["opt_out", "confirm"];
  if (source === undefined || templateProblems(source, "text", new Set()).length > 0) return [];
  const rangeOf: Text["rangeOf"] = (start, end) => document.rangeWithin(path, start, end);
  const text: Text = { file: document.source, path, kind: "text", source, rangeOf };
  return [{ text, variables: [() => null], uses: [] }];
}

function judge(sms: Measurable, workspace: WorkspaceFile): readonly Problem[] {
  const limit = workspace.limits?.sms_segments ?? defaultLimit;
  const outsiders = outsidersOf(sms.text);
  const written = longestOf(sms, (text) => text);
  if (outsiders === null) return tooMany(sms, written, limit);
  const otherwise = longestOf(sms, plainText);
  return [leaves(sms, outsiders, [written.range, otherwise.range], limit), ...tooMany(sms, otherwise, limit)];
}

interface Measured {
  readonly extent: Extent;
  readonly range: SegmentRange;
}

/** Of all that use the text, the one for which it can be longest: the same text may be put together from other values. */
function longestOf({ text, variables }: Measurable, literal: (text: string) => string): Measured {
  const [first, ...others] = variables.map((variable): Measured => {
    const extent = measureTemplate(text.source, text.kind, { variable, literal });
    return { extent, range: segmentRange(extent) };
  });
  if (first === undefined) throw new Error("a text that nobody uses");
  return others.reduce((longest, other) => (other.range.most > longest.range.most ? other : longest), first);
}

/** What the first such character costs, and what to write for it. */
function leaves(
  { text, uses }: Measurable,
  outsiders: Outsiders,
  [now, otherwise]: readonly [SegmentRange, SegmentRange],
  limit: number,
): Problem {
  const { first, others } = outsiders;
  const [subject, verb] = others === 0 ? ["", "is"] : [` and ${others} more`, "are"];
  const cost =
    now.most > otherwise.mostInGsm7
      ? `takes ${now.most === now.fewest ? "" : "up to "}${now.most} segments instead of ${otherwise.mostInGsm7}`
      : "has room for 70 characters instead of 160";
  const over = now.most > limit && otherwise.mostInGsm7 <= limit ? `, and limits.sms_segments allows ${limit}` : "";
  const fix = replaceOutsiders(text, outsiders);
  return problemIn(text.file, {
    code: "HEED601",
    severity: now.fewest > limit && otherwise.fewest <= limit ? "error" : "warning",
    message: `${named(first.character)}${subject} ${verb} not in GSM-7, so the whole text is sent as UCS-2 and ${cost}${over}`,
    help: first.help,
    range: text.rangeOf(first.start, first.end),
    path: text.path,
    ...usedBy(uses),
    ...(fix !== null && { fix }),
  });
}

/** Also by its number, because some of them look like nothing or like another. */
function named(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const single = character.length === String.fromCodePoint(code).length;
  return `\`${character}\`${single ? ` (U+${code.toString(16).toUpperCase().padStart(4, "0")})` : ""}`;
}

function tooMany(
  { text, uses }: Measurable,
  { extent, range: { fewest, most } }: Measured,
  limit: number,
): readonly Problem[] {
  if (most <= limit) return [];
  const certain = fewest > limit;
  const says = certain ? `takes ${fewest} segments even at its shortest` : `can take ${most} segments`;
  return [
    problemIn(text.file, {
      code: "HEED602",
      severity: certain ? "error" : "warning",
      message: `this text ${says}, and limits.sms_segments allows ${limit}: ${sumOf(extent, certain)}`,
      help: certain
        ? "shorten it, or raise limits.sms_segments in heed.yaml"
        : "shorten it, cut a value with for example `truncate: 20`, or raise limits.sms_segments in heed.yaml",
      range: text.rangeOf(0, text.source.length),
      path: text.path,
      ...usedBy(uses),
    }),
  ];
}

/** How the length comes about: `300 characters of its own and up to 40 of contact.first_name`. */
function sumOf({ shortest, longest }: Extent, certain: boolean): string {
  const unicode = shortest.septets === null;
  if (certain) {
    return unicode
      ? `${shortest.units} characters in UCS-2, of which a segment holds 67`
      : `${shortest.septets} characters, of which a segment holds 153`;
  }
  const counted = longest.leaves ? longest.units : longest.septets;
  const put = longest.outputs.reduce((sum, { units }) => sum + units, 0);
  const shares = [`${Math.max(0, counted - put)} characters of its own`, ...largest(longest.outputs)];
  const why = unicode
    ? ", in UCS-2, of which a segment holds 67"
    : longest.leaves
      ? "; a value may hold a letter outside GSM-7, such as ł, and a segment then holds 67"
      : ", of which a segment holds 153";
  return `${shares.length > 1 ? `${shares.slice(0, -1).join(", ")} and ` : ""}${shares.at(-1) ?? ""}${why}`;
}

/** The same variable counts as often as it is put in. */
function largest(outputs: Extent["longest"]["outputs"]): readonly string[] {
  const sums = new Map<string, number>();
  for (const { name, units } of outputs) sums.set(name, (sums.get(name) ?? 0) + units);
  const [first, second, third, ...rest] = [...sums].toSorted((a, b) => b[1] - a[1]);
  const left = rest.reduce((sum, [, units]) => sum + units, 0);
  return [
    ...[first, second, third]
      .filter((entry) => entry !== undefined)
      .map(([name, units]) => `up to ${units} of \`${name}\``),
    ...(left > 0 ? [`up to ${left} of other values`] : []),
  ];
}

/** A shared text stands in a file of its own, which does not say who sends it. */
function usedBy([first]: Measurable["uses"]): { readonly related?: readonly Related[] } {
  if (first?.step.template === undefined) return {};
  const { rule, path } = first;
  const range = rule.document.rangeOf([...path, "template"], "value");
  return { related: [{ message: "sent here", file: rule.document.source.name, range }] };
}
