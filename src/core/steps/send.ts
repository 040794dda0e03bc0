import { channelFor } from "../channel-choice.ts";
import { enqueueTicket, recordIntent } from "../intents.ts";
import type { Enrollment, Intent } from "../model/contact.ts";
import type { Rule, SendStep } from "../model/rulebook.ts";
import { idOf } from "../model/sha256.ts";
import { putEnrollment, type Run } from "../run.ts";

/** A send does not send: it puts a ticket into the lane of its channel and class. The gates run when its turn comes. */
export function send(run: Run, rule: Rule, enrollment: Enrollment, step: SendStep): void {
  const id = idOf(run.contact.key, enrollment.id, step.id);
  putEnrollment(run, { ...enrollment, state: { kind: "sending", intent: id } });
  const intent: Intent = {
    id,
    enrollment: enrollment.id,
    rule: rule.id,
    step: step.id,
    channel: channelFor(run, rule, step),
    tried: [],
    class: rule.class,
    provider: null,
    counted: false,
    state: { kind: "queued" },
    ticket: 0,
    attempt: 0,
    failures: 0,
    firstCallAt: null,
    lastCallAt: null,
    providerMessageId: null,
    reason: null,
    changedAt: run.now,
  };
  enqueueTicket(run, intent);
  recordIntent(run, intent, "meant");
}
