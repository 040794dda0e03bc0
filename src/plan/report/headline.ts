import { count } from "../../rulebook/report/count.ts";
import type { Backtest, Plan, Revision, Risk } from "../plan.ts";
import { number, percent } from "../say-numbers.ts";

/** `origin/main (61314f2a)`. */
export function sayRevision({ name, commit, dirty }: Revision): string {
  const short = commit?.slice(0, 8) ?? null;
  if (short === null) return name;
  if (name === "WORKTREE") return `the work tree (${short}${dirty ? " and changes" : ""})`;
  return name.startsWith(short) ? short : `${name} (${short})`;
}

export function changesNothing({ ruleChanges, workspaceChanges }: Plan): boolean {
  return ruleChanges.length === 0 && workspaceChanges.length === 0;
}

export function openRisks({ risks }: Plan): readonly Risk[] {
  return risks.filter(({ waived }) => waived === null);
}

/** What a reader wants to know first. */
export function verdictOf(plan: Plan): string {
  const open = openRisks(plan);
  const errors = open.filter(({ severity }) => severity === "error").length;
  const found = [count(errors, "error"), count(open.length - errors, "warning")].filter((part) => part !== null);
  if (found.length > 0) return found.join(", ");
  if (changesNothing(plan)) return "nothing changes";
  const only = [...plan.ruleChanges.map(({ classes }) => classes), plan.workspaceChanges.map((one) => one.class)];
  return only.flat().every((each) => each === "cosmetic") ? "changes nobody notices" : "no risks found";
}

/** What the numbers were made from, in one line. */
export function sayBasis(backtest: Backtest): string {
  const { events, sample, calibration } = backtest;
  const of = sample === 1 ? "of every contact" : `of ${percent(sample)} of the contacts, scaled up`;
  const agreement =
    calibration === null
      ? "what was really sent is not known"
      : `the replay agrees with what was really sent to ${percent(calibration.agreement)}`;
  return `${span(events.from, events.to)} of ${events.source}: ${number(events.count)} events ${of}; ${agreement}`;
}

function span(from: number, to: number): string {
  const days = (to - from) / 86_400_000;
  if (days >= 2) return `${Math.round(days)} days`;
  const hours = Math.max(1, Math.round((to - from) / 3_600_000));
  return `${hours} hour${hours === 1 ? "" : "s"}`;
}

/** How far the numbers can be believed, in sentences. */
export function caveatsOf({ backtest, inFlight, notes, impact }: Plan): readonly string[] {
  const own =
    backtest === null
      ? ["No recorded events were given (--events), so how many messages come, go or move is not known."]
      : [
          ...(backtest.calibration?.confidence === "low"
            ? ["The replay does not send what was really sent: read the numbers as directions."]
            : []),
          ...(backtest.downstream === 0
            ? []
            : [
                `${percent(backtest.downstream)} of the planned sends stand behind messages that only one side sends: how people react to those is not known.`,
              ]),
          ...backtest.notes,
        ];
  const flight = inFlight === null ? ["What is under way is not known: no store was asked (--store, --data-dir)."] : [];
  const loops = impact.loops.map((rules) => `${rules.join(" and ")} newly start each other without end`);
  return [...loops, ...notes, ...own, ...flight].map(stopped);
}

/** With a capital and a full stop. */
export function sentence(text: string): string {
  return stopped(`${text.charAt(0).toUpperCase()}${text.slice(1)}`);
}

/** With a full stop: what may begin with the name of a rule keeps its first letter. */
export function stopped(text: string): string {
  return /[.!?…:]$/.test(text) ? text : `${text}.`;
}
