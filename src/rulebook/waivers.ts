import { Lexer } from "yaml";
import { endsReading, type ProblemCode, problemCodes } from "./codes.ts";
import { pageOf } from "./pages.ts";
import type { Problem, Range } from "./problem.ts";
import { isRiskCode, type RiskCode } from "./risk-codes.ts";
import { problemIn, rangeAt, type SourceFile } from "./source-file.ts";
import { distance } from "./suggest.ts";

/** A day as it is written in a waiver: `2027-01-31`. Days compare as texts. */
export type CalendarDay = string;

export interface Waived {
  /** What is left: problems that no waiver covers, and those of the waivers. */
  readonly problems: readonly Problem[];
  /** What waivers silenced. */
  readonly waived: readonly WaivedProblem[];
}

/** A problem that is known and allowed, until a day and for a reason. */
export interface WaivedProblem {
  readonly problem: Problem;
  readonly until: CalendarDay;
  readonly reason: string;
}

export interface Waiver {
  /** That of a risk is for a plan to judge: a check only knows that it is well-formed. */
  readonly code: ProblemCode | RiskCode;
  readonly until: CalendarDay;
  readonly reason: string;
  readonly source: SourceFile;
  readonly range: Range;
  /** The line whose problems it covers, or null for the whole file. */
  readonly line: number | null;
}

/**
 * Takes out the problems that `# heed allow` comments cover. With a day, waivers that ended before it no longer
 * silence; without one, as at the start of the system, their dates are not looked at. Whether a waiver is of use is
 * judged only when every file could be read, because a file that could not hides its problems.
 */
export function applyWaivers(
  sources: readonly SourceFile[],
  problems: readonly Problem[],
  today: CalendarDay | null,
): Waived {
  const unread = new Set(problems.filter(({ code }) => endsReading(code)).map(({ file }) => file));
  const read = sources.filter(({ name }) => !unread.has(name)).map(waiversIn);
  const waivers = read.flatMap((found) => found.waivers);
  const used = new Set<Waiver>();
  const waived: WaivedProblem[] = [];
  const left = problems.flatMap((problem) => {
    const waiver = waivers.find((candidate) => covers(candidate, problem));
    if (waiver === undefined) return [problem];
    used.add(waiver);
    if (today !== null && waiver.until < today) return [ended(waiver, problem)];
    waived.push({ problem, until: waiver.until, reason: waiver.reason });
    return [];
  });
  const complete = !problems.some(({ code }) => endsReading(code) || code.startsWith("HEED1"));
  const unused = complete ? waivers.filter((waiver) => !used.has(waiver) && !isRiskCode(waiver.code)).map(notUsed) : [];
  return { problems: [...left, ...read.flatMap((found) => found.problems), ...unused], waived };
}

/** The well-formed waivers of files that can be read. */
export function waiversOf(sources: readonly SourceFile[]): readonly Waiver[] {
  return sources.flatMap((source) => waiversIn(source).waivers);
}

function covers({ code, source, line }: Waiver, problem: Problem): boolean {
  return problem.code === code && problem.file === source.name && (line === null || line === problem.range.start.line);
}

function ended({ code, until, source, range }: Waiver, problem: Problem): Problem {
  return problemIn(source, {
    code: "HEED902",
    severity: problem.severity,
    message: `the waiver of ${code} ended on ${until}: ${problem.message}`,
    help: problem.help ?? "mend it, or give the waiver a new date with a reason that holds today",
    range,
    related: [{ message: "what it allowed", file: problem.file, range: problem.range }],
  });
}

function notUsed({ code, source, range, line }: Waiver): Problem {
  const where = line === null ? "in this file" : `on line ${line}`;
  return problemIn(source, {
    code: "HEED903",
    severity: "warning",
    message: `this waiver is not used: there is no ${code} ${where}`,
    help: "remove it",
    range,
  });
}

interface Found {
  readonly waivers: readonly Waiver[];
  readonly problems: readonly Problem[];
}

