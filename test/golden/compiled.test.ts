import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { compile } from "../../src/cli/compile.ts";
import { graph } from "../../src/cli/graph.ts";
import { printSchema } from "../../src/cli/schema.ts";
import { compileWorkspace } from "../../src/rulebook/compile-workspace.ts";
import { scratchDirectory, writeFiles } from "../support/scratch.ts";

/** `UPDATE_GOLDEN=1` writes the outputs anew; the diff is then to be read. */
const here = new URL("compiled/", import.meta.url).pathname;
const workspace = join(here, "workspace");

function run(command: (io: { out(text: string): void; err(text: string): void }) => number) {
  const said = { out: "", err: "" };
  const exit = command({ out: (text) => void (said.out += text), err: (text) => void (said.err += text) });
  return { exit, ...said };
}

test.each([
  ["compile", "compile.json", () => run((io) => compile(workspace, io))],
  ["graph", "graph.mmd", () => run((io) => graph(workspace, "mermaid", io))],
  ["graph for Graphviz", "graph.dot", () => run((io) => graph(workspace, "dot", io))],
])("%s prints what it did", (_, name, command) => {
  const golden = join(here, name);
  const { exit, out, err } = command();
  expect({ exit, err }).toEqual({ exit: 0, err: "" });
  if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(golden, out);
  expect(existsSync(golden), `${golden} is missing: run with UPDATE_GOLDEN=1 and read it`).toBe(true);
  expect(out).toBe(readFileSync(golden, "utf8"));
});

test("the digests are those of the rulebook that runs", async () => {
  const printed = JSON.parse(run((io) => compile(workspace, io)).out);
  const running = await compileWorkspace(workspace, { TWILIO_ACCOUNT_SID: `AC${"0".repeat(32)}`, TWILIO_AUTH_TOKEN: "x" });
  if (!running.ok) throw new Error(JSON.stringify(running.problems));
  expect(printed.digest).toBe(running.workspace.rulebook.digest);
  for (const [id, { digest }] of running.workspace.rulebook.rules) expect(printed.rules[id].digest).toBe(digest);
});

test("rules with an error print nothing but their problems, and exit 2", () => {
  const broken = writeFiles(scratchDirectory(), {
    "heed.yaml": readFileSync(join(workspace, "heed.yaml"), "utf8"),
    "a.yaml": "rule: a\n",
  });
  for (const command of [compile, (at: string, io: Parameters<typeof compile>[1]) => graph(at, "dot", io)]) {
    const { exit, out, err } = run((io) => command(broken, io));
    expect({ exit, out }).toEqual({ exit: 2, out: "" });
    expect(err).toContain("HEED102");
  }
});

test("schema prints the schema that editors use, and asks back for an unknown one", () => {
  for (const name of ["rule", "workspace", "event"]) {
    const { exit, out } = run((io) => printSchema(name, io));
    expect(exit).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ $schema: "http://json-schema.org/draft-07/schema#" });
  }
  expect(run((io) => printSchema("../package", io))).toEqual({ exit: 3, out: "", err: expect.any(String) as unknown });
  expect(run((io) => graph(workspace, "png", io)).exit).toBe(3);
});
