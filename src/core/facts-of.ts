import { type Contact, type Enrollment, own } from "./model/contact.ts";
import type { CanonicalEvent } from "./model/event.ts";
import type { Facts } from "./model/facts.ts";
import type { Json, JsonObject } from "./model/json.ts";
import { withMore } from "./model/with-more.ts";
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
  const { contact: known, consent, last, history } = factsOfContact(contact, workspace);
  return {
    event: eventFact(event),
    trigger: trigger.data,
    contact: known,
    consent,
    message: messageFact(contact, event.message_id),
    last,
    history,
    now,
  };
}

interface ContactFacts {
  readonly contact: JsonObject;
  readonly consent: JsonObject;
  readonly last: JsonObject;
  readonly history: JsonObject;
}

/** Of the contact that was asked about last: one decision asks many times, for each of its conditions. */
let newest: { readonly of: Contact; readonly workspace: Workspace; readonly facts: ContactFacts } | null = null;

function factsOfContact(contact: Contact, workspace: Workspace): ContactFacts {
  if (newest?.of !== contact || newest.workspace !== workspace) {
    const facts = {
      contact: contactFact(contact, workspace),
      consent: consentFact(contact, workspace),
      last: lastFact(contact),
      history: historyFact(contact, workspace),
    };
    newest = { of: contact, workspace, facts };
  }
  return newest.facts;
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
  const { id, description, owner, class: messageClass } = rule;
  return withMore(factsOfEvent(contact, workspace, trigger, trigger, now), {
    rule: { id, description, owner, class: messageClass },
  });
}

/** An event is JSON as it stands. */
function eventFact(event: Pick<CanonicalEvent, keyof CanonicalEvent>): JsonObject {
  return event;
}

function contactFact(contact: Contact, workspace: Workspace): JsonObject {
  const { email, phone, push } = contact.addresses;
  const fact: Record<string, Json> = withMore(contact.attributes, {});
  if (contact.id !== null) fact["id"] = contact.id;
  if (email !== undefined) fact["email"] = email.address;
  if (phone !== undefined) fact["phone"] = phone.address;
  if (push !== undefined) fact["push"] = push.address;
  fact["tags"] = contact.tags;
  fact["time_zone"] = zoneOf(contact, workspace);
  return fact;
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
