import type { Contact } from "../core/model/contact.ts";
import type { RiskCode } from "../rulebook/risk-codes.ts";
import type { Severity } from "../rulebook/problem.ts";
import type { CalendarDay } from "../rulebook/waivers.ts";
import { type BacktestOptions, backtest as backtestOf } from "./backtest/backtest.ts";
import { compareWorkspaces } from "./compare/compare-workspaces.ts";
import { impactOf } from "./impact/impact-of.ts";
import { inFlight as inFlightOf } from "./in-flight/in-flight.ts";
import type { Gate, Plan, Revision, Risk } from "./plan.ts";
import type { Recording } from "./recording.ts";
import { type RiskLimits, usualLimits } from "./risks/risk-limits.ts";
import { risksOf } from "./risks/risks-of.ts";
import type { Side } from "./side.ts";

export interface PlannedSide {
  readonly revision: Omit<Revision, "digest">;
  readonly side: Side;
}

export interface PlanRequest {
  readonly base: PlannedSide;
  readonly head: PlannedSide;
  /** By which the dates of waivers are judged. */
  readonly today: CalendarDay;
  readonly limits?: RiskLimits;
  readonly failOn: readonly (RiskCode | Severity)[];
  /** What the caller has to say of what it read. */
  readonly notes: readonly string[];
  /** Null without recorded events. */
  readonly recorded: Recorded | null;
  /** Null where no store is asked for what is under way. */
  readonly live: Live | null;
}

export interface Recorded {
  readonly recording: Recording;
  readonly options: BacktestOptions;
  /** What is to be said of how it was read, once it was. */
  notes(): readonly string[];
}

/** Contacts who are in rules that run now, and the moment at which they are looked at. */
export interface Live {
  readonly contacts: AsyncIterable<Contact>;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** Says what becomes of messages and people when head takes the place of base. */
export async function makePlan(request: PlanRequest): Promise<Plan> {
  const { base, head, today, limits = usualLimits, failOn, notes, recorded, live } = request;
  const changes = compareWorkspaces(base.side, head.side);
  const { ruleChanges, workspaceChanges } = changes;
  const impact = await impactOf(base.side, head.side, changes);
  const backtest =
    recorded === null ? null : await backtestOf(base.side, head.side, changes, recorded.recording, recorded.options);
  const inFlight = live === null ? null : await inFlightOf(base.side, head.side, ruleChanges, live.contacts, live.now);
  const evidence = {
    base: base.side,
    head: head.side,
    ruleChanges,
    workspaceChanges,
    impact,
    backtest,
    inFlight,
    limits,
  };
  const found = risksOf(evidence, today);
  return {
    base: { ...base.revision, digest: base.side.compiled.rulebook.digest },
    head: { ...head.revision, digest: head.side.compiled.rulebook.digest },
    ruleChanges,
    workspaceChanges,
    impact,
    backtest,
    inFlight,
    risks: found.risks,
    notes: [...notes, ...(recorded?.notes() ?? []), ...found.notes],
    gates: failOn.map((gate) => ({ failOn: gate, tripped: found.risks.some((risk) => trips(risk, gate)) })),
  };
}

/** What is waived trips nothing. A gate at warnings is tripped by errors, too. */
function trips({ code, severity, waived }: Risk, gate: Gate["failOn"]): boolean {
  if (waived !== null) return false;
  return gate === code || gate === severity || (gate === "warning" && severity === "error");
}
