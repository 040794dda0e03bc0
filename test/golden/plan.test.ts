import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Ajv } from "ajv";
import addFormats from "ajv-formats";
import { describe, expect, test } from "vitest";
import { readPlan } from "../../src/cli/read-plan.ts";
import { type PlanFormat, renderPlan } from "../../src/plan/report/render-plan.ts";
import { samplePlan } from "../plan/report/sample-plan.ts";

/** One plan in every form, as a reviewer or a machine gets it. `UPDATE_GOLDEN=1` writes them anew. */
const here = new URL("plan/", import.meta.url).pathname;
const options = { classes: null, cosmetic: false, colours: false, workspace: "rules/", version: "1.2.3" };

const forms: readonly (readonly [PlanFormat, string])[] = [
  ["pretty", "pretty.txt"],
  ["md", "comment.md"],
  ["json", "plan.json"],
  ["github", "github.txt"],
  ["sarif", "plan.sarif"],
];

test.each(forms)("the form %s tells all of a plan", (format, name) => {
  const output = renderPlan(samplePlan, format, options);
  if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(join(here, name), output);
  expect(output).toBe(readFileSync(join(here, name), "utf8"));
});

describe("the JSON", () => {
  const text = renderPlan(samplePlan, "json", options);

  test("has the shape that its schema says, every key of it described", () => {
    const ajv = new Ajv({ allowUnionTypes: true, strictTypes: false, allErrors: true });
    addFormats.default(ajv, ["date-time"]);
    const validate = ajv.compile(closed(JSON.parse(readFileSync(new URL("../../schemas/plan.schema.json", import.meta.url), "utf8"))));
    expect(validate(JSON.parse(text)), JSON.stringify(validate.errors, null, 1)).toBe(true);
  });

  test("is read back as the plan that it was", () => {
    const file = join(mkdtempSync(join(tmpdir(), "heed-plan-")), "plan.json");
    writeFileSync(file, text);
    expect(readPlan(file).plan).toMatchObject({ ...samplePlan });
  });

  test.each([
    ["changed by hand", text.replace('"value": 88120', '"value": 8812'), /was changed after it was made/],
    ["of a later form", text.replace('"format_version": "1.0"', '"format_version": "2.0"'), /format_version is not 1\.0/],
    ["cut off", text.slice(0, 500), /is no JSON/],
    ["something else", "[]", /is no plan/],
    ["without its risks", text.replace('"risks"', '"risk"'), /is no plan: .*risks/],
  ])("that is %s is refused", (_, changed, why) => {
    const file = join(mkdtempSync(join(tmpdir(), "heed-plan-")), "plan.json");
    writeFileSync(file, changed);
    expect(() => readPlan(file)).toThrow(why);
  });

  test("of a later minor form is read, with what is new in it left out", () => {
    const more = { mood: "fine" };
    const later = renderPlan({ ...samplePlan, ...more }, "json", options);
    const file = join(mkdtempSync(join(tmpdir(), "heed-plan-")), "plan.json");
    writeFileSync(file, later);
    expect(readPlan(file).plan.risks).toEqual(samplePlan.risks);
  });
});

/** The schema with nothing let through that it does not name. */
function closed(node: unknown): object {
  const close = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(close);
    if (typeof value !== "object" || value === null) return value;
    const inner = Object.fromEntries(Object.entries(value).map(([key, one]) => [key, close(one)]));
    const named = typeof inner["properties"] === "object" && inner["properties"] !== null;
    return named && inner["additionalProperties"] === undefined ? { ...inner, additionalProperties: false } : inner;
  };
  const result = close(node);
  return typeof result === "object" && result !== null ? result : {};
}
