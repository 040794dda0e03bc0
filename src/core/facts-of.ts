import { type Contact, type Enrollment, own } from "./model/contact.ts";
import type { CanonicalEvent } from "./model/event.ts";
import type { Facts } from "./model/facts.ts";
import type { Json, JsonObject } from "./model/json.ts";
import { reachesContact, type Rule, type Workspace } from "./model/rulebook.ts";
import { zoneOf } from "./zones.ts";

/** What a condition over an event reads: the event itself, the one that started the enrollment if any, and the contact now. */
export function factsOfEvent(
  contact: Contact,
  workspace: Workspace,
  event: CanonicalEvent,
  trigger: CanonicalEvent,
  now: number,
): Facts {
  return {
    event: eventFact(event),
    trigger: trigger.data,
    contact: contactFact(contact, workspace),
    consent: consentFact(contact, workspace),
    message: messageFact(contact, event.message_id),
    last: lastFact(contact),
    history: historyFact(contact, workspace),
    now,
  };
}

/** What a guard, a `when` or a template reads, long after the trigger. */
export function factsOfEnrollment(
  contact: Contact,
  workspace: Workspace,
  rule: Rule,
  enrollment: Enrollment,
  now: number,
): Facts {
  const { trigger } = enrollment;
  return {
    ...factsOfEvent(contact, workspace, trigger, trigger, now),
    rule: { id: rule.id, description: rule.description, owner: rule.owner, class: rule.class },
  };
}

function eventFact(event: CanonicalEvent): JsonObject {
  return { ...event } satisfies { readonly [field in keyof CanonicalEvent]: Json };
}

function contactFact(contact: Contact, workspace: Workspace): JsonObject {
  return {
    ...contact.attributes,
    ...(contact.id !== null && { id: contact.id }),
    ...(contact.addresses.email && { email: contact.addresses.email.address }),
    ...(contact.addresses.phone && { phone: contact.addresses.phone.address }),
    ...(contact.addresses.push && { push: contact.addresses.push.address }),
    tags: contact.tags,
    time_zone: zoneOf(contact, workspace),
  };
}

/** By channel name, because that is how authors write `consent.<channel>`. */
function consentFact(contact: Contact, workspace: Workspace): JsonObject {
  const states: Record<string, Json> = {};
  for (const channel of workspace.channels.values()) {
    if (reachesContact(channel.kind)) states[channel.name] = contact.consent[channel.kind]?.state ?? "unknown";
  }
  return states;
}

function messageFact(contact: Contact, messageId: string | undefined): JsonObject {
  const state = messageId === undefined ? undefined : own(contact.messages, messageId);
  return state === undefined ? {} : { status: state.status };
}

/** What `did` and `was_sent` ask. */
function historyFact(contact: Contact, { historySince }: Workspace): JsonObject {
  const sent = contact.taken.map(({ channel, rule, at }) => ({ channel, rule, at }));
  return { did: contact.history, sent, ...(historySince !== undefined && { since: historySince }) };
}

/** `last.<channel>.status`: the newest message that Heed began to send through each channel. */
function lastFact(contact: Contact): JsonObject {
  const newest: Record<string, { readonly at: number; readonly status: string }> = {};
  for (const intent of Object.values(contact.intents)) {
    const at = intent.lastCallAt;
    if (at === null || at < (newest[intent.channel]?.at ?? 0)) continue;
    newest[intent.channel] = { at, status: own(contact.messages, intent.id)?.status ?? intent.state.kind };
  }
  return Object.fromEntries(Object.entries(newest).map(([channel, { status }]) => [channel, { status }]));
}
