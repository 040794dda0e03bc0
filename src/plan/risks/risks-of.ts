import { type RiskCode, riskCodes } from "../../rulebook/risk-codes.ts";
import type { SourceFile } from "../../rulebook/source-file.ts";
import { type CalendarDay, type Waiver, waiversOf } from "../../rulebook/waivers.ts";
import type { Risk } from "../plan.ts";
import { audienceBroadened } from "./audience-broadened.ts";
import { burstAboveRate } from "./burst-above-rate.ts";
import { capRaisedOrRemoved } from "./cap-raised-or-removed.ts";
import { changeWithoutTest } from "./change-without-test.ts";
import { collateral } from "./collateral.ts";
import { consentOrClassLoosened } from "./consent-or-class-loosened.ts";
import { contactLoad } from "./contact-load.ts";
import { costBeyondBudget } from "./cost-beyond-budget.ts";
import { delayBelowRaceWindow } from "./delay-below-race-window.ts";
import { experimentChanged } from "./experiment-changed.ts";
import { fallbackUsed } from "./fallback-used.ts";
import { idChangedWithoutMoved } from "./id-changed-without-moved.ts";
import { lowAgreement } from "./low-agreement.ts";
import { moreSegments } from "./more-segments.ts";
import { newCountry } from "./new-country.ts";
import { pendingWorkUndefined } from "./pending-work-undefined.ts";
import { quietHoursChanged } from "./quiet-hours-changed.ts";
import { reentryKeyChanged } from "./reentry-key-changed.ts";
import type { Evidence, RiskCheck } from "./risk-check.ts";
import type { RiskPage } from "./risk-page.ts";
import { ruleMatchesNothing } from "./rule-matches-nothing.ts";
import { stopRemoved } from "./stop-removed.ts";
import { targetOrSecretChanged } from "./target-or-secret-changed.ts";
import { volume } from "./volume.ts";

/** In order of their codes. */
const checks = {
  PLN101: consentOrClassLoosened,
  PLN102: stopRemoved,
  PLN103: quietHoursChanged,
  PLN104: capRaisedOrRemoved,
  PLN105: audienceBroadened,
  PLN106: delayBelowRaceWindow,
  PLN107: reentryKeyChanged,
  PLN108: pendingWorkUndefined,
  PLN109: idChangedWithoutMoved,
  PLN110: experimentChanged,
  PLN111: targetOrSecretChanged,
  PLN201: volume,
  PLN202: costBeyondBudget,
  PLN203: contactLoad,
  PLN204: moreSegments,
  PLN205: newCountry,
  PLN206: burstAboveRate,
  PLN207: collateral,
  PLN301: ruleMatchesNothing,
  PLN302: fallbackUsed,
  PLN303: lowAgreement,
  PLN401: changeWithoutTest,
} as const satisfies Readonly<Record<RiskCode, RiskCheck>>;

export function riskPageOf(code: RiskCode): RiskPage {
  return checks[code].page;
}

export interface Risks {
  /** Errors first, then by code and place. */
  readonly risks: readonly Risk[];
  /** What is to be said of waivers that do not hold. */
  readonly notes: readonly string[];
}

/** The risks in a change, each with the waiver that allows it. */
export function risksOf(evidence: Evidence, today: CalendarDay): Risks {
  const waivers = waiversOf(evidence.head.parsed.sources).filter(({ code }) => code.startsWith("PLN"));
  const used = new Set<Waiver>();
  const ended = new Set<Waiver>();
  const gone = goneFiles(evidence);
  const risks = Object.values<RiskCheck>(checks).flatMap((check) =>
    check.find(evidence).map(({ message, help, rule, file, line }): Risk => {
      const { code } = check;
      const covering = waivers.filter((waiver) => waiver.code === code && covers(waiver, { file, line }, gone));
      const holding = covering.find(({ until }) => until >= today);
      if (holding !== undefined) used.add(holding);
      else for (const waiver of covering) ended.add(waiver);
      const { severity } = riskCodes[code];
      return { code, severity, message, help, rule, file, line, waived: holding?.reason ?? null };
    }),
  );
  const notes = waivers
    .filter((waiver) => !used.has(waiver))
    .map((waiver) => (ended.has(waiver) ? endedNote(waiver) : unusedNote(waiver)));
  return { risks: risks.toSorted(worstFirst), notes };
}

/** Files of rules that are deleted: no comment can stand in them any more, so heed.yaml speaks for them. */
function goneFiles({ base, head }: Evidence): ReadonlySet<string> {
  const there = new Set(head.parsed.sources.map(({ name }: SourceFile) => name));
  return new Set(base.parsed.sources.map(({ name }) => name).filter((name) => !there.has(name)));
}

function covers({ source, line }: Waiver, place: { file: string; line: number }, gone: ReadonlySet<string>): boolean {
  if (gone.has(place.file)) return source.name === "heed.yaml" && line === null;
  return source.name === place.file && (line === null || line === place.line);
}

function endedNote({ code, until, source, range }: Waiver): string {
  return `the waiver of ${code} at ${source.name}:${range.start.line} ended on ${until}`;
}

function unusedNote({ code, source, range }: Waiver): string {
  return `the waiver of ${code} at ${source.name}:${range.start.line} allows nothing in this change: remove it once it is merged`;
}

function worstFirst(a: Risk, b: Risk): number {
  const rank = ({ waived, severity }: Risk): number => (waived !== null ? 2 : severity === "error" ? 0 : 1);
  if (rank(a) !== rank(b)) return rank(a) - rank(b);
  const [one, other] = [a, b].map(({ code, file, line, message }) =>
    [code, file, String(line).padStart(6, "0"), message].join("\0"),
  );
  return (one ?? "") < (other ?? "") ? -1 : 1;
}
