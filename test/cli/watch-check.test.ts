import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { systemClock } from "../../src/cli/system-clock.ts";
import { watchCheck } from "../../src/cli/watch-check.ts";
import { heedYaml, ruleYaml } from "../rulebook/in-memory.ts";
import { scratchDirectory, writeFiles } from "../support/scratch.ts";

/** On the machine's own watches and clock. */

let folder = "";
let written = "";
let talked = "";
let stop = (): void => undefined;

beforeEach(() => {
  folder = writeFiles(scratchDirectory(), {
    "heed.yaml": heedYaml,
    "pack/a.yaml": ruleYaml("a", "delya: 5m"),
    "pack/b.yaml": ruleYaml("b", "exprise: 5d"),
  });
  written = "";
  talked = "";
});
afterEach(() => stop());

function watch(terminal: boolean, ...paths: readonly string[]): void {
  const io = { colours: false, clock: systemClock, now: () => Date.UTC(2026, 5, 1), terminal };
  const write = (text: string): void => void (written += text);
  const talk = (text: string): void => void (talked += text);
  stop = watchCheck(paths.length === 0 ? [folder] : paths, {}, { ...io, write, talk });
}

async function judgements(count: number): Promise<void> {
  await expect
    .poll(() => talked.split("checked at").length - 1, { interval: 20, timeout: 5_000 })
    .toBeGreaterThanOrEqual(count);
}

test("judges at once, and again after each edit, whatever file it is in", async () => {
  watch(false);
  expect(written).toContain("pack/a.yaml:8:1 error HEED101");
  expect(written).toContain("pack/b.yaml:8:1 error HEED101");
  expect(talked).toMatch(/^\nchecked at \d\d:\d\d:\d\d in \d+ ms; watching .*, Ctrl-C ends\n$/);

  written = "";
  writeFileSync(join(folder, "pack/a.yaml"), ruleYaml("a", "delay: 5m"));
  await judgements(2);
  expect(written).not.toContain("pack/a.yaml:8:1");
  expect(written).toContain("pack/b.yaml:8:1 error HEED101");

  written = "";
  mkdirSync(join(folder, "new"));
  writeFileSync(join(folder, "new/c.yaml"), ruleYaml("c").replace("send: sms", "send: telegram"));
  await judgements(3);
  expect(written).toContain("new/c.yaml:10:13 error HEED201");

  written = "";
  writeFileSync(join(folder, "heed.yaml"), heedYaml.replace("sms: {", "telegram: {"));
  await judgements(4);
  expect(written).not.toContain("new/c.yaml:10:13");
});

test("of a file, its problems alone, as the rest of the workspace changes", async () => {
  watch(false, join(folder, "pack/b.yaml"));
  expect(written).not.toContain("pack/a.yaml");
  writeFileSync(join(folder, "pack/b.yaml"), ruleYaml("b", "expires: 5d"));
  written = "";
  await judgements(2);
  expect(written).not.toContain("error");
});

test("clears the screen of a terminal before each judgement, and writes nothing of the kind elsewhere", () => {
  watch(true);
  expect(written.startsWith("\u001b[2J\u001b[3J\u001b[Hpack/a.yaml")).toBe(true);
  stop();
  written = "";
  watch(false);
  expect(written).not.toContain("\u001b");
});

test("is for people: other formats and --fix are refused before anything is watched", () => {
  const io = { colours: false, clock: systemClock, now: () => 0, terminal: false, write: () => {}, talk: () => {} };
  expect(() => watchCheck([folder], { format: "json" }, io)).toThrow(/knows the format pretty only/);
  expect(() => watchCheck([folder], { fix: true }, io)).toThrow(/run `heed check --fix` by itself/);
});
