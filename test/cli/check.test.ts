import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { check, type CheckFlags } from "../../src/cli/check.ts";
import { BadSetting } from "../../src/cli/run-settings.ts";
import type { Problem } from "../../src/rulebook/problem.ts";
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

function run(flags: CheckFlags = {}, ...paths: string[]) {
  let output = "";
  talked = "";
  const code = check(paths.length === 0 ? [folder] : paths, flags, {
    write: (text) => (output += text),
    talk: (text) => (talked += text),
    colours: false,
    now: () => now,
  });
  return { code, output };
}

function put(name: string, text: string): void {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), text);
}

/** Tests of all rules of a pack, so that nobody asks for some. */
function putTests(pack = "pack"): void {
  put(`${pack}/all.test.yaml`, testYaml(pack));
}

const testYaml = (pack: string): string => `
suite: all of ${pack}
rules: ["*.yaml"]
start: 2026-03-06T14:00:00-05:00
contacts: { ana: { id: c1, phone: "+12025550143" } }
cases:
  - name: speaks
    given: [{ at: 0s, contact: ana, event: lead.demo_requested }]
    expect: [{ at: 0s, send: sms }]
`;

test("a workspace without problems exits 0 and says so", () => {
  putTests();
  put("pack/a.yaml", ruleYaml("a"));
  expect(run()).toEqual({ code: 0, output: expect.stringContaining("1 rule in") as unknown });
});

test("a finding in a readable file exits 1", () => {
  put("pack/a.yaml", ruleYaml("a", "delya: 5m"));
  expect(run()).toEqual({ code: 1, output: expect.stringContaining("pack/a.yaml:8:1 error HEED101") as unknown });
});

test("a warning exits 0, and 1 when strict", () => {
  putTests();
  put("pack/a.yaml", ruleYaml("a").replace("owner: growth-ops\n", ""));
  expect(run().code).toBe(0);
  expect(run({ strict: true }).code).toBe(1);
});

test("a file that is not YAML, and a folder that is not there, exit 2", () => {
  put("pack/a.yaml", "rule: [");
  expect(run().code).toBe(2);
  expect(run({}, join(folder, "nowhere")).code).toBe(2);
});

test("an unknown format is refused with the formats there are", () => {
  expect(() => run({ format: "xml" })).toThrow(
    new BadSetting('unknown format "xml": write one of pretty, json, github, sarif, junit'),
  );
});

test("json is the only thing written, whatever the outcome", () => {
  putTests();
  put("pack/a.yaml", ruleYaml("a"));
  expect(JSON.parse(run({ format: "json" }).output)).toEqual({ format_version: "1.0", problems: [], waived: [] });
  put("pack/b.yaml", ruleYaml("b", "delya: 5m"));
  expect(JSON.parse(run({ format: "json" }).output)).toMatchObject({ problems: [{ code: "HEED101" }] });
});

test("variables of the environment need not be set", () => {
  put("heed.yaml", heedYaml.replace("outbox: {}", 'outbox: {}\n  sendgrid: { api_key: "${NOT_SET_ANYWHERE}" }'));
  expect(run()).toEqual({ code: 0, output: expect.any(String) as unknown });
});

test("the example workspace has no problems, not even with --strict", () => {
  expect(run({ strict: true }, "rules").code).toBe(0);
});

test("a waiver silences its problem until its day is over, and the count says so", () => {
  putTests();
  const waiver = (until: string): string =>
    ruleYaml("a")
      .replace("owner: growth-ops\n", "")
      .replace("rule: a", `# heed allow HEED403 until ${until}: no team yet\nrule: a`);
  put("pack/a.yaml", waiver("2026-06-01"));
  expect(run({ strict: true })).toEqual({
    code: 0,
    output: expect.stringContaining("no problems (1 waived)") as unknown,
  });
  put("pack/a.yaml", waiver("2026-05-31"));
  expect(run({ strict: true })).toEqual({
    code: 1,
    output: expect.stringContaining("warning HEED902") as unknown,
  });
});

