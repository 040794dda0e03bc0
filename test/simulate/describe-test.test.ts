import { expect, test } from "vitest";
import { decisiveOf, judgeCondition } from "../../src/conditions/explain-condition.ts";
import { lowerCondition } from "../../src/conditions/lower.ts";
import { parseCondition } from "../../src/conditions/parse-condition.ts";
import type { Json } from "../../src/core/model/json.ts";
import { describeTest } from "../../src/simulate/describe-test.ts";

const now = Date.parse("2026-03-06T19:00:00Z");
const bought = Date.parse("2026-03-04T10:00:00Z");

async function words(source: Json, times: readonly number[]): Promise<readonly string[]> {
  const parsed = parseCondition(source);
  if (!parsed.ok) throw new Error("unexpected");
  const tree = lowerCondition(parsed.condition);
  const path = /"path":"did\.(\w+)"/.exec(JSON.stringify(tree))?.[1] ?? "none";
  const sent = times.map((at) => ({ channel: "sms", rule: "hello", at }));
  const facts = { now, history: { did: { [path]: times }, sent } };
  return decisiveOf((await judgeCondition(tree, facts)).saw).map((test) => describeTest(test, "UTC"));
}

test.each<[Json, readonly number[], string]>([
  [
    { did: { event: "Order Completed", within: "30d" } },
    [bought - 1_000, bought],
    "did Order Completed within 30d: 2 known, the last on Wed 4 Mar 10:00 (holds)",
  ],
  [{ did: { event: ["b", "a"], at_least: 2 } }, [], "did a or b at least 2 times within 90d: none (fails)"],
  [
    { did_not: { event: "a", where: { "event.data.total": { gte: 50 }, not: { "event.data.plan": "free" } } } },
    [bought],
    'did_not a within 90d where event.data.total gte 50 and not (event.data.plan is "free"): last on Wed 4 Mar 10:00 (fails)',
  ],
  [
    { did: { event: "a", where: { any: [{ "event.data.x": 1 }, { "event.data.y": 2, "event.data.z": 3 }] } } },
    [],
    "did a within 90d where event.data.x is 1 or (event.data.y is 2 and event.data.z is 3): none (fails)",
  ],
  [{ was_sent: { channel: "sms", within: "24h" } }, [], "was_sent through sms within 24h: none (fails)"],
  [{ was_sent: { channel: "email", within: "24h" } }, [bought], "was_sent through email within 24h: none (fails)"],
  [{ was_not_sent: { rule: "hello" } }, [bought], "was_not_sent by hello within 90d: last on Wed 4 Mar 10:00 (fails)"],
])("%j is told in words", async (source, times, text) => {
  expect(await words(source, times)).toEqual([text]);
});
