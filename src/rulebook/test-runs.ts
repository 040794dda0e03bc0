import type { Json } from "../core/model/json.ts";
import { parseInstant } from "../core/time/instant.ts";
import { jsonAt } from "./json-at.ts";
import { type CaseRun, defaultHorizon } from "./parsed-tests.ts";
import type { Path, Problem } from "./problem.ts";
import { type Part, problemIn, type SourceDocument } from "./source-file.ts";
import { didYouMean } from "./suggest.ts";
import { onePerPlace } from "./test-places.ts";
import type { Case, TestFile } from "./test-file.generated.ts";
import { validateTestFile } from "./validate-file.ts";

/** More runs than anybody reads, of one case and of one file. */
const mostRuns = 500;
const mostRunsOfFile = 2_000;

/** One value for each dimension of a matrix, by name and in its order. */
type Combination = ReadonlyMap<string, string | number | boolean>;

interface Expanded {
  readonly runs: readonly CaseRun[];
  readonly problems: readonly Problem[];
}

/** Every case of a file as often as it runs: once, or once for each combination of its matrix. */
export function expandCases(document: SourceDocument, file: TestFile): Expanded {
  const all = file.cases.map((story, index): Expanding => ({ document, file, story, index }));
  const total = all.reduce((sum, { story }) => sum + runsOf(story), 0);
  const [widest] = all.toSorted((a, b) => runsOf(b.story) - runsOf(a.story));
  if (total > mostRunsOfFile && widest !== undefined && runsOf(widest.story) <= mostRuns) {
    const message = `the matrices of this file make ${total} runs, and at most ${mostRunsOfFile} are allowed`;
    return { runs: [], problems: [problemAt(widest, ["matrix"], "key", message, "make several files of it")] };
  }
  const expanded = all.map(expandCase);
  const problems = onePerPlace(expanded.flatMap((one) => one.problems));
  return { runs: expanded.flatMap(({ runs }) => runs), problems };
}

/** How many combinations a matrix has. */
function runsOf({ matrix = {} }: Case): number {
  return Object.values(matrix).reduce((product, values) => product * values.length, 1);
}

interface Expanding {
  readonly document: SourceDocument;
  readonly file: TestFile;
  readonly story: Case;
  /** Its place in `cases`. */
  readonly index: number;
}

function expandCase(expanding: Expanding): Expanded {
  const { story } = expanding;
  const count = runsOf(story);
  if (count > mostRuns) {
    const message = `the matrix makes ${count} runs, and at most ${mostRuns} are allowed`;
    return { runs: [], problems: [problemAt(expanding, ["matrix"], "key", message, "split the case")] };
  }
  const combinations = combinationsOf(story);
  const table = tableProblems(expanding, combinations);
  if (table.length > 0) return { runs: [], problems: table };
  const unknown = unknownPlaceholders(expanding);
  if (unknown.length > 0) return { runs: [], problems: unknown };
  const runs: CaseRun[] = [];
  for (const combination of combinations) {
    const run = runOf(expanding, combination);
    // The next combinations would most likely have the same mistake.
    if ("problem" in run) return { runs: [], problems: [run.problem] };
    runs.push(run);
  }
  return { runs, problems: [] };
}

function combinationsOf({ matrix = {} }: Case): readonly Combination[] {
  let combinations: readonly Combination[] = [new Map()];
  for (const [name, values] of Object.entries(matrix)) {
    combinations = combinations.flatMap((begun) => values.map((value) => new Map([...begun, [name, value]])));
  }
  return combinations;
}

