import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { checkWorkspace } from "../../src/rulebook/check-workspace.ts";
import { loadWorkspace } from "../../src/rulebook/load-workspace.ts";
import type { Problem } from "../../src/rulebook/problem.ts";
import { type RenderOptions, renderProblems, reportFormats } from "../../src/rulebook/report/render-problems.ts";

/** `UPDATE_GOLDEN=1` writes the outputs anew; the diff is then to be read as the tool that takes them would. */
const here = new URL("formats/", import.meta.url).pathname;
const { parsed, problems } = checkWorkspace(loadWorkspace(join(here, "workspace")), null, "2026-06-01");
const options = { colours: false, base: "rules/", files: parsed.sources.map(({ name }) => name) } as const;
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
    const many = Array.from({ length: 12 }, () => problem);
    const lines = render("github", [...many, { ...problem, severity: "warning" }]).trimEnd().split("\n");
    expect(lines.filter((text) => text.startsWith(`::${problem.severity} `))).toHaveLength(10);
    expect(lines.filter((text) => text.startsWith("::notice "))).toEqual([
      expect.stringMatching(/::(2|3) more problems are in the log only/),
    ]);
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
});

describe("sarif", () => {
  test("keeps a fingerprint when lines come above, and gives equal problems their own", () => {
    const prints = (of: readonly Problem[]): readonly string[] =>
      JSON.parse(render("sarif", of)).runs[0].results.map(
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

test("junit fails a warning only when warnings count, and holds no character that XML lacks", () => {
  const warning = problems.find(({ severity }) => severity === "warning");
  if (warning === undefined) throw new Error("no warning");
  const of = [{ ...warning, message: "a\u0007b\ud800c" }];
  expect(renderProblems(of, { ...options, format: "junit" })).toContain('failures="0"');
  const strict = renderProblems(of, { ...options, format: "junit", strict: true });
  expect(strict).toContain('failures="1"');
  expect(strict).toContain('message="a\ufffdb\ufffdc"');
});
