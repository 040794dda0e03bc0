import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { check, type CheckFlags } from "../../src/cli/check.ts";
import type { Problem } from "../../src/rulebook/problem.ts";
import { heedYaml, ruleYaml } from "../rulebook/in-memory.ts";
import { gitIn } from "../support/git.ts";
import { scratchDirectory } from "../support/scratch.ts";

/** On real repositories: what is tested is what git answers. */

let repository = "";
let rules = "";

beforeEach(() => {
  repository = scratchDirectory();
  rules = join(repository, "config/rules");
  git("init", "--quiet", "--initial-branch", "main");
  put("heed.yaml", heedYaml);
  put("old/broken.yaml", ruleYaml("broken", "delya: 5m"));
  put("old/fine.yaml", ruleYaml("fine"));
  put("old/all.test.yaml", testYaml);
  commit();
  git("switch", "--quiet", "--create", "branch");
});

const testYaml = `
suite: all
rules: ["*.yaml"]
start: 2026-03-06T14:00:00-05:00
contacts: { ana: { id: c1, phone: "+12025550143" } }
cases:
  - name: speaks
    given: [{ at: 0s, contact: ana, event: lead.demo_requested }]
    expect: [{ at: 0s, send: sms }]
`;

const withoutSms = heedYaml.replace(/^  sms: .*\n/m, "");

function git(...args: readonly string[]): string {
  return gitIn(repository, ...args);
}

function put(name: string, text: string): void {
  mkdirSync(dirname(join(rules, name)), { recursive: true });
  writeFileSync(join(rules, name), text);
}

function commit(): void {
  git("add", "--all");
  git("commit", "--quiet", "--message", "a change");
}

function run(flags: CheckFlags = {}, paths: readonly string[] = [rules]) {
  let output = "";
  const write = (text: string): void => void (output += text);
  const io = { write, talk: () => undefined, colours: false, now: () => Date.UTC(2026, 5, 1) };
  return { code: check(paths, { changed: "main", ...flags }, io), output };
}

/** Each problem as `file code`, those of other files that the change caused with a mark. */
function problems(paths?: readonly string[]): readonly string[] {
  const report: { readonly problems: readonly Problem[] } = JSON.parse(run({ format: "json" }, paths).output);
  return report.problems.map(({ file, code, message }) =>
    message.startsWith("caused by the change: ") ? `${file} ${code} caused` : `${file} ${code}`,
  );
}

test("nothing is told of files that did not change, however wrong they are", () => {
  expect(run({ strict: true })).toEqual({
    code: 0,
    output: `no files changed since main in ${rules}: no problems\n`,
  });
});

test("committed, staged, edited and new files are judged alike, deleted ones not at all", () => {
  put("old/committed.yaml", ruleYaml("committed", "delya: 5m"));
  commit();
  put("old/staged.yaml", ruleYaml("staged", "delya: 5m"));
  git("add", "--all");
  put("old/fine.yaml", ruleYaml("fine", "delya: 5m"));
  put("new folder/ünïcode.yaml", ruleYaml("unknown", "delya: 5m"));
  rmSync(join(rules, "old/broken.yaml"));
  expect(problems()).toEqual([
    "new folder/ünïcode.yaml HEED101",
    "old/committed.yaml HEED101",
    "old/fine.yaml HEED101",
    "old/staged.yaml HEED101",
  ]);
});

test("a file that git ignores counts as new, because the check reads it", () => {
  writeFileSync(join(repository, ".gitignore"), "ignored.yaml\n");
  put("old/ignored.yaml", ruleYaml("ignored", "delya: 5m"));
  expect(problems()).toEqual(["old/ignored.yaml HEED101"]);
});

test("a renamed file is judged under its new name", () => {
  renameSync(join(rules, "old/broken.yaml"), join(rules, "old/renamed.yaml"));
  commit();
  expect(problems()).toEqual(["old/renamed.yaml HEED101"]);
});

test("what the other branch did meanwhile is not our change", () => {
  git("switch", "--quiet", "main");
  put("old/theirs.yaml", ruleYaml("theirs"));
  put("old/fine.yaml", ruleYaml("fine", "delay: 5m"));
  commit();
  git("switch", "--quiet", "branch");
  put("old/ours.yaml", ruleYaml("ours"));
  commit();
  expect(run().output).toBe(`1 file changed since main in ${rules}: no problems\n`);
});