/** The case with the values of one combination in it, of which the shape is judged again. */
function runOf(expanding: Expanding, combination: Combination): CaseRun | { readonly problem: Problem } {
  const { document, file, index } = expanding;
  const given = jsonAt(document.data, ["cases", index]) ?? null;
  const data = combination.size === 0 ? given : filledIn(given, combination);
  const validated: { readonly story: Case } | { readonly problem: Problem } =
    combination.size === 0 ? { story: expanding.story } : revalidated(expanding, data, combination);
  if ("problem" in validated) return validated;
  const { story } = validated;
  const written = story.start ?? file.start;
  const start = parseInstant(written);
  if (start === null) {
    const path = story.start === undefined ? ["start"] : ["cases", index, "start"];
    return { problem: noMoment(document, path, written) };
  }
  const horizon = story.horizon ?? file.horizon ?? defaultHorizon;
  const values = [...combination.values()].map(String);
  const common = { index, combination: values, story, data, start, horizon };
  if ("expect" in story) return { ...common, expect: story.expect, expectPath: ["cases", index, "expect"] };
  const [key, expect] = Object.entries(story.expect_by).find(([entry]) => fits(entry, values)) ?? ["", "none"];
  return { ...common, expect, expectPath: ["cases", index, "expect_by", key] };
}

function noMoment(document: SourceDocument, path: Path, written: string): Problem {
  return problemIn(document.source, {
    code: "HEED105",
    message: `"${written}" is no moment that there is`,
    help: "for example 2026-03-06T14:00:00-05:00",
    range: document.rangeOf(path, "value"),
    path,
  });
}

/** A value in place of its name may not be what the place takes. */
function revalidated(
  expanding: Expanding,
  data: Json,
  combination: Combination,
): { readonly story: Case } | { readonly problem: Problem } {
  const { document, index } = expanding;
  const place = (path: Path): Path => (path[0] === "cases" ? ["cases", index, ...path.slice(2)] : path);
  const validated = validateTestFile({
    source: document.source,
    // The rest of the file is judged already.
    data: { suite: "x", rules: ["x.yaml"], start: "2026-01-01T00:00:00Z", cases: [data] },
    rangeOf: (path, part) => document.rangeOf(place(path), part),
    rangeWithin: (path, start, end) => document.rangeWithin(place(path), start, end),
  });
  const [problem] = validated.ok ? [] : validated.problems;
  const [story] = validated.ok ? validated.file.cases : [];
  if (story !== undefined) return { story };
  const values = [...combination].map(([name, value]) => `${name} = ${String(value)}`).join(", ");
  return {
    problem: problemAt(
      expanding,
      problem === undefined ? [] : place(problem.path).slice(2),
      "value",
      `with ${values}, ${problem?.message ?? "the case has not the form of a case"}`,
      problem?.help ?? null,
    ),
  };
}

/** As texts of rules write them, which a matrix does not. */
const doublePlaceholder = /\{\{\s*([A-Za-z_][A-Za-z0-9_]*)\s*\}\}/g;
const placeholder = /\{([A-Za-z_][A-Za-z0-9_]*)\}/g;

/** Placeholders replaced. One that is a whole text gives the value as it is, a number or truth value included. */
function filledIn(value: Json, combination: Combination): Json {
  if (typeof value === "string") {
    const whole = combination.get(/^\{(\w+)\}$/.exec(value)?.[1] ?? "");
    return whole ?? value.replace(placeholder, (written, name: string) => String(combination.get(name) ?? written));
  }
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((entry: Json) => filledIn(entry, combination));
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, filledIn(inner, combination)]));
}

const timeKeys: ReadonlySet<string | number | undefined> = new Set(["at", "arrives", "start"]);

/** A name in braces that is a whole text, or part of a time, stands for a value of the matrix. */
function unknownPlaceholders(expanding: Expanding): readonly Problem[] {
  const { document, index, story } = expanding;
  const known = Object.keys(story.matrix ?? {});
  return textsIn(jsonAt(document.data, ["cases", index]) ?? null, []).flatMap(({ text, path }) => {
    const doubled = [...text.matchAll(doublePlaceholder)].map((match) => match[1] ?? "");
    const written = doubled.find((name) => known.includes(name));
    if (written !== undefined) {
      const message = `\`{{${written}}}\` is no value of the matrix`;
      return [problemAt(expanding, path, "value", message, `write "{${written}}", with single braces`)];
    }
    const names = [...text.matchAll(placeholder)].map((match) => match[1] ?? "");
    const meant = timeKeys.has(path.at(-1)) || /^\{\w+\}$/.test(text);
    const unknown = meant ? names.find((name) => !known.includes(name)) : undefined;
    if (unknown === undefined) return [];
    const listed = known.length === 0 ? "the case has no matrix" : `dimensions are ${known.join(", ")}`;
    return [
      problemAt(
        expanding,
        path,
        "value",
        `\`{${unknown}}\` stands for nothing: the matrix has no \`${unknown}\``,
        didYouMean(unknown, known) ?? listed,
      ),
    ];
  });
}

