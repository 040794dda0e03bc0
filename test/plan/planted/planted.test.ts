import { describe, expect, it } from "vitest";
import { DAY } from "../../bench/month/behaviour.ts";
import { makePlan } from "../../../src/plan/make-plan.ts";
import type { Backtest, Plan } from "../../../src/plan/plan.ts";
import { plantedBehaviour } from "./behaviour.ts";
import { type Planted, plantedChanges } from "./changes.ts";
import { expectedOf } from "./expected.ts";
import { figuresIn, figuresOf } from "./figures.ts";
import { plantedRules } from "./model.ts";
import { type Month, monthOf, sideOf } from "./scene.ts";
import { plantedFiles } from "./workspace.ts";

/** The more there are, the longer it takes, and the same is true of them all. */
const CONTACTS = process.env["HEED_TEST_THOROUGH"] === "yes" ? 2_000 : 45;

const theMonth = monthOf(plantedFiles, plantedBehaviour, { contacts: CONTACTS, days: 28, seed: 7 });

async function planOf({ head }: Planted, sample: number, seed: number, month: Month): Promise<Plan> {
  const revision = { commit: null, dirty: false };
  return makePlan({
    base: { revision: { ...revision, name: "main" }, side: await sideOf(plantedFiles) },
    head: { revision: { ...revision, name: "WORKTREE" }, side: await sideOf(head) },
    today: "2026-03-23",
    failOn: ["error"],
    notes: [],
    live: null,
    recorded: {
      recording: month.recording,
      options: { sample, seed, key: null, showContent: false, threads: false },
      notes: () => [],
    },
  });
}

/** Two arms over a month take seconds. */
describe("a planted change", { timeout: 600_000 }, () => {
  it.each(plantedChanges)("is told as it is: $name", async (planted) => {
    const month = await theMonth;
    const plan = await planOf(planted, 1, 1, month);
    const { backtest } = plan;
    if (backtest === null) throw new Error("expected a backtest");
    const expected = expectedOf(month, plantedRules, planted.rules, backtest.warmUpUntil);

    expect(changesIn(plan)).toEqual({ rules: planted.changed, workspace: planted.workspace ?? {} });
    // How much it is, is looked at below; nothing of this workspace is tested.
    const byThemselves = plan.risks.map(({ code }) => code).filter((code) => /^PLN(1|204|301)/.test(code));
    expect([...new Set(byThemselves)].toSorted()).toEqual(planted.risks);
    expect(plan.risks.filter(({ code }) => code === "PLN303")).toEqual([]);

    expect(backtest.calibration).toMatchObject({ agreement: 1, confidence: "high" });
    expect(backtest.warmUpUntil).toBe(backtest.events.from + 3 * DAY);
    expect(figuresIn(backtest)).toEqual(figuresOf(expected, planted));
    expect(backtest.missingTypes).toEqual(planted.missingTypes ?? []);
    const unknown = backtest.rules.filter(({ known }) => !known).map(({ rule }) => rule);
    expect(unknown).toEqual(planted.unknown ?? []);

    const governed = new Set(plan.workspaceChanges.flatMap(({ rules }) => rules));
    expect([...governed].toSorted()).toEqual(planted.governed ?? []);
    const touched = new Set([...Object.keys(planted.changed), ...governed]);
    const others = Object.entries(expected.rules)
      .filter(([place, { differences }]) => Object.keys(differences).length > 0 && !touched.has(ruleIn(place)))
      .map(([place]) => ruleIn(place));
    expect(collateralIn(backtest)).toEqual([...new Set(others)].toSorted());
    const told = plan.risks.flatMap(({ code, rule }) => (code === "PLN207" ? [rule] : []));
    expect(told.toSorted()).toEqual([...new Set(others)].toSorted());
  });

  it("lies within the bounds that a sample of a fifth says, nearly always", async () => {
    const month = await monthOf(plantedFiles, plantedBehaviour, { contacts: 400, days: 8, seed: 9 });
    const planted = plantedChanges.find(({ name }) => name === "a guard broadened");
    if (planted === undefined) throw new Error("expected a guard");
    const whole = await planOf(planted, 1, 1, month);
    const truths = estimatesIn(whole.backtest);
    let [within, all] = [0, 0];
    for (let seed = 1; seed <= 20; seed += 1) {
      const { backtest } = await planOf(planted, 0.2, seed, month);
      for (const [name, { value }] of truths) {
        const estimate = estimatesIn(backtest).get(name) ?? { low: 0, high: 0 };
        all += 1;
        if (estimate.low <= value && value <= estimate.high) within += 1;
      }
    }
    expect(within / all).toBeGreaterThanOrEqual(0.9);
  });
});

const ruleIn = (place: string): string => place.split(" ")[0] ?? "";

function changesIn({ ruleChanges, workspaceChanges }: Plan) {
  return {
    rules: Object.fromEntries(ruleChanges.map(({ rule, action, classes }) => [rule, { action, classes }])),
    workspace: Object.fromEntries(workspaceChanges.map((change) => [change.path, change.class])),
  };
}

function collateralIn({ rules }: Backtest): readonly string[] {
  const found = rules.filter(({ touched, differences }) => !touched && Object.keys(differences).length > 0);
  return [...new Set(found.map(({ rule }) => rule))].toSorted();
}

function estimatesIn(backtest: Backtest | null): ReadonlyMap<string, { value: number; low: number; high: number }> {
  if (backtest === null) throw new Error("expected a backtest");
  const { rules, channels, contacts, cost } = backtest;
  return new Map([
    ...rules.flatMap(({ rule, channel, base, head }) => [
      [`${rule} ${channel} base`, base] as const,
      [`${rule} ${channel} head`, head] as const,
    ]),
    ...channels.map(({ channel, head }) => [channel, head] as const),
    ...cost.map(({ channel, head }) => [`cost ${channel}`, head] as const),
    ["newly", contacts.newly],
    ["differently", contacts.differently],
  ]);
}
