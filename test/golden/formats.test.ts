import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { Ajv } from "ajv";
import addFormats from "ajv-formats";
import { describe, expect, test } from "vitest";
import { checkWorkspace } from "../../src/rulebook/check-workspace.ts";
import { loadWorkspace } from "../../src/rulebook/load-workspace.ts";
import type { Problem } from "../../src/rulebook/problem.ts";
import { renderPlan } from "../../src/plan/report/render-plan.ts";
import { pageOf } from "../../src/rulebook/pages.ts";
import { type ProblemCode, problemCodes } from "../../src/rulebook/codes.ts";
import { type RenderOptions, renderProblems, reportFormats } from "../../src/rulebook/report/render-problems.ts";
import { allTested } from "../rulebook/in-memory.ts";
import { readXml, type XmlElement } from "../support/read-xml.ts";
import { samplePlan } from "../plan/report/sample-plan.ts";

/** `UPDATE_GOLDEN=1` writes the outputs anew; the diff is then to be read as the tool that takes them would. */
const here = new URL("formats/", import.meta.url).pathname;
const { parsed, problems, waived } = checkWorkspace(allTested(loadWorkspace(join(here, "workspace"))), null, "2026-06-01");
const files = parsed.sources.map(({ name }) => name);
const options = { colours: false, base: "rules/", files, waived, version: "0.1.0" } as const;
const endings = { pretty: "txt", json: "json", github: "txt", sarif: "sarif", junit: "xml" } as const;

function render(format: RenderOptions["format"], of: readonly Problem[] = problems): string {
  return renderProblems(of, { ...options, format });
}

test.each(reportFormats)("the format %s is what it was", (format) => {
  const golden = join(here, `${format}.${endings[format]}`);
  const output = render(format);
  if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(golden, output);
  expect(existsSync(golden), `${golden} is missing: run with UPDATE_GOLDEN=1 and read it`).toBe(true);
  expect(output).toBe(readFileSync(golden, "utf8"));
});

const line = '  - { send: sms, text: "Café 🎉 {{ contact.first_name }}, hello" }';
const output = "{{ contact.first_name }}";

describe("columns behind letters and emoji", () => {
  test("cut the same words out of the line in SARIF, whose end is not included", () => {
    const { runs } = JSON.parse(render("sarif"));
    expect(runs[0].columnKind).toBe("utf16CodeUnits");
    const result = runs[0].results.find(({ ruleId }: { ruleId: string }) => ruleId === "HEED502");
    const { startColumn, endColumn, startLine } = result.locations[0].physicalLocation.region;
    expect(startLine).toBe(7);
    expect(line.slice(startColumn - 1, endColumn - 1)).toBe(output);
  });

  test("and in GitHub's annotations, whose end is included", () => {
    const [, col, end] = /col=(\d+),endColumn=(\d+),title=HEED502/.exec(render("github")) ?? [];
    expect(line.slice(Number(col) - 1, Number(end))).toBe(output);
  });
});

describe("github", () => {
  const [problem] = problems;
  if (problem === undefined) throw new Error("no problem");

  test("annotates ten of a level, says how many it left out, and keeps those in the log", () => {
    const many = Array.from({ length: 12 }, () => ({ ...problem, severity: "error" as const }));
    const lines = render("github", [...many, { ...problem, severity: "warning" }]).trimEnd().split("\n");
    expect(lines.filter((text) => text.startsWith("::error "))).toHaveLength(10);
    expect(lines[0]).toMatch(
      /^::notice title=heed check::12 errors and 1 warning: GitHub shows at most 10 of each for a step, so 2 are in the log only$/,
    );
    expect(lines.filter((text) => text.startsWith("- ")).length).toBeGreaterThanOrEqual(2);
    expect(render("github", many.slice(2))).not.toContain("::notice");
  });

  test("lets no file name or text begin a command or end one early", () => {
    const hostile = { ...problem, file: "a,b:c%\n::error::.yaml", message: "100%\r\n::set-env name=x::y ##[error]z" };
    const text = render("github", Array.from({ length: 11 }, () => hostile));
    for (const written of text.trimEnd().split("\n")) expect(written).toMatch(/^(::(warning|error|notice) |- )/);
    expect(text).toContain("file=rules/a%2Cb%3Ac%25%0A%3A%3Aerror%3A%3A.yaml,");
    expect(text.split("\n").find((written) => written.startsWith("- "))).not.toContain("##[");
  });

  test("keeps a message within what GitHub takes, and never cuts an escape", () => {
    for (const message of ["x".repeat(9_000), "%\n".repeat(3_000), "🎉".repeat(4_000)]) {
      const text = /title=\w+::(.*)\n$/.exec(render("github", [{ ...problem, message }]))?.[1] ?? "";
      expect(text.length).toBeLessThanOrEqual(4_096);
      expect(text.length).toBeGreaterThan(4_080);
      expect(text).toMatch(/^(?:x|%25|%0A|🎉)*…$/u);
    }
  });
});