function textsIn(value: Json, path: Path): readonly { readonly text: string; readonly path: Path }[] {
  if (typeof value === "string") return [{ text: value, path }];
  if (typeof value !== "object" || value === null) return [];
  if (Array.isArray(value)) return value.flatMap((entry: Json, at) => textsIn(entry, [...path, at]));
  return Object.entries(value).flatMap(([key, inner]) => textsIn(inner, [...path, key]));
}

/** What is wrong with `expect_by`: every combination needs an entry, and every entry a combination of its own. */
function tableProblems(expanding: Expanding, combinations: readonly Combination[]): readonly Problem[] {
  const { story } = expanding;
  if (!("expect_by" in story)) return [];
  if (story.matrix === undefined) {
    return [
      problemAt(expanding, ["expect_by"], "key", "`expect_by` needs a `matrix`", "write `expect:` without a matrix"),
    ];
  }
  const dimensions = Object.entries(story.matrix).map(([name, values]) => ({ name, values: values.map(String) }));
  const keys = Object.keys(story.expect_by);
  const malformed = keys.flatMap((key) => keyProblem(expanding, key, dimensions));
  if (malformed.length > 0) return malformed;
  const rows = combinations.map((combination) => [...combination.values()].map(String));
  const unmet = rows.find((row) => !keys.some((key) => fits(key, row)));
  if (unmet !== undefined) {
    const name = unmet.join(",");
    const help = `add \`"${name}": none\`, or what is expected then`;
    return [problemAt(expanding, ["expect_by"], "key", `nothing is said for \`${name}\``, help)];
  }
  const used = new Set(rows.map((row) => keys.find((key) => fits(key, row))));
  return keys
    .filter((key) => !used.has(key))
    .map((key) =>
      problemAt(
        expanding,
        ["expect_by", key],
        "key",
        `entries above \`${key}\` say everything already, so it never counts`,
        "remove it, or put it above them",
      ),
    );
}

function keyProblem(
  expanding: Expanding,
  key: string,
  dimensions: readonly { readonly name: string; readonly values: readonly string[] }[],
): readonly Problem[] {
  const parts = partsOf(key);
  const at: Path = ["expect_by", key];
  if (parts.length !== dimensions.length) {
    const wanted = dimensions.map(({ name }) => name).join(",");
    const message = `\`${key}\` has ${parts.length} of ${dimensions.length} values`;
    return [problemAt(expanding, at, "key", message, `write one for each of ${wanted}, or \`*\` for any`)];
  }
  return dimensions.flatMap(({ name, values }, index) => {
    const part = parts[index] ?? "";
    if (part === "*" || values.includes(part)) return [];
    const help = didYouMean(part, values) ?? `values are ${values.join(", ")}`;
    return [problemAt(expanding, at, "key", `\`${part}\` is no value of \`${name}\``, help)];
  });
}

function partsOf(key: string): readonly string[] {
  return key.split(",").map((part) => part.trim());
}

function fits(key: string, row: readonly string[]): boolean {
  const parts = partsOf(key);
  return parts.length === row.length && row.every((value, index) => parts[index] === "*" || parts[index] === value);
}

/** A problem at an entry of the case. */
function problemAt(
  { document, index }: Expanding,
  inCase: Path,
  part: Part,
  message: string,
  help: string | null,
): Problem {
  const path: Path = ["cases", index, ...inCase];
  return problemIn(document.source, { code: "HEED708", message, help, range: document.rangeOf(path, part), path });
}
