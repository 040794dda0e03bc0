import fc from "fast-check";
import { expect, test } from "vitest";
import { type Counts, drawFrom } from "../../../src/core/counting.ts";
import type { Draw } from "../../../src/core/model/decision.ts";
import { createCounters } from "../../../src/plan/backtest/counters.ts";

const HOUR = 3_600_000;

/** Different windows are different counters, as the gate names them. */
const draws = fc
  .subarray(["rolling", "span", "first_day", "budget"] as const, { minLength: 1 })
  .chain((kinds) => fc.tuple(...kinds.map((kind) => fc.record({ kind: fc.constant(kind), amount: fc.nat(3) }))));

function drawOf(kind: string, amount: number, now: number): Draw {
  const from = now - (now % (5 * HOUR));
  if (kind === "rolling") return { counter: "cap/a", window: { kind: "rolling", ms: 3 * HOUR }, limit: 4, amount };
  if (kind === "first_day") {
    return { counter: "first-day/a", window: { kind: "first_day", rule: "a" }, limit: 5, amount };
  }
  const counter = kind === "span" ? "cap/b" : "budget/b";
  return { counter, window: { kind: "span", from, to: from + 5 * HOUR }, limit: 6, amount };
}

test("counters of a backtest grant and refuse what the plain meaning of a draw does", () => {
  const steps = fc.array(fc.record({ after: fc.nat(4 * HOUR), draws }), { maxLength: 40 });
  let refused = 0;
  fc.assert(
    fc.property(steps, (taken) => {
      const counters = createCounters({ sample: 1, established: new Set() });
      let counts: Counts = new Map();
      let now = 1_700_000_000_000;
      for (const { after, draws: kinds } of taken) {
        now += after;
        const asked = kinds.map(({ kind, amount }) => drawOf(kind, amount, now));
        const plain = drawFrom(counts, asked, now);
        counts = plain.counts;
        expect(counters.draw(asked, now)).toEqual(plain.refused);
        if (plain.refused !== null) refused += 1;
      }
    }),
  );
  expect(refused).toBeGreaterThan(50);
});

test("of a sample, limits are that share of theirs, and those of rules that are not new have no first day", () => {
  const counters = createCounters({ sample: 0.1, established: new Set(["a"]) });
  const cap: Draw = { counter: "cap/a", window: { kind: "rolling", ms: HOUR }, limit: 30, amount: 1 };
  expect([1, 2, 3, 4].map((at) => counters.draw([cap], at) === null)).toEqual([true, true, true, false]);
  const first: Draw = { counter: "first-day/a", window: { kind: "first_day", rule: "a" }, limit: 0, amount: 1 };
  expect(counters.draw([first], 5)).toBeNull();
  expect(counters.scaled()).toEqual(["cap/a"]);
});
