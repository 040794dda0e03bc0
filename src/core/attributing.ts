import { type Contact, own } from "./model/contact.ts";
import type { CanonicalEvent } from "./model/event.ts";
import type { JsonObject } from "./model/json.ts";
import { statusOfEvent } from "./model/message-state.ts";
import type { Run } from "./run.ts";
import { happenedAt } from "./time/event-time.ts";

/** A vendor that was asked later names a message by its own id, not by ours: the event with the one that we know it by. */
export function byOurName(run: Run, event: CanonicalEvent): CanonicalEvent {
  const { message_id: named } = event;
  if (named === undefined || own(run.contact.intents, named) !== undefined) return event;
  const intent = Object.values(run.contact.intents).find(
    ({ provider, providerMessageId }) => providerMessageId === named && provider === event.provider,
  );
  return intent === undefined ? event : { ...event, message_id: intent.id };
}

/** Whoever writes or opts out this long after a message may well mean it. */
const ANSWERED_WITHIN_MS = 7 * 24 * 3_600_000;

/** Words of a person that name no message, by the family of channels that they come through. */
const ANSWERS: ReadonlySet<string> = new Set([
  "sms.received",
  "sms.opted_out",
  "email.replied",
  "email.unsubscribed",
  "email.complained",
]);

/**
 * Which message of ours an event speaks of, for those who count: by its id; of a person's words that name none, the last
 * message before them through such a channel. `first`: no copy of it, and no earlier open or click, has told the same.
 * What a provider had heard before and tells of only now (`adopted`) answers no message, whichever brought it up.
 */
export function messageMeant(run: Run, event: CanonicalEvent): JsonObject | null {
  if (event.data["adopted"] === true) return null;
  const { contact } = run;
  const status = statusOfEvent(event.event_type);
  const named = event.message_id === undefined ? undefined : own(contact.intents, event.message_id);
  if (named !== undefined) {
    const known = own(contact.messages, named.id);
    const first = status === null || known?.times[status] === undefined;
    return { rule: named.rule, intent: named.id, channel: named.channel, first };
  }
  if (!ANSWERS.has(event.event_type)) return null;
  const answered = lastBefore(run, contact, event);
  return answered === null ? null : { ...answered, first: true };
}

function lastBefore(run: Run, contact: Contact, event: CanonicalEvent): JsonObject | null {
  const at = happenedAt(event, run.now);
  const kind = event.event_type.slice(0, event.event_type.indexOf("."));
  const place = contact.taken.findLast(
    (taken) =>
      taken.at <= at &&
      taken.at > at - ANSWERED_WITHIN_MS &&
      run.rulebook.workspace.channels.get(taken.channel)?.kind === kind,
  );
  return place === undefined ? null : { rule: place.rule, intent: place.intent, channel: place.channel };
}
