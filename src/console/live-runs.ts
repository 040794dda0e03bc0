import { cancelForm } from "./contact-page.ts";
import { contactLink } from "./find-page.ts";
import { count, moment, shortened, span } from "./format.ts";
import { html, type Html, type Part } from "./html.ts";
import type { Refs } from "./refs.ts";
import type { Session } from "./session.ts";
import { table } from "./table.ts";

/** Runs of rules that have not ended, as the documents of contacts have them. Moments are epoch milliseconds. */
export interface LiveRuns {
  /** Those that wait for the earliest moment first. */
  of(rule: string): Promise<LiveRunsView>;
}

export interface LiveRunsView {
  readonly runs: readonly LiveRunView[];
  /** Of which `runs` are the first. */
  readonly all: number;
  /** Documents of contacts that were looked at, and whether they are all. */
  readonly contacts: number;
  readonly isWhole: boolean;
  readonly at: number;
}

export interface LiveRunView {
  readonly key: string;
  readonly name: string;
  readonly run: string;
  readonly rule: string;
  readonly arm: "treated" | "holdout";
  readonly since: number;
  readonly step: string;
  readonly state: "waiting" | "listening" | "sending";
  /** Null while it sends. */
  readonly until: number | null;
}

export interface LiveRunsParts {
  readonly live: LiveRuns;
  readonly refs: Refs;
}

interface Shown {
  readonly session: Session;
  readonly zone: string;
  readonly nowMs: number;
}

export async function liveRuns({ live, refs }: LiveRunsParts, rule: string, shown: Shown): Promise<Html> {
  const { session, zone, nowMs } = shown;
  const { runs, all, contacts, isWhole, at } = await live.of(rule);
  const rows = runs.map((run): readonly Part[] => [
    contactLink(refs, run.key, shortened(run.name)),
    moment(run.since, zone),
    run.arm === "holdout" ? "held out" : "messaged",
    doing(run, zone),
    session.role === "operator" ? cancelForm(run.run, run.rule, refs.refOf(run.key), session) : "operators do",
  ]);
  const looked = `Looked at ${isWhole ? "all" : "the first"} ${count(contacts)} contacts ${span(nowMs - at)} ago`;
  return html`${table({
      caption: `${count(all)} under way${all > runs.length ? `, the first ${count(runs.length)} of them` : ""}`,
      columns: [{ label: "Contact" }, { label: "Since" }, { label: "Arm" }, { label: "It" }, { label: "Cancel" }],
      rows,
      empty: "Nobody is under way.",
    })}
    <p class="quiet">${looked}${isWhole ? "." : "; there are more, which are not told of here."}</p>`;
}

function doing({ state, until, step }: LiveRunView, zone: string): Html {
  if (until === null) return html`is sending, at step ${step}`;
  if (state === "waiting") return html`waits until ${moment(until, zone)}, then step ${step}`;
  return html`waits for an event, at most until ${moment(until, zone)}, at step ${step}`;
}