const validSarif = new Ajv({ strict: false, allErrors: true, unicodeRegExp: false });
addFormats.default(validSarif);
const require = createRequire(import.meta.url);
// The published schema is of JSON Schema draft-04, of which it uses nothing that later drafts read otherwise.
const { $schema: _, id: __, ...sarifSchema } = require("@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json");
const isSarif = validSarif.compile(sarifSchema);

describe("sarif", () => {
  test("is what the schema of SARIF 2.1.0 allows, whatever the problems are", () => {
    const position = { line: 1, col: 1, offset: 0 };
    const range = { start: position, end: position };
    const every = Object.keys(problemCodes)
      .filter((code): code is ProblemCode => Object.hasOwn(problemCodes, code))
      .map((code): Problem => ({ code, severity: "error", message: "x", file: "a.yaml", range, path: [] }));
    for (const of of [problems, [], every]) {
      const log: unknown = JSON.parse(render("sarif", of));
      expect(isSarif(log), JSON.stringify(isSarif.errors)).toBe(true);
    }
    expect(isSarif({ version: "2.1.0", runs: [{ results: [] }] })).toBe(false);
  });

  test("is that of a plan's risks, too, with what is waived as suppressed", () => {
    const shown = { classes: null, cosmetic: false, colours: false, workspace: "rules/", version: "0.1.0" };
    const log: unknown = JSON.parse(renderPlan(samplePlan, "sarif", shown));
    expect(isSarif(log), JSON.stringify(isSarif.errors)).toBe(true);
    const waived = samplePlan.risks.filter((risk) => risk.waived !== null).map(({ code }) => code);
    expect(log).toMatchObject({
      runs: [{ results: expect.arrayContaining(waived.map((ruleId) => expect.objectContaining({ ruleId, suppressions: [expect.anything()] }))) }],
    });
  });

  test("names the tool and its version, and has every page of a code that is reported, no longer than GitHub shows", () => {
    const { driver } = JSON.parse(render("sarif")).runs[0].tool;
    expect(driver).toMatchObject({ name: "Heed", version: "0.1.0", semanticVersion: "0.1.0" });
    interface Rule {
      readonly id: ProblemCode;
      readonly shortDescription: { readonly text: string };
      readonly fullDescription: { readonly text: string };
      readonly help: { readonly markdown: string };
    }
    const rules: readonly Rule[] = driver.rules;
    expect(rules.map(({ id }) => id)).toEqual([...new Set([...problems, ...waived.map(({ problem }) => problem)].map(({ code }) => code))].toSorted());
    for (const { id, shortDescription, fullDescription, help } of rules) {
      expect(shortDescription.text).toBe(pageOf(id).what);
      expect(help.markdown).toContain(pageOf(id).example.good);
      expect(fullDescription.text.length).toBeLessThanOrEqual(1_024);
    }
  });

  test("has what is waived as suppressed in its source, with the reason and the last day", () => {
    const { results } = JSON.parse(render("sarif")).runs[0];
    const suppressed = results.filter((result: { suppressions?: unknown }) => result.suppressions !== undefined);
    expect(suppressed).toHaveLength(1);
    expect(suppressed[0].suppressions).toEqual([
      {
        kind: "inSource",
        status: "accepted",
        justification: 'the team is being "named"',
        properties: { expiryUtc: "2027-01-31T23:59:59.999Z" },
      },
    ]);
  });

  test("holds no more results than a run may have, errors first, and says what it left out", () => {
    const [first] = problems;
    if (first === undefined) throw new Error("no problem");
    const warning: Problem = { ...first, severity: "warning" };
    const many = Array.from({ length: 25_010 }, (__, index) => (index % 5_000 === 4_999 ? { ...first, severity: "error" as const } : warning));
    const [run] = JSON.parse(render("sarif", many)).runs;
    expect(run.results).toHaveLength(25_000);
    expect(run.results.slice(0, 6).map(({ level }: { level: string }) => level)).toEqual(["error", "error", "error", "error", "error", "warning"]);
    expect(run.invocations[0].toolExecutionNotifications[0].message.text).toContain("11 more problems");
  });

  test("keeps a fingerprint when lines come above, and gives equal problems their own", () => {
    const prints = (of: readonly Problem[]): readonly string[] =>
      JSON.parse(renderProblems(of, { ...options, waived: [], format: "sarif" })).runs[0].results.map(
        (result: { partialFingerprints: { primaryLocationLineHash: string } }) =>
          result.partialFingerprints.primaryLocationLineHash,
      );
    const moved = problems.map((problem) => {
      const start = { ...problem.range.start, line: problem.range.start.line + 7 };
      return { ...problem, range: { start, end: { ...problem.range.end, line: problem.range.end.line + 7 } } };
    });
    expect(prints(moved)).toEqual(prints(problems));
    expect(new Set(prints([...problems, ...problems])).size).toBe(2 * problems.length);
  });

  test("encodes file names as parts of a URI", () => {
    const named = problems.map((problem) => ({ ...problem, file: "a b/c#d.yaml" }));
    expect(render("sarif", named)).toContain('"uri": "rules/a%20b/c%23d.yaml"');
  });
});

