import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { beforeAll, describe, expect, test } from "vitest";
import { forecast } from "../../src/cli/forecast.ts";
import { deploy, type DeployFlags, rollBack } from "../../src/cli/publish.ts";
import { judgeRelease } from "../../src/cli/releases-port.ts";
import { readRunSettings } from "../../src/cli/run-settings.ts";
import { systemClock } from "../../src/cli/system-clock.ts";
import { createLog } from "../../src/observe/log.ts";
import type { Plan, RuleDelta } from "../../src/plan/plan.ts";
import { renderJson } from "../../src/plan/report/json.ts";
import { loadWorkspace } from "../../src/rulebook/load-workspace.ts";
import { keepFigures } from "../../src/runtime/keep-figures.ts";
import { keepForecast } from "../../src/runtime/forecasts.ts";
import { openEmbeddedStore } from "../../src/store/embedded.ts";
import { scratchDirectory, writeFiles } from "../support/scratch.ts";
import { live } from "./lived.ts";
import { starterWorkspace } from "./recordings/recording-files.ts";

const DAY = 86_400_000;
const folder = scratchDirectory();
const data = join(folder, "data");
const workspace = starterWorkspace(folder);
const settings = readRunSettings(workspace, { dataDir: data, port: "1" }, {});

function said() {
  let out = "";
  let err = "";
  return {
    io: { out: (text: string) => void (out += text), err: (text: string) => void (err += text) },
    said: () => ({ out, err }),
  };
}

function digestNow(): string {
  const judged = judgeRelease(loadWorkspace(workspace), false);
  if (!judged.ok) throw new Error("expected rules without errors");
  return judged.digest;
}

function changeText(text: string): void {
  const path = join(workspace, "trial.yaml");
  writeFiles(workspace, { "trial.yaml": readFileSync(path, "utf8").replace(/text: ".*"/, `text: "${text}"`) });
}

function delta(head: number, known = true): RuleDelta {
  const same = (value: number) => ({ value, low: value, high: value });
  return {
    rule: "trial",
    touched: true,
    channel: "sms",
    base: same(head),
    head: same(head),
    known,
    differences: {},
    reasons: {},
    retimedBy: null,
    week: null,
    segments: { base: head, head },
  };
}

/** As heed plan would write it, of twenty counted days. */
function planFile(name: string, base: string, head: string, rules: readonly RuleDelta[]): string {
  const revision = (digest: string) => ({ name: "r", commit: null, dirty: false, digest });
  const none = { value: 0, low: 0, high: 0 };
  const load = { p50: 0, p95: 0, p99: 0, max: 0 };
  const plan: Plan = {
    base: revision(base),
    head: revision(head),
    ruleChanges: [],
    workspaceChanges: [],
    impact: { shared: [], dead: [], loops: [], tests: [] },
    backtest: {
      events: { source: "month", from: 0, to: 28 * DAY, count: 9, digest: "d".repeat(64), unreadable: 0 },
      sample: 1,
      seed: 1,
      warmUpUntil: 8 * DAY,
      calibration: null,
      downstream: 0,
      orphans: { base: 0, head: 0 },
      channels: [],
      rules,
      contacts: { newly: none, noLonger: none, differently: none },
      cost: [],
      load: { base: load, head: load },
      busiest: [],
      missingTypes: [],
      fallbacks: [],
      examples: [],
      notes: [],
    },
    inFlight: null,
    risks: [],
    notes: [],
    gates: [],
  };
  const path = join(folder, name);
  writeFileSync(path, renderJson(plan, "0"));
  return path;
}

async function deployed(flags: DeployFlags) {
  const told = said();
  const code = await deploy(flags, { settings, clock: systemClock, io: told.io, colours: false });
  return { code, ...told.said() };
}

async function forecasted(at = systemClock.now(), format?: string) {
  const told = said();
  const clock = { ...systemClock, now: () => at };
  const code = await forecast(settings, format === undefined ? {} : { format }, clock, told.io);
  return { code, ...told.said() };
}

