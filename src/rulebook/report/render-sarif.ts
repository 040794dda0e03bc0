import { createHash } from "node:crypto";
import { type ProblemCode, problemCodes } from "../codes.ts";
import { pageOf } from "../pages.ts";
import { byPlace, type Fix, type Problem, type Range } from "../problem.ts";
import type { CalendarDay } from "../waivers.ts";
import { sarifRegion } from "./columns.ts";
import { printableJson } from "./printable.ts";

/** A problem with codes of its own, such as a plan's risks. */
type Coded<Code> = Omit<Problem, "code"> & { readonly code: Code };

interface Report<Code extends string> {
  readonly problems: readonly Coded<Code>[];
  readonly waived: readonly Required<Omit<Entry<Code>, "id">>[];
  /** From the root of the repository to the workspace, with a slash at its end. */
  readonly base: string;
  readonly version: string | undefined;
  /** What found them. */
  readonly command: string;
  /** SARIF's reportingDescriptor of a code. */
  readonly describe: (code: Code) => object;
}

/** Code scanning refuses a run with more results. */
const maxResults = 25_000;

/** SARIF 2.1.0, as code scanning and editors read it. What is waived is in it as a suppressed result. */
export function renderSarif<Code extends string>(report: Report<Code>): string {
  const { problems, waived, base, version, command, describe } = report;
  const unwaived = problems.map((problem): Entry<Code> => ({ problem }));
  const all = [...unwaived, ...waived].toSorted((a, b) => byPlace(a.problem, b.problem));
  const shown = all.length <= maxResults ? all : worstFirst(all).slice(0, maxResults);
  const codes = [...new Set(shown.map(({ problem }) => problem.code))].toSorted();
  const seen = new Map<string, number>();
  const results = shown.map((entry) => result(entry, { base, codes, seen }));
  const driver = {
    name: "Heed",
    ...(version !== undefined && { version, semanticVersion: version }),
    rules: codes.map(describe),
  };
  const log = {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: { driver },
        invocations: [invocation(all.length - shown.length, command)],
        columnKind: "utf16CodeUnits",
        results,
      },
    ],
  };
  return `${printableJson(log)}\n`;
}

interface Entry<Code extends string = string> {
  readonly problem: Coded<Code>;
  /** The last day and the reason of its waiver; null where the day is not known. */
  readonly until?: CalendarDay | null;
  readonly reason?: string;
}

/** Errors, then warnings, then what is waived. */
function worstFirst<Code extends string>(entries: readonly Entry<Code>[]): readonly Entry<Code>[] {
  const rank = ({ problem, until }: Entry<Code>): number =>
    until !== undefined ? 2 : problem.severity === "error" ? 0 : 1;
  return entries.toSorted((a, b) => rank(a) - rank(b));
}

interface Context {
  readonly base: string;
  readonly codes: readonly string[];
  /** How often each fingerprint came. */
  readonly seen: Map<string, number>;
}

function result({ problem, until, reason }: Entry, { base, codes, seen }: Context) {
  return {
    ruleId: problem.code,
    ruleIndex: codes.indexOf(problem.code),
    level: problem.severity,
    message: { text: problem.help === undefined ? problem.message : `${problem.message}; ${problem.help}` },
    locations: [location(base, problem.file, problem.range)],
    ...(problem.related !== undefined && {
      relatedLocations: problem.related.map(({ file, range, message }, index) => ({
        id: index + 1,
        ...location(base, file, range),
        message: { text: message },
      })),
    }),
    partialFingerprints: { primaryLocationLineHash: fingerprint(problem, seen) },
    ...(problem.fix !== undefined && { fixes: [fix(base, problem.file, problem.fix)] }),
    ...(until !== undefined && {
      // A waiver is a comment in the file, and whoever merged it has accepted it. SARIF has no word for its end but the
      // property that Microsoft's SDK reads; a waiver holds through its last day.
      suppressions: [
        {
          kind: "inSource",
          status: "accepted",
          justification: reason,
          ...(until !== null && { properties: { expiryUtc: `${until}T23:59:59.999Z` } }),
        },
      ],
    }),
  };
}

/** The run as a whole, which tells of results that have no room rather than leave them out without a word. */
function invocation(left: number, command: string) {
  if (left === 0) return { executionSuccessful: true };
  const text = `${left} more problems are not in this file, because it may hold ${maxResults}; \`${command}\` shows them`;
  return {
    executionSuccessful: true,
    toolExecutionNotifications: [{ level: "warning", message: { text } }],
  };
}

/** Of what a check finds. */
export function describeProblem(code: ProblemCode): object {
  const { what, why, example } = pageOf(code);
  const quote = (text: string): string => (example.in === "words" ? text : `\`\`\`yaml\n${text}\n\`\`\``);
  return {
    id: code,
    name: problemCodes[code],
    shortDescription: { text: what },
    fullDescription: { text: why },
    help: {
      text: `${why}\n\nBad:\n${example.bad}\n\nGood:\n${example.good}`,
      markdown: `${why}\n\n**Bad**\n\n${quote(example.bad)}\n\n**Good**\n\n${quote(example.good)}`,
    },
  };
}

function location(base: string, file: string, range: Range) {
  return { physicalLocation: { artifactLocation: artifact(base, file), region: sarifRegion(range) } };
}

function artifact(base: string, file: string) {
  return { uri: `${base}${file}`.split("/").map(encodeURIComponent).join("/") };
}

function fix(base: string, file: string, { edits }: Fix) {
  const replacements = edits.map(({ range, text }) => ({
    deletedRegion: sarifRegion(range),
    insertedContent: { text },
  }));
  return { artifactChanges: [{ artifactLocation: artifact(base, file), replacements }] };
}

/**
 * The same for the same mistake when lines above it come and go, so that it is not reported anew: of the kind, the
 * entry and the words of its line. Equal ones are counted through.
 */
function fingerprint({ code, file, path, excerpt }: Coded<string>, seen: Map<string, number>): string {
  const text = JSON.stringify([code, file, path, excerpt?.line.trim() ?? ""]);
  const hash = createHash("sha256").update(text, "utf8").digest("hex").slice(0, 16);
  const count = (seen.get(hash) ?? 0) + 1;
  seen.set(hash, count);
  return `${hash}:${count}`;
}
