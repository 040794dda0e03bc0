import { anything } from "../conditions/logic/value-type.ts";
import { messageStatuses } from "../core/model/message-state.ts";
import { type Shape, fieldsOf, textOf, valueType } from "./shape.ts";

type Data = Readonly<Record<string, Shape>>;

const text = textOf(null);
/** The provider took a machine for the one who opened or clicked. */
const machine = valueType("boolean");
/** Where Heed reads that a number does not exist. */
const addressInvalid = valueType("boolean");
/** It reads like an opt-out and is none by its words: for a person to judge. */
const mayBeOptOut = valueType("boolean");
/** The provider knew it and we did not: nobody has just said so. */
const adopted = valueType("boolean");
const consent: Data = {
  channel: text,
  class: textOf(["transactional", "marketing"]),
  source: text,
  wording: text,
  time: valueType("time"),
};

/**
 * Event types that adapters and Heed itself produce, with what Heed names in their data. What else a vendor says stays
 * under the vendor's own names (`eventData` of its definition).
 */
const families: Readonly<Record<string, Readonly<Record<string, Data>>>> = {
  email: {
    processed: {},
    delivered: {},
    deferred: {},
    bounced: { adopted },
    blocked: {},
    dropped: {},
    opened: { machine },
    clicked: { url: text, machine },
    complained: { adopted },
    unsubscribed: { adopted, group: text },
    resubscribed: { group: text },
    replied: { text, may_be_opt_out: mayBeOptOut },
    auto_replied: { text, kind: text },
  },
  sms: {
    queued: {},
    sent: {},
    delivered: {},
    undelivered: { address_invalid: addressInvalid },
    failed: { address_invalid: addressInvalid },
    received: { text, may_be_opt_out: mayBeOptOut },
    opted_out: { text, adopted },
    opted_in: { text },
    help: { text },
  },
  // A call: `sent` while it rings and is answered, `delivered` once the text was spoken.
  voice: {
    queued: {},
    sent: {},
    delivered: { machine },
    undelivered: {},
    failed: {},
  },
  push: {
    queued: {},
    sent: {},
    delivered: {},
    opened: { machine },
    clicked: { url: text, machine },
    dropped: {},
    bounced: {},
    failed: {},
  },
  contact: {
    // What is under traits becomes fields of the contact: the catalogue gives it their shape.
    identified: { traits: anything },
    updated: { traits: anything },
    tagged: { tag: text },
    untagged: { tag: text },
    merged: { from: text },
    // What trackers say: the company of a contact, and a name it had before.
    grouped: { group_id: text, group: anything },
    aliased: { previous_id: text },
    erased: {},
  },
  // What a CRM says of its own record of a contact.
  crm: { contact_created: {}, contact_deleted: {} },
  page: { viewed: { name: text, category: text, title: text, url: text, path: text, referrer: text, search: text } },
  screen: { viewed: { name: text, category: text } },
  consent: { granted: consent, denied: consent },
  address: {
    suppressed: {
      channel: textOf(["email", "sms", "voice"]),
      reason: textOf(["opted_out", "complained", "bounced"]),
      source: text,
      wording: text,
    },
  },
};

/** What providers report of messages of a kind. */
export function statusesOf(kind: string): readonly string[] {
  return Object.keys(families[kind] ?? {}).filter((name) => messageStatuses.includes(name));
}

/** What every event may carry: the identity of somebody who is not known yet. */
const everywhere: Data = { anonymous_id: text };

/** What a source reports by a word that Heed does not know: the word is its type. */
const unknown = ["unknown", fieldsOf({ ...everywhere, type: text }).fields] as const;

/** The data of built-in event types by type, with the shape of contacts in place of `traits`. */
export function builtInEvents(traits: Shape): ReadonlyMap<string, ReadonlyMap<string, Shape>> {
  const named = Object.entries(families).flatMap(([family, types]) =>
    Object.entries(types).map(([name, data]) => {
      const known = { ...everywhere, ...data, ...("traits" in data && { traits }) };
      return [`${family}.${name}`, fieldsOf(known).fields] as const;
    }),
  );
  return new Map([...named, unknown]);
}