function waiversIn(source: SourceFile): Found {
  if (!source.name.endsWith(".yaml") || !/#\s*heed/i.test(source.text)) return { waivers: [], problems: [] };
  const waivers: Waiver[] = [];
  const problems: Problem[] = [];
  for (const { start, text, line } of commentsIn(source)) {
    if (!isMeantAsWaiver(text)) continue;
    const range = rangeAt(source, start, start + text.length);
    const parsed = parseWaiver(text);
    if (typeof parsed.mistake === "string") {
      const { mistake: message, help } = parsed;
      problems.push(problemIn(source, { code: "HEED901", message, help, range }));
    } else waivers.push({ ...parsed.waiver, source, range, line });
  }
  return { waivers, problems };
}

/** A slip of the pen in `allow`, and the words of other tools, are meant as a waiver too. */
function isMeantAsWaiver(comment: string): boolean {
  const word = /^#+\s*heed[\s:-]+([a-z]+)/i.exec(comment)?.[1]?.toLowerCase() ?? "";
  return distance(word, "allow") <= 2 || ["ignore", "disable", "waive", "skip", "nolint", "snooze"].includes(word);
}

const form = "# heed allow HEED402 until 2027-01-31: reason";

type Parsed =
  | { readonly mistake: null; readonly waiver: Pick<Waiver, "code" | "until" | "reason"> }
  | { readonly mistake: string; readonly help: string };

function parseWaiver(comment: string): Parsed {
  const match = /^#+ *heed allow (\w+) until (\S+?): *(.*)$/.exec(comment.trimEnd());
  if (match === null) return { mistake: "this is not the form of a waiver", help: `write ${form}` };
  const [, name = "", until = "", reason = ""] = match;
  if (!isCode(name) && !isRiskCode(name))
    return { mistake: `there is no code ${name.slice(0, 40)}`, help: "`heed codes` lists them" };
  if (isCode(name) && pageOf(name).waivable !== true)
    return { mistake: `${name} cannot be waived`, help: "mend the problem itself" };
  if (!isDay(until))
    return { mistake: `"${until.slice(0, 40)}" is not a day`, help: "write its last day, such as 2027-01-31" };
  if (!/\p{L}/u.test(reason)) return { mistake: "this waiver gives no reason", help: `write ${form}` };
  return { mistake: null, waiver: { code: name, until, reason } };
}

function isCode(name: string): name is ProblemCode {
  return Object.hasOwn(problemCodes, name);
}

function isDay(text: string): boolean {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  if (match === null) return false;
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])];
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  const days = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1] ?? 0;
  return day >= 1 && day <= days;
}

interface Comment {
  readonly start: number;
  readonly text: string;
  /** The line that it speaks of, or null at the top of the file. */
  readonly line: number | null;
}

/** The comments of a file and the lines they speak of: their own behind something, else the next that says something. */
function commentsIn(source: SourceFile): readonly Comment[] {
  const found: Comment[] = [];
  const standing: { readonly start: number; readonly text: string }[] = [];
  let begun = false;
  let lastLine = 0;
  for (const { start, text, comment } of tokensOf(source.text)) {
    const { line } = rangeAt(source, start, start).start;
    if (!comment) {
      for (const waiting of standing.splice(0)) found.push({ ...waiting, line: begun ? line : null });
      begun = true;
      // A text over several lines ends on its last.
      lastLine = rangeAt(source, start, start + text.trimEnd().length).end.line;
    } else if (line === lastLine) found.push({ start, text, line });
    else standing.push({ start, text });
  }
  return [...found, ...standing.map(({ start, text }) => ({ start, text, line: begun ? lastLine + 1 : null }))];
}

interface Token {
  readonly start: number;
  readonly text: string;
  readonly comment: boolean;
}

/** What a YAML file says, and its comments, without blanks. Texts are never taken for comments, whatever they hold. */
function tokensOf(text: string): readonly Token[] {
  const tokens: Token[] = [];
  let start = 0;
  let scalar = false;
  for (const lexeme of new Lexer().lex(text)) {
    // The lexer's own marks: a document begins, a flow collection ends by mistake, a scalar follows.
    if (lexeme === "\u0002" || lexeme === "\u0018" || lexeme === "\u001f") {
      scalar = lexeme === "\u001f";
      continue;
    }
    const comment = !scalar && lexeme.startsWith("#");
    if (scalar || lexeme.trim() !== "") tokens.push({ start, text: lexeme, comment });
    start += lexeme.length;
    scalar = false;
  }
  return tokens;
}
