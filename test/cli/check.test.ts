import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { check, type CheckFlags } from "../../src/cli/check.ts";
import { heedYaml, ruleYaml } from "../rulebook/in-memory.ts";

const now = Date.UTC(2026, 5, 1);
let folder = "";
/** What the last run told beside its result. */
let talked = "";

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "heed-check-"));
  writeFileSync(join(folder, "heed.yaml"), heedYaml);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function run(flags: CheckFlags = {}, workspace = folder) {
  let output = "";
  talked = "";
  const code = await check(workspace, flags, {
    write: (text) => (output += text),
    talk: (text) => (talked += text),
    colours: false,
    now: () => now,
  });
  return { code, output };
}

function put(name: string, text: string): void {
  mkdirSync(join(folder, "pack"), { recursive: true });
  writeFileSync(join(folder, name), text);
}

test("a workspace without problems exits 0 and says so", async () => {
  put("pack/a.yaml", ruleYaml("a"));
  expect(await run()).toEqual({ code: 0, output: expect.stringContaining("1 rule in") as unknown });
});

test("a finding in a readable file exits 1", async () => {
  put("pack/a.yaml", ruleYaml("a", "delya: 5m"));
  expect(await run()).toEqual({ code: 1, output: expect.stringContaining("pack/a.yaml:8:1 error HEED101") as unknown });
});

test("a warning exits 0, and 1 when strict", async () => {
  put("pack/a.yaml", ruleYaml("a").replace("owner: growth-ops\n", ""));
  expect((await run()).code).toBe(0);
  expect((await run({ strict: true })).code).toBe(1);
});

test("a file that is not YAML, and a folder that is not there, exit 2", async () => {
  put("pack/a.yaml", "rule: [");
  expect((await run()).code).toBe(2);
  expect((await run({}, join(folder, "nowhere"))).code).toBe(2);
});

test("an unknown format exits 3", async () => {
  expect((await run({ format: "xml" })).code).toBe(3);
});

test("json is the only thing written, whatever the outcome", async () => {
  put("pack/a.yaml", ruleYaml("a"));
  expect(JSON.parse((await run({ format: "json" })).output)).toEqual({ format_version: "1.0", problems: [], waived: [] });
  put("pack/b.yaml", ruleYaml("b", "delya: 5m"));
  expect(JSON.parse((await run({ format: "json" })).output)).toMatchObject({ problems: [{ code: "HEED101" }] });
});

test("variables of the environment need not be set", async () => {
  put("heed.yaml", heedYaml.replace("outbox: {}", 'outbox: {}\n  sendgrid: { api_key: "${NOT_SET_ANYWHERE}" }'));
  expect(await run()).toEqual({ code: 0, output: expect.any(String) as unknown });
});

test("the example workspace has no problems, not even with --strict", async () => {
  expect((await run({ strict: true }, "rules")).code).toBe(0);
});

test("a waiver silences its problem until its day is over, and the count says so", async () => {
  const waiver = (until: string): string =>
    ruleYaml("a")
      .replace("owner: growth-ops\n", "")
      .replace("rule: a", `# heed allow HEED403 until ${until}: no team yet\nrule: a`);
  put("pack/a.yaml", waiver("2026-06-01"));
  expect(await run({ strict: true })).toEqual({
    code: 0,
    output: expect.stringContaining("no problems (1 waived)") as unknown,
  });
  put("pack/a.yaml", waiver("2026-05-31"));
  expect(await run({ strict: true })).toEqual({
    code: 1,
    output: expect.stringContaining("warning HEED902") as unknown,
  });
});

test("--fix writes what it mended back, touches no other character, and tells what it did apart from the result", async () => {
  const crlf = ruleYaml("a", "delya: 5m   # soon\nenabled: yes").replaceAll("\n", "\r\n");
  put("pack/a.yaml", crlf);
  expect(await run({ fix: true, format: "json" })).toEqual({ code: 0, output: expect.any(String) as unknown });
  expect(readFileSync(join(folder, "pack/a.yaml"), "utf8")).toBe(crlf.replace("delya", "delay").replace("yes", "true"));
  expect(talked).toContain("fixed pack/a.yaml:8:1 HEED101 unknown key `delya`: wrote `delay`\n");
  await run({ fix: true });
  expect(talked).toBe("");
});

test("without --fix no file changes", async () => {
  put("pack/a.yaml", ruleYaml("a", "delya: 5m"));
  await run();
  expect(readFileSync(join(folder, "pack/a.yaml"), "utf8")).toContain("delya");
});
