import { describe, expect, it } from "vitest";
import { DAY } from "../../bench/month/behaviour.ts";
import { plantedBehaviour } from "./behaviour.ts";
import { plantedChanges } from "./changes.ts";
import { expectedOf } from "./expected.ts";
import { plantedRules } from "./model.ts";
import { messagesOf, play } from "./recount.ts";
import { MONTH_FROM, monthOf } from "./scene.ts";
import { plantedFiles } from "./workspace.ts";

/** What a plan is measured by must be right itself. A month of production takes seconds. */
describe("the recount of a recorded month", { timeout: 120_000 }, () => {
  const theMonth = monthOf(plantedFiles, plantedBehaviour, { contacts: 150, days: 28, seed: 7 });

  it("finds every message that production sent, at its very moment, and no other", async () => {
    const month = await theMonth;
    const messages = messagesOf(month, plantedRules);
    const arm = play(month, plantedRules, messages);
    const counted = arm.outcomes.filter(({ refused }) => refused === null);
    const named = (one: { readonly contact: string; readonly rule: string; readonly at: number }): string =>
      `${one.contact} ${one.rule} ${new Date(one.at).toISOString()}`;
    expect(counted.map(named).toSorted()).toEqual(month.sent.map(named).toSorted());
    expect(arm.orphans).toEqual([]);
    expect(new Set(counted.map(({ rule }) => rule)).size).toBe(plantedRules.models.length);
    const reasons = [
      "address.missing",
      "cap.reached",
      "consent.missing",
      "guard.false",
      "reentry.active",
      "sent",
      "stopped.by_event",
      "stopped.by_opt_out",
      "suppressed",
    ];
    expect(arm.outcomes.map(({ refused }) => refused ?? "sent")).toEqual(expect.arrayContaining(reasons));
  });

  it.each(plantedChanges)("finds what comes of it: $name", async ({ rules, expects }) => {
    const month = await theMonth;
    const { contacts, rules: counted } = expectedOf(month, plantedRules, rules, MONTH_FROM + 3 * DAY);
    for (const [rule, differences] of Object.entries(expects)) {
      const found = Object.entries(counted).filter(([name]) => name.startsWith(`${rule} `));
      const all = new Set(found.flatMap(([, one]) => Object.keys(one.differences)));
      expect([...all], rule).toEqual(expect.arrayContaining([...differences]));
    }
    const none = { newly: 0, noLonger: 0, differently: 0 };
    if (Object.keys(expects).length === 0) expect(contacts).toEqual(none);
    else expect(contacts).not.toEqual(none);
  });

  it("is told the same month by the same seed, and another one by another", async () => {
    const settings = { contacts: 20, days: 6, seed: 5 };
    const first = await monthOf(plantedFiles, plantedBehaviour, settings);
    const again = await monthOf(plantedFiles, plantedBehaviour, settings);
    const other = await monthOf(plantedFiles, plantedBehaviour, { ...settings, seed: 6 });
    expect(again.events).toEqual(first.events);
    expect(again.sent).toEqual(first.sent);
    expect(other.events).not.toEqual(first.events);
  });
});
