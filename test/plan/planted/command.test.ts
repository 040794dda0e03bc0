import { execFileSync } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { plan } from "../../../src/cli/plan.ts";
import { readPlan } from "../../../src/cli/read-plan.ts";
import { readRunSettings } from "../../../src/cli/run-settings.ts";
import { recordMonth } from "../../bench/month/month.ts";
import { writeMonth } from "../../bench/month/write-month.ts";
import { scratchDirectory, writeFiles } from "../../support/scratch.ts";
import { virtualClock } from "../../support/virtual-clock.ts";
import { plantedBehaviour } from "./behaviour.ts";
import { plantedChanges } from "./changes.ts";
import { expectedOf } from "./expected.ts";
import { figuresIn, figuresOf } from "./figures.ts";
import { plantedRules } from "./model.ts";
import { MONTH_FROM, monthOf, sideOf } from "./scene.ts";
import { plantedFiles } from "./workspace.ts";

const SIZE = { contacts: 50, days: 14, seed: 3 };

/** A repository whose main branch is what runs, and a file of what was recorded there. */
async function repository(): Promise<{ readonly rules: string; readonly month: string }> {
  const folder = scratchDirectory();
  const rules = writeFiles(join(folder, "rules"), plantedFiles);
  const git = (...args: readonly string[]): void => {
    const env = { ...process.env, GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_SYSTEM: "/dev/null" };
    execFileSync("git", args, { cwd: folder, env, stdio: "pipe" });
  };
  git("init", "--quiet", "--initial-branch", "main");
  git("add", "--all");
  git("-c", "user.name=Tester", "-c", "user.email=t@example.com", "commit", "--quiet", "--message", "Rules");
  git("switch", "--quiet", "--create", "change");
  const month = join(folder, "month.ndjson");
  const file = writeMonth(month);
  const { compiled: workspace } = await sideOf(plantedFiles);
  await recordMonth({ workspace, behaviour: plantedBehaviour, ...SIZE, from: MONTH_FROM }, file);
  file.close();
  return { rules, month };
}

/** Two arms over two weeks take seconds. */
describe("heed plan of a planted change, from git and a file", { timeout: 300_000 }, () => {
  it.each([
    { name: "consent loosened for everybody", exitCode: 1 },
    { name: "a guard broadened", exitCode: 10 },
    { name: "a rule renamed with moved", exitCode: 10 },
  ])("tells what the recount tells: $name", async ({ name, exitCode }) => {
    const planted = plantedChanges.find((one) => one.name === name);
    if (planted === undefined) throw new Error(`expected a change named ${name}`);
    const { rules, month } = await repository();
    for (const file of Object.keys(plantedFiles)) if (planted.head[file] === undefined) rmSync(join(rules, file));
    writeFiles(rules, planted.head);
    const out = join(rules, "../plan.json");
    const io = {
      write: () => undefined,
      talk: () => undefined,
      colours: false,
      stdin: Readable.from([]),
      env: {},
      clock: virtualClock(Date.UTC(2026, 2, 24)),
    };
    const flags = { base: "main", events: [month], full: true, out, detailedExitcode: true };
    expect(await plan(readRunSettings(rules, {}, {}), flags, io)).toBe(exitCode);

    const { backtest } = readPlan(out).plan;
    if (backtest === null) throw new Error("expected a backtest");
    const lists = await monthOf(plantedFiles, plantedBehaviour, SIZE);
    const expected = expectedOf(lists, plantedRules, planted.rules, backtest.warmUpUntil);
    expect(figuresIn(backtest)).toEqual(figuresOf(expected, planted));
    expect(backtest.calibration).toMatchObject({ agreement: 1 });
    expect(backtest.events.unreadable).toBe(0);
  });
});
