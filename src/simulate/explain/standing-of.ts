import type { Contact, Enrollment } from "../../core/model/contact.ts";
import type { LedgerRecord } from "../../core/model/decision.ts";
import { isJsonArray } from "../../core/model/parse-json.ts";
import { reasonPages } from "../../rulebook/reasons/pages.ts";
import { clockTime } from "../clock-text.ts";
import type { Standing } from "./story.ts";
import { textOf } from "./text-of.ts";
import { waitingText, waitText } from "./waiting.ts";

/** What each live enrollment of a contact waits for, on the clock of `zone`; the account of it says more of why. */
export function standingOf(contact: Contact, account: readonly LedgerRecord[], zone: string): readonly Standing[] {
  return Object.values(contact.enrollments).map((enrollment) => ({
    rule: enrollment.rule,
    enrollment: enrollment.id,
    text: standingText(contact, enrollment, account, zone),
  }));
}

function standingText(
  { intents }: Contact,
  { id, state, step }: Enrollment,
  account: readonly LedgerRecord[],
  zone: string,
): string {
  if (state.kind === "waiting") {
    const last = account.findLast((record) => record.enrollment === id);
    const { reason } = last?.detail?.["until"] === undefined ? { reason: undefined } : last;
    return `${waitingText(reason, state.until, zone)} for step ${step}${last === undefined || reason === undefined ? "" : `: ${waitText(last, reason, zone)}`}`;
  }
  if (state.kind === "listening") {
    const began = account.findLast(
      ({ enrollment, detail }) => enrollment === id && detail?.["waits_for"] !== undefined,
    );
    const events = began?.detail?.["waits_for"];
    const what = isJsonArray(events) ? events.map(textOf).join(" or ") : "an event";
    return `waits in step ${step} for ${what}, until ${clockTime(state.until, zone)}`;
  }
  const intent = intents[state.intent];
  const reason = intent?.reason ?? null;
  const told = account.findLast((record) => record.intent === intent?.id && record.reason === reason);
  const says = reason === null ? "" : told === undefined ? reasonPages[reason].says : waitText(told, reason, zone);
  const why = says === "" ? "" : `: ${says}`;
  switch (intent?.state.kind) {
    case "deferred":
      return `${waitingText(reason, intent.state.until, zone)} to send step ${step}${why}`;
    case "queued":
      return `waits for its turn in the lane ${intent.channel}.${intent.class} since ${clockTime(intent.changedAt, zone)}`;
    case "calling":
      return `is being sent by ${intent.provider ?? "its provider"} since ${clockTime(intent.changedAt, zone)}`;
    case "unknown":
      return `stands at step ${step}${why}`;
    default:
      return `stands at step ${step}`;
  }
}
