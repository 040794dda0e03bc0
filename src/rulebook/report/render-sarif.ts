import { createHash } from "node:crypto";
import { problemCodes } from "../codes.ts";
import { pageOf } from "../pages.ts";
import type { Fix, Problem, Range } from "../problem.ts";
import { sarifRegion } from "./columns.ts";

/** SARIF 2.1.0, as code scanning and editors read it. */
export function renderSarif(problems: readonly Problem[], base: string): string {
  const codes = [...new Set(problems.map(({ code }) => code))].toSorted();
  const seen = new Map<string, number>();
  const results = problems.map((problem) => ({
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
  }));
  const driver = { name: "Heed", rules: codes.map(rule) };
  const log = {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [{ tool: { driver }, columnKind: "utf16CodeUnits", results }],
  };
  return `${JSON.stringify(log, null, 2)}\n`;
}

function rule(code: Problem["code"]) {
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
function fingerprint({ code, file, path, excerpt }: Problem, seen: Map<string, number>): string {
  const text = JSON.stringify([code, file, path, excerpt?.line.trim() ?? ""]);
  const hash = createHash("sha256").update(text, "utf8").digest("hex").slice(0, 16);
  const count = (seen.get(hash) ?? 0) + 1;
  seen.set(hash, count);
  return `${hash}:${count}`;
}
