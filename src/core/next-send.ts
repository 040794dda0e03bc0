import type { Contact, Enrollment } from "./model/contact.ts";
import type { Rule, Rulebook } from "./model/rulebook.ts";
import { fractionOf } from "./model/sha256.ts";
import { addRange } from "./time/duration.ts";
import { nextLocalTime } from "./time/local-time.ts";
import { ruleOf } from "./versions.ts";
import { zoneNamed, zoneOf } from "./zones.ts";

/** More steps in a row than any rule has. */
const MOST_STEPS = 100;

/**
 * When the next message of a run would be sent, as far as time alone says; `open` when that hinges on an event, a condition
 * or an answer that is awaited; null when there is none to come.
 */
export function nextSend(
  rulebook: Rulebook,
  contact: Contact,
  enrollment: Enrollment,
  now: number,
): number | "open" | null {
  const rule = ruleOf({ rulebook }, enrollment);
  if (rule === undefined || !rule.enabled || rule.shadow || enrollment.arm === "holdout") return null;
  const { state } = enrollment;
  switch (state.kind) {
    case "listening":
      return "open";
    case "waiting":
      return sendAfter(rulebook, contact, enrollment, { rule, from: state.until });
    case "sending": {
      const intent = contact.intents[state.intent];
      if (intent?.state.kind === "deferred") return within(enrollment, intent.state.until);
      return intent?.state.kind === "queued" ? now : "open";
    }
  }
}

/** Steps that take no time lead on to the next; where the way parts, nobody knows. */
function sendAfter(
  { workspace }: Rulebook,
  contact: Contact,
  enrollment: Enrollment,
  { rule, from }: { readonly rule: Rule; readonly from: number },
): number | "open" | null {
  let at = from;
  let id: string | null = enrollment.step;
  for (let taken = 0; id !== null && taken < MOST_STEPS; taken += 1) {
    const step = rule.steps.get(id);
    if (step === undefined) return null;
    switch (step.verb) {
      case "stop":
        return null;
      case "send":
        return within(enrollment, at);
      case "branch":
      case "wait_for":
        return "open";
      case "wait":
        at =
          step.wait.kind === "for"
            ? addRange(at, step.wait.range, zoneOf(contact, workspace), fractionOf(enrollment.id, step.id))
            : nextLocalTime(step.wait.minute, at, zoneNamed(step.wait.zone, contact, workspace));
        id = step.next;
        break;
      default:
        id = step.next;
    }
  }
  return null;
}

/** A run that expires before says nothing. */
function within({ expiresAt }: Enrollment, at: number): number | null {
  return at < expiresAt ? at : null;
}
