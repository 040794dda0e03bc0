import { expect, test } from "vitest";
import { createClusters, keysIn } from "../../../src/plan/backtest/clusters.ts";
import { fraction } from "../../../src/plan/backtest/hash.ts";
import { createTally } from "../../../src/plan/backtest/tally.ts";
import { DAY, happened, HEED, HOUR, played, recordingOf, ruleOf } from "./stage.ts";

test("whoever is known by id, email, phone and device is one, and so are those who share one of them", () => {
  const clusters = createClusters();
  const meet = (event: ReturnType<typeof happened>): void => {
    const [first = 0, ...others] = keysIn(event).map((key) => clusters.numberOf(key));
    for (const other of others) clusters.unite(first, other);
  };
  meet(happened(1, "Seen", 0, { data: { anonymous_id: "a1" } }));
  meet(happened(2, "Seen", 0));
  meet(happened(3, "Seen", 0));
  const { contact_id: _anybody, ...texted } = happened(2, "Seen", 0, { address: { phone: "+12025551001" } });
  meet(texted);
  const roots = clusters.roots();
  const rootOf = (key: string): number | undefined => roots[clusters.numberOf(key)];
  const known = ["id:c1", "email:c1@example.com", "phone:+12025551001", "anon:a1"].map(rootOf);
  expect(new Set(known).size).toBe(1);
  expect(rootOf("id:c2")).not.toBe(known[0]);
  meet(happened(3, "contact.merged", 0, { data: { from: "c1" } }));
  expect(clusters.roots()[clusters.numberOf("id:c3")]).toBe(clusters.roots()[clusters.numberOf("id:c1")]);
});

test("bounds hold what is true about as often as they say", () => {
  const amounts = Array.from({ length: 800 }, (_, who) => (who % 5 === 0 ? (who % 7) + 1 : 0));
  const whole = amounts.reduce((sum, amount) => sum + amount, 0);
  let held = 0;
  let sum = 0;
  for (let seed = 0; seed < 400; seed += 1) {
    const tally = createTally(0.3);
    for (const [who, amount] of amounts.entries()) {
      if (amount === 0 || fraction(`contact ${who}`, seed) >= 0.3) continue;
      tally.add("all", amount);
      tally.next();
    }
    const { value, low, high } = tally.estimate("all");
    sum += value;
    if (low <= whole && whole <= high) held += 1;
  }
  expect(sum / 400 / whole).toBeGreaterThan(0.98);
  expect(sum / 400 / whole).toBeLessThan(1.02);
  expect(held / 400).toBeGreaterThan(0.91);
  expect(held / 400).toBeLessThan(0.985);
});

test("of nobody seen in a sample, some may be in the whole", () => {
  expect(createTally(0.1).estimate("nobody")).toEqual({ value: 0, low: 0, high: 30 });
  expect(createTally(1).estimate("nobody")).toEqual({ value: 0, low: 0, high: 0 });
});

const base = { "heed.yaml": HEED, "a/hello.yaml": ruleOf("hello", { event: "Signed Up" }) };
const head = { ...base, "a/more.yaml": ruleOf("more", { event: "Signed Up", send: "email" }) };
const events = Array.from({ length: 120 }, (_, who) => happened(who, "Signed Up", 2 * DAY + who * HOUR));
const recording = recordingOf([happened(0, "Nothing", 0), ...events, happened(0, "Nothing", 9 * DAY)]);

test("samples of other contacts add up to the whole, and all of one are in it or none", async () => {
  const samples = [];
  for (let seed = 1; seed <= 12; seed += 1) {
    samples.push(await played({ base, head }, recording, { sample: 0.4, seed }));
  }
  const values = samples.map(
    ({ rules }) => rules.find(({ rule }) => rule === "more")?.head ?? { value: 0, low: 0, high: 0 },
  );
  const mean = values.reduce((sum, { value }) => sum + value, 0) / values.length;
  expect(Math.abs(mean - 120)).toBeLessThan(15);
  expect(values.every(({ low, value, high }) => low < value && value < high)).toBe(true);
  expect(new Set(values.map(({ value }) => value)).size).toBeGreaterThan(3);
  expect(samples[0]?.notes[0]).toContain("40 % of the contacts were played");
}, 60_000);

test("the same recording and seed give the same backtest, to the letter", async () => {
  const once = await played({ base, head }, recording, { sample: 0.5, seed: 7 });
  const again = await played({ base, head }, recording, { sample: 0.5, seed: 7 });
  expect(JSON.stringify(again)).toBe(JSON.stringify(once));
  const other = await played({ base, head }, recording, { sample: 0.5, seed: 8 });
  expect(other.events.digest).not.toBe(once.events.digest);
});

test("nothing at all was recorded", async () => {
  const nothing = await played({ base, head }, recordingOf([]));
  expect(nothing.events.count).toBe(0);
  expect(nothing.rules.map(({ rule, head: { value } }) => [rule, value])).toEqual([["more", 0]]);
});