describe("heed deploy --plan", () => {
  let first = "";
  beforeAll(async () => {
    first = digestNow();
    expect(await deployed({})).toMatchObject({ code: 0 });
    expect(await forecasted()).toMatchObject({ code: 3, err: expect.stringContaining("made without a plan") });
  });

  test("refuses a plan for other rules than those that are deployed, and one against others than those that run", async () => {
    changeText("Your trial runs.");
    const second = digestNow();
    const other = planFile("other.json", first, "e".repeat(64), [delta(400)]);
    expect(await deployed({ plan: other })).toMatchObject({
      code: 1,
      err: expect.stringContaining(`was made for the rules eeeeeeeeeeee, and these are ${second.slice(0, 12)}`),
    });
    const old = planFile("old.json", "a".repeat(64), second, [delta(400)]);
    const refused = await deployed({ plan: old });
    expect(refused.code).toBe(1);
    expect(refused.err).toContain("made for a change of the rules aaaaaaaaaaaa, and what runs now is ");
    expect(refused.err).toContain("deploy all the same with --stale-plan and a --reason");
    // It goes with a reason, and then nothing is held against what it says.
    await expect(deployed({ plan: old, stalePlan: true })).rejects.toThrow(/with a --reason/);
    await expect(deployed({ stalePlan: true, reason: "x" })).rejects.toThrow(/goes with --plan/);
    await expect(deployed({ plan: old, planDigest: "abcdef12" })).rejects.toThrow(/leave --plan-digest out/);
    expect(await deployed({ plan: old, stalePlan: true, reason: "the same change" })).toMatchObject({
      code: 0,
      out: expect.stringContaining("the same change"),
    });
    expect((await forecasted()).code).toBe(3);
  });

  test("keeps what the plan expects, and heed forecast holds it against what was sent", async () => {
    const base = digestNow();
    changeText("Your trial goes on.");
    const plan = planFile("good.json", base, digestNow(), [delta(400), { ...delta(10, false), channel: "email" }]);
    const { digest } = JSON.parse(readFileSync(plan, "utf8")) as { readonly digest: string };
    expect(await deployed({ plan })).toMatchObject({
      code: 0,
      out: expect.stringContaining(`plan ${digest.slice(0, 12)}`),
    });
    const now = systemClock.now();
    const early = await forecasted(now + 60_000);
    expect(early.code).toBe(0);
    expect(early.out).toMatch(/^release 3 of .*, 1 minute ago, plan /);
    expect(early.out).toMatch(/^rule {3}channel {2}sent {2}expected {2}no surprise$/m);
    expect(early.out).toMatch(/^trial {2}sms {9}0 {9}0 {2}0–38 {9}too early to say$/m);
    expect(early.out).toMatch(/^trial {2}email {7}0 {9}\? {2}\? {12}the plan could not tell$/m);
    expect(early.out).toContain("The plan cannot tell the hours of the week");
    // Twenty a day are few; after three days none is still too few.
    const late = await forecasted(now + 3 * DAY + 60_000);
    expect(late).toMatchObject({ code: 1, out: expect.stringContaining("FEWER THAN PLANNED") });
    const json = JSON.parse((await forecasted(now + 3 * DAY + 60_000, "json")).out) as object;
    expect(json).toMatchObject({
      release: 3,
      plan: digest,
      rules: [
        { rule: "trial", channel: "sms", sent: 0, per_day: { value: 20 }, verdict: "below" },
        { rule: "trial", channel: "email", per_day: null, verdict: "unknown" },
      ],
    });
    await expect(forecasted(now, "xml")).rejects.toThrow(/--format/);
  });

  test("forgets it with a rollback, of which there is no plan", async () => {
    const context = { settings, clock: systemClock, io: said().io, colours: false };
    expect(await rollBack({}, context)).toBe(0);
    expect((await forecasted()).code).toBe(3);
  });
});

test("counts what the account says was sent since, and exits with 1 when it is too much", async () => {
  const place = join(folder, "busy");
  const from = Date.parse("2026-03-06T15:00:00Z");
  const rule = { rule: "trial", channel: "sms", perDay: { value: 0, low: 0, high: 0 }, week: null };
  await live({ workspace, data: place, from: "2026-03-06T15:00:00Z" }, async ({ store, post, reasons }) => {
    await keepForecast(store, { number: 1, at: from }, { plan: "p".repeat(64), rules: [rule] });
    for (let index = 0; index < 40; index += 1) {
      const contact = `c${index}`;
      const address = { phone: `+1202555${String(1000 + index)}` };
      await post(`e${index}`, `id:${contact}`, { event_type: "trial.began", contact_id: contact, address });
    }
    for (let index = 0; index < 40; index += 1) await reasons(1, "sent", `id:c${index}`);
    const log = createLog(new PassThrough());
    const figures = keepFigures({ store, clock: systemClock, log, isMine: () => true });
    await figures.catchUp();
    await figures.stop();
  });
  const told = said();
  const there = readRunSettings(workspace, { dataDir: place }, {});
  const clock = { ...systemClock, now: () => from + 3_600_000 };
  expect(await forecast(there, {}, clock, told.io)).toBe(1);
  expect(told.said().out).toMatch(/^trial {2}sms {8}40 {9}0 {2}0–38 {9}MORE THAN PLANNED$/m);
  expect(told.said().out).toContain("heed resume lets it go on, with a reason");
  // Only read: nothing was left behind that keeps a system from it.
  const store = await openEmbeddedStore({ directory: place, clock: systemClock });
  await store.close();
});