test("no format repeats a secret", () => {
  for (const format of reportFormats) expect(render(format), format).not.toContain("not-to-be-seen");
});

describe("junit", () => {
  const warning = problems.find(({ severity }) => severity === "warning");
  if (warning === undefined) throw new Error("no warning");
  const of = [{ ...warning, message: "a\u0007b\ud800c\n\"<d>\" & ]]>" }];

  test("fails a warning only when warnings count", () => {
    expect(readXml(render("junit", of)).attributes["failures"]).toBe("0");
    expect(readXml(renderProblems(of, { ...options, format: "junit", strict: true })).attributes["failures"]).toBe("1");
  });

  test("is XML that says what was meant, whatever is in a message", () => {
    const strict = renderProblems(of, { ...options, format: "junit", strict: true });
    const [failure] = elementsOf(readXml(strict), "failure");
    expect(failure?.attributes["message"]).toBe('a\ufffdb\ufffdc\n"<d>" & ]]>');
  });

  test("has the elements and attributes of the JUnit schema, and counts that are true", () => {
    const root = readXml(render("junit"));
    expect(root.name).toBe("testsuites");
    const [suite] = elementsOf(root, "testsuite");
    const cases = elementsOf(root, "testcase");
    expect(Object.keys(suite?.attributes ?? {}).toSorted()).toEqual(["errors", "failures", "name", "skipped", "tests"]);
    expect(suite?.children).toHaveLength(cases.length);
    for (const { attributes, children } of cases) {
      expect(Object.keys(attributes).toSorted()).toEqual(["classname", "name"]);
      expect(children.map((child) => (typeof child === "string" ? "text" : child.name)).join()).toMatch(
        /^(failure|system-out|skipped|)$/,
      );
    }
    expect(suite?.attributes).toMatchObject({
      tests: String(cases.length),
      failures: String(elementsOf(root, "failure").length),
      skipped: String(elementsOf(root, "skipped").length),
    });
    expect(elementsOf(root, "skipped").map(({ attributes }) => attributes["message"])).toEqual([
      'waived until 2027-01-31: the team is being "named"',
    ]);
    // Of every file one case at least, so that what is clean is seen to be judged.
    expect(new Set(cases.map(({ attributes }) => attributes["classname"]))).toEqual(new Set(files));
  });
});

function elementsOf(element: XmlElement, name: string): readonly XmlElement[] {
  const inner = element.children.flatMap((child) => (typeof child === "string" ? [] : elementsOf(child, name)));
  return element.name === name ? [element, ...inner] : inner;
}