test("what the change breaks in files beside it is told, and marked; what was broken before is not", () => {
  put("heed.yaml", withoutSms);
  expect(problems()).toContain("old/fine.yaml HEED201 caused");
  expect(problems().filter((problem) => !problem.endsWith(" caused"))).toEqual([]);
  expect(run().code).toBe(1);
});

test("a deleted file can break others", () => {
  put("old/follows.yaml", ruleYaml("follows", "guard: { was_sent: { channel: sms, rule: fine, within: 24h } }"));
  commit();
  git("branch", "--force", "main");
  rmSync(join(rules, "old/fine.yaml"));
  expect(problems()).toContainEqual(expect.stringMatching(/^old\/follows\.yaml HEED2\d\d caused$/));
});

test("a name that collides with one that was there before is the change's doing", () => {
  put("OLD/fine.yaml", ruleYaml("fine"));
  put("OLD/all.test.yaml", testYaml);
  commit();
  const told = problems();
  expect(told).toContain("old/fine.yaml HEED016 caused");
  git("branch", "--force", "main");
  expect(problems()).toEqual([]);
});

test("paths narrow it further, and warnings count with --strict", () => {
  put("one/a.yaml", ruleYaml("a").replace("owner: growth-ops\n", ""));
  put("two/b.yaml", ruleYaml("b", "delya: 5m"));
  put("one/all.test.yaml", testYaml.replace("suite: all", "suite: one"));
  expect(problems([join(rules, "one")])).toEqual(["one/a.yaml HEED403"]);
  expect(run({}, [join(rules, "one")]).code).toBe(0);
  expect(run({ strict: true }, [join(rules, "one")]).code).toBe(1);
});

test("--fix mends what changed, and leaves the rest", () => {
  put("old/ours.yaml", ruleYaml("ours", "delya: 5m"));
  run({ fix: true });
  expect(git("diff", "--name-only")).toBe("");
  expect(problems()).toEqual([]);
});

test("every format tells the same", () => {
  put("heed.yaml", withoutSms);
  for (const format of ["pretty", "github", "sarif", "junit"]) {
    expect(run({ format }).output).toContain("caused by the change: ");
    expect(run({ format }).output).not.toContain("broken.yaml");
  }
});

test("the environment that git gives its hooks does not lead astray", () => {
  put("old/ours.yaml", ruleYaml("ours", "delya: 5m"));
  process.env["GIT_DIR"] = ".git";
  process.env["GIT_INDEX_FILE"] = ".git/index";
  expect(problems()).toEqual(["old/ours.yaml HEED101"]);
  delete process.env["GIT_DIR"];
  delete process.env["GIT_INDEX_FILE"];
});

test("a workspace through a link is the same workspace", () => {
  put("old/ours.yaml", ruleYaml("ours", "delya: 5m"));
  const link = join(scratchDirectory(), "link");
  symlinkSync(rules, link);
  expect(problems([link])).toEqual(["old/ours.yaml HEED101"]);
});

test("what git cannot tell is said with what to do", () => {
  expect(() => run({ changed: "no-such-branch" })).toThrow(/no commit "no-such-branch"; write a branch, tag or commit/);
  expect(() => run({ changed: "--output=x" })).toThrow(/no commit "--output=x"/);
  git("switch", "--quiet", "--orphan", "stranger");
  git("commit", "--quiet", "--allow-empty", "--message", "another beginning");
  put("heed.yaml", heedYaml);
  expect(() => run()).toThrow(/share no commit; name the branch that this one started from/);
  const outside = scratchDirectory();
  writeFileSync(join(outside, "heed.yaml"), heedYaml);
  expect(() => run({}, [outside])).toThrow(/is in no git repository/);
});

test("a shallow clone is told to fetch more", () => {
  put("old/ours.yaml", ruleYaml("ours"));
  commit();
  const origin = repository;
  repository = join(scratchDirectory(), "clone");
  mkdirSync(repository);
  git("clone", "--quiet", "--depth", "1", "--branch", "branch", `file://${origin}`, ".");
  rules = join(repository, "config/rules");
  expect(() => run({ changed: "origin/main" })).toThrow(
    /this clone is shallow: fetch the whole history.*fetch-depth: 0/,
  );
  git("fetch", "--quiet", "--depth", "1", "origin", "main:refs/remotes/origin/main");
  expect(() => run({ changed: "origin/main" })).toThrow(/share no commit; this clone is shallow.*fetch-depth: 0/);
  git("fetch", "--quiet", "--unshallow");
  expect(run({ changed: "origin/main" }).output).toContain("1 file changed since origin/main");
});
