import type { Contact, Enrollment } from "../../core/model/contact.ts";
import { reasonPages } from "../../rulebook/reasons/pages.ts";
import { clockTime } from "../clock-text.ts";
import type { Standing } from "./story.ts";

/** What each live enrollment of a contact waits for, on the clock of `zone`. */
export function standingOf(contact: Contact, zone: string): readonly Standing[] {
  return Object.values(contact.enrollments).map((enrollment) => ({
    rule: enrollment.rule,
    enrollment: enrollment.id,
    text: waitText(contact, enrollment, zone),
  }));
}

function waitText({ intents }: Contact, { state, step }: Enrollment, zone: string): string {
  if (state.kind === "waiting") return `waits until ${clockTime(state.until, zone)} for step ${step}`;
  if (state.kind === "listening") return `waits in step ${step} for an event, until ${clockTime(state.until, zone)}`;
  const intent = intents[state.intent];
  const reason = intent?.reason ?? null;
  const why = reason === null ? "" : `: ${reasonPages[reason].says}`;
  switch (intent?.state.kind) {
    case "deferred":
      return `waits until ${clockTime(intent.state.until, zone)} to send step ${step}${why}`;
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