test("--fix writes what it mended back, touches no other character, and tells what it did apart from the result", () => {
  const crlf = ruleYaml("a", "delya: 5m   # soon\nenabled: yes").replaceAll("\n", "\r\n");
  put("pack/a.yaml", crlf);
  expect(run({ fix: true, format: "json" })).toEqual({ code: 0, output: expect.any(String) as unknown });
  expect(readFileSync(join(folder, "pack/a.yaml"), "utf8")).toBe(crlf.replace("delya", "delay").replace("yes", "true"));
  expect(talked).toContain("fixed pack/a.yaml:8:1 HEED101 unknown key `delya`: wrote `delay`\n");
  run({ fix: true });
  expect(talked).toBe("");
});

test("without --fix no file changes", () => {
  put("pack/a.yaml", ruleYaml("a", "delya: 5m"));
  run();
  expect(readFileSync(join(folder, "pack/a.yaml"), "utf8")).toContain("delya");
});

describe("paths inside of a workspace", () => {
  const broken = (id: string): string => ruleYaml(id, "delya: 5m");

  test("of a file, its own problems are told, and those elsewhere that are about it", () => {
    putTests("one");
    put("one/a.yaml", broken("a"));
    put("one/b.yaml", broken("b"));
    expect(problemsAt(join(folder, "one/a.yaml"))).toEqual(["one/a.yaml HEED101"]);
    expect(problemsAt(join(folder, "one/a.yaml"), join(folder, "one/b.yaml"))).toEqual([
      "one/a.yaml HEED101",
      "one/b.yaml HEED101",
    ]);
    put("one/a.yaml", ruleYaml("a"));
    put("two/a.yaml", ruleYaml("a"));
    putTests("two");
    expect(problemsAt(join(folder, "one/a.yaml"))).toEqual(["two/a.yaml HEED206"]);
    expect(problemsAt(join(folder, "one/all.test.yaml"))).toEqual([]);
  });

  test("of a folder, those of everything in it", () => {
    putTests("one/deep");
    put("one/deep/a.yaml", broken("a"));
    put("one-and-more/b.yaml", broken("b"));
    expect(problemsAt(join(folder, "one"))).toEqual(["one/deep/a.yaml HEED101"]);
  });

  test("of heed.yaml, those of the whole workspace, because everything is judged by it", () => {
    putTests();
    put("pack/a.yaml", broken("a"));
    expect(problemsAt(join(folder, "heed.yaml"))).toEqual(["pack/a.yaml HEED101"]);
  });

  test("a heed.yaml that cannot be read is told in any case: without it, no file is judged whole", () => {
    putTests();
    put("pack/a.yaml", ruleYaml("a"));
    put("heed.yaml", heedYaml.replace("country: US", "country: [US"));
    expect(problemsAt(join(folder, "pack/a.yaml"))).toEqual(["heed.yaml HEED002"]);
  });

  test("without problems it says of how many files", () => {
    putTests();
    put("pack/a.yaml", ruleYaml("a"));
    put("pack/b.yaml", broken("b"));
    const { code, output } = run({}, join(folder, "pack/a.yaml"));
    expect({ code, output }).toEqual({ code: 0, output: `1 of 4 files in ${folder}: no problems\n` });
  });

  test("--fix mends the files that are named, and no other", () => {
    put("pack/a.yaml", broken("a"));
    put("pack/b.yaml", broken("b"));
    run({ fix: true }, join(folder, "pack/a.yaml"));
    expect(readFileSync(join(folder, "pack/a.yaml"), "utf8")).toContain("delay: 5m");
    expect(readFileSync(join(folder, "pack/b.yaml"), "utf8")).toBe(broken("b"));
  });

  test("a file that is not there, one in no workspace, and two workspaces at once are refused", () => {
    const other = mkdtempSync(join(tmpdir(), "heed-check-"));
    writeFileSync(join(other, "a.yaml"), ruleYaml("a"));
    put("pack/a.yaml", ruleYaml("a"));
    expect(() => run({}, join(folder, "pack/typo.yaml"))).toThrow(/there is no file .*typo\.yaml/);
    expect(() => run({}, join(other, "a.yaml"))).toThrow(/a\.yaml is in no workspace/);
    writeFileSync(join(other, "heed.yaml"), heedYaml);
    expect(() => run({}, folder, join(other, "a.yaml"))).toThrow(/two workspaces/);
    rmSync(other, { recursive: true });
  });

  function problemsAt(...paths: string[]): readonly string[] {
    const { problems }: { readonly problems: readonly Problem[] } = JSON.parse(
      run({ format: "json" }, ...paths).output,
    );
    return problems.map(({ file, code }) => `${file} ${code}`);
  }
});
