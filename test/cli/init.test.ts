import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { beforeEach, expect, test, vi } from "vitest";
import { check } from "../../src/cli/check.ts";
import { init, type InitFlags } from "../../src/cli/init.ts";
import { compileWorkspace } from "../../src/rulebook/compile-workspace.ts";
import { loadWorkspace } from "../../src/rulebook/load-workspace.ts";
import { scratchDirectory } from "../support/scratch.ts";

let folder = "";
let said = "";
let complained = "";

beforeEach(() => {
  folder = join(scratchDirectory(), "Café & Söhne", "rules");
  said = "";
  complained = "";
});

function run(flags: InitFlags = {}, commands: readonly string[] = ["check", "test", "run"]) {
  return init(folder, flags, { out: (text) => (said += text), err: (text) => (complained += text) }, commands);
}

function checkStrictly() {
  let output = "";
  const io = { write: (text: string) => (output += text), talk: () => {}, colours: false, now: () => 0 };
  return { code: check([folder], { strict: true }, io), output };
}

function everyFile(): Readonly<Record<string, string>> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(
    files.map(({ parentPath, name }) => [join(parentPath, name), readFileSync(join(parentPath, name), "utf8")]),
  );
}

test("makes a workspace without a problem, not even a warning, that can be run", async () => {
  expect(run({ timeZone: "Europe/Berlin" })).toBe(0);
  expect(checkStrictly()).toEqual({ code: 0, output: `1 rule in ${folder}: no problems\n` });
  const compiled = await compileWorkspace(folder, {});
  expect(compiled.ok ? [] : compiled.problems).toEqual([]);
  expect(compiled.ok && compiled.workspace).toMatchObject({ country: "DE" });
  expect(readFileSync(join(folder, "heed.yaml"), "utf8")).toContain("workspace: cafe-sohne ");
});

test("the second time refuses, names what is there, and loses nothing", () => {
  run();
  writeFileSync(join(folder, "heed.yaml"), "mine");
  const before = everyFile();
  said = "";
  expect(run({ workspaceName: "other" })).toBe(3);
  expect(said).toBe("");
  expect(complained).toContain(`nothing was written, because these are there already:\n  ${join(folder, "heed.yaml")}`);
  expect(everyFile()).toEqual(before);
});

test("one file in the way is enough to write none; files that are not in the way stay", () => {
  mkdirSync(join(folder, ".vscode"), { recursive: true });
  writeFileSync(join(folder, ".vscode/settings.json"), "{}");
  expect(run()).toBe(3);
  expect(Object.keys(everyFile())).toEqual([join(folder, ".vscode/settings.json")]);

  folder = dirname(folder);
  writeFileSync(join(folder, "package.json"), "{}");
  expect(run()).toBe(0);
  expect(everyFile()).toMatchObject({ [join(folder, "package.json")]: "{}" });
});

test("what the flags say is in the workspace, and what the checker would refuse is not written", () => {
  expect(run({ workspaceName: "no: name", timeZone: "New York", country: "UK" })).toBe(3);
  expect(complained).toContain("nothing was written");
  expect(() => everyFile()).toThrow("ENOENT");
  complained = "";
  expect(run({ timeZone: "New York" })).toBe(3);
  expect(complained).toContain("`New York` is not a time zone: write an IANA name");
  expect(run({ workspaceName: "acme", timeZone: "America/Port-au-Prince", country: "NO" })).toBe(0);
  const text = readFileSync(join(folder, "heed.yaml"), "utf8");
  for (const line of ["workspace: acme ", "time_zone: America/Port-au-Prince ", "country: NO "])
    expect(text).toContain(line);
  expect(checkStrictly().code).toBe(0);
});

test("every YAML file names a schema that is there, and the editor settings do, too", () => {
  run();
  const lines = loadWorkspace(folder).files.map(({ name, text }) => {
    const schema = /^# yaml-language-server: \$schema=(\S+)\n/.exec(text)?.[1] ?? "";
    return [name, readSchema(resolve(folder, dirname(name), schema)).title];
  });
  expect(lines).toEqual([
    ["heed.yaml", "Workspace file"],
    ["leads/demo-booking-link.test.yaml", "Test file"],
    ["leads/demo-booking-link.yaml", "Rule file"],
  ]);
  const settings: { readonly "yaml.schemas": Readonly<Record<string, unknown>> } = JSON.parse(
    readFileSync(join(folder, ".vscode/settings.json"), "utf8"),
  );
  const schemas = Object.keys(settings["yaml.schemas"]);
  expect(schemas.map((path) => readSchema(join(folder, path)).title)).toEqual([
    "Workspace file",
    "Rule file",
    "Test file",
    "Fixture file",
  ]);
});

test("says what to do next, with the commands there are", () => {
  run({ timeZone: "Asia/Tokyo" }, ["check", "run"]);
  expect(said).toContain("time zone Asia/Tokyo, country JP, both to be changed in heed.yaml");
  expect(said).toContain(`heed check `);
  expect(said).toContain(`heed run `);
  expect(said).not.toContain(`heed test`);
  // As the folder's name is written in a shell.
  expect(said).toMatch(/heed check '[^']*Café & Söhne\/rules'/u);
});

test("a folder that is called as a word of a command is told from it", () => {
  const cwd = vi.spyOn(process, "cwd").mockReturnValue(dirname(dirname(folder)));
  folder = join(dirname(dirname(folder)), "new");
  run();
  cwd.mockRestore();
  expect(said).toContain("heed test ./new ");
});

function readSchema(path: string): { readonly title: string } {
  return JSON.parse(readFileSync(path, "utf8"));
}
