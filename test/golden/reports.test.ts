import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv } from "ajv";
import { beforeAll, expect, test } from "vitest";
import { checkWorkspace } from "../../src/rulebook/check-workspace.ts";
import { loadWorkspace } from "../../src/rulebook/load-workspace.ts";
import { renderReport, type TestFormat } from "../../src/simulate/report/render-report.ts";
import { runTests, type TestReport } from "../../src/simulate/run-tests.ts";

/** Tests that fail, as their author reads it in each format. `UPDATE_GOLDEN=1` writes the outputs anew. */
const here = new URL("reports/", import.meta.url).pathname;
const update = process.env["UPDATE_GOLDEN"] === "1";

let report: TestReport = { cases: [], coverage: [] };
beforeAll(async () => {
  const { parsed } = checkWorkspace(loadWorkspace(join(here, "workspace")), null);
  if (parsed.workspace === null) throw new Error("no heed.yaml");
  report = await runTests({ parsed, heed: parsed.workspace }, () => true);
});

const files: readonly (readonly [TestFormat, string])[] = [
  ["pretty", "pretty.txt"],
  ["json", "json.json"],
  ["junit", "junit.xml"],
  ["github", "github.txt"],
];

test.each(files)("the format %s tells what failed, where and why", (format, name) => {
  const output = renderReport(report, { format, coverage: true, colours: false, base: "rules/" });
  if (update) writeFileSync(join(here, name), output);
  expect(output).toBe(readFileSync(join(here, name), "utf8"));
});

test("the JSON has every case once, each with a status of its own", () => {
  const parsed: unknown = JSON.parse(renderReport(report, { format: "json", coverage: true, colours: false, base: "" }));
  const validate = new Ajv().compile({
    type: "object",
    required: ["format_version", "totals", "cases", "coverage"],
    properties: {
      totals: { const: { passed: 3, failed: 4, skipped: 1 } },
      cases: { type: "array", minItems: 8, maxItems: 8, items: { required: ["title", "file", "line", "status"] } },
    },
  });
  expect(validate(parsed), JSON.stringify(validate.errors)).toBe(true);
});
