import { compareWorkspaces } from "../../../src/plan/compare/compare-workspaces.ts";
import type { Backtest, Estimate, Impact, RuleDelta } from "../../../src/plan/plan.ts";
import type { Evidence } from "../../../src/plan/risks/risk-check.ts";
import { usualLimits } from "../../../src/plan/risks/risk-limits.ts";
import { risksOf } from "../../../src/plan/risks/risks-of.ts";
import { heedYaml, ruleYaml } from "../../rulebook/in-memory.ts";
import { sideOf } from "../sides.ts";

export type Files = Readonly<Record<string, string>>;

export const today = "2026-06-01";
const nothing: Impact = { shared: [], dead: [], loops: [], tests: [] };

/** What a change of these files is judged by, without data unless it is given. */
export function evidenceOf(before: Files, after: Files, more: Partial<Evidence> = {}): Evidence {
  const [base, head] = [sideOf(before), sideOf(after)];
  const { ruleChanges, workspaceChanges } = compareWorkspaces(base, head);
  return {
    base,
    head,
    ruleChanges,
    workspaceChanges,
    impact: nothing,
    backtest: null,
    inFlight: null,
    limits: usualLimits,
    ...more,
  };
}

/** Each risk as `code file:line`, waived ones behind a mark. */
export function risksIn(evidence: Evidence): readonly string[] {
  return risksOf(evidence, today).risks.map(
    ({ code, file, line, waived }) => `${waived === null ? "" : "(waived) "}${code} ${file}:${line}`,
  );
}

/** A workspace with one rule `hello`, with these lines in it. */
export function withRule(more = "", heed = heedYaml): Files {
  return { "heed.yaml": heed, "hello.yaml": ruleYaml("hello", more) };
}

export function exactly(value: number): Estimate {
  return { value, low: value, high: value };
}

export function delta(rule: string, more: Partial<RuleDelta> = {}): RuleDelta {
  return {
    rule,
    touched: true,
    channel: "sms",
    base: exactly(100),
    head: exactly(100),
    known: true,
    differences: {},
    reasons: {},
    retimedBy: null,
    week: null,
    segments: { base: 0, head: 0 },
    ...more,
  };
}

const load = { p50: 1, p95: 1, p99: 1, max: 2 };

export function backtestOf(more: Partial<Backtest> = {}): Backtest {
  const to = Date.UTC(2026, 4, 29);
  return {
    events: {
      source: "may.ndjson",
      from: to - 28 * 86_400_000,
      to,
      count: 48_112,
      digest: "ab".repeat(32),
      unreadable: 0,
    },
    sample: 1,
    seed: 7,
    warmUpUntil: to - 27 * 86_400_000,
    calibration: null,
    downstream: 0,
    orphans: { base: 0, head: 0 },
    channels: [],
    rules: [],
    contacts: { newly: exactly(0), noLonger: exactly(0), differently: exactly(0) },
    cost: [],
    load: { base: load, head: load },
    busiest: [],
    missingTypes: [],
    fallbacks: [],
    examples: [],
    notes: [],
    ...more,
  };
}
