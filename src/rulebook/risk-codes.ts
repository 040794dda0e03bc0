import type { Severity } from "./problem.ts";

/**
 * Every kind of risk that `heed plan` finds in a change, by the code that output, gates, waivers and pages share. They stand
 * here because a waiver in a rule names them, and a check must know a slip of the pen. Families: 1xx what the rules say, 2xx what
 * it does to people, money and providers, 3xx how far the numbers can be believed, 4xx tests.
 */
export const riskCodes = {
  PLN101: { name: "consent-or-class-loosened", severity: "error" },
  PLN102: { name: "stop-removed", severity: "error" },
  PLN103: { name: "quiet-hours-changed", severity: "warning" },
  PLN104: { name: "cap-raised-or-removed", severity: "error" },
  PLN105: { name: "audience-broadened", severity: "warning" },
  PLN106: { name: "delay-below-race-window", severity: "warning" },
  PLN107: { name: "reentry-key-changed", severity: "warning" },
  PLN108: { name: "pending-work-undefined", severity: "warning" },
  PLN109: { name: "id-changed-without-moved", severity: "error" },
  PLN110: { name: "experiment-changed", severity: "warning" },
  PLN111: { name: "target-or-secret-changed", severity: "warning" },
  PLN201: { name: "volume", severity: "warning" },
  PLN202: { name: "cost-beyond-budget", severity: "error" },
  PLN203: { name: "contact-load", severity: "warning" },
  PLN204: { name: "more-segments", severity: "warning" },
  PLN205: { name: "new-country", severity: "warning" },
  PLN206: { name: "burst-above-rate", severity: "warning" },
  PLN207: { name: "collateral", severity: "warning" },
  PLN301: { name: "rule-matches-nothing", severity: "warning" },
  PLN302: { name: "fallback-used", severity: "warning" },
  PLN303: { name: "low-agreement", severity: "warning" },
  PLN401: { name: "change-without-test", severity: "warning" },
} as const satisfies Readonly<Record<string, { readonly name: string; readonly severity: Severity }>>;

export type RiskCode = keyof typeof riskCodes;

export function isRiskCode(name: string): name is RiskCode {
  return Object.hasOwn(riskCodes, name);
}
