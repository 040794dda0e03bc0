import type { JsonObject } from "../core/model/json.ts";
import type { ConsentStatement, ContactStatement } from "./contact-statement.ts";

/** Who says it, and as of when. */
export interface Saying {
  /** Of the events: the first of several has this id, the others have it with their number. */
  readonly eventId: string;
  /** Who reports: `api`, `cli`, `import`. */
  readonly provider: string;
  /** RFC 3339. */
  readonly at: string;
  /** For the account: who said so, and why. */
  readonly said: JsonObject;
}

/**
 * What somebody said of a contact, as the events that say so: the same way in as for everything else, so that links,
 * histories and rules know of it. In the shape of `POST /v1/events`.
 */
export function statementEvents(statement: ContactStatement, saying: Saying): readonly JsonObject[] {
  const { id, addresses: address, attributes, tags, untag, consent } = statement;
  const { said, eventId, provider } = saying;
  const whom = { ...(id !== null && { contact_id: id }), ...(Object.keys(address).length > 0 && { address }) };
  const events: JsonObject[] = [];
  const add = (type: string, data: JsonObject, at = saying.at): void => {
    const number = events.length === 0 ? "" : `-${events.length}`;
    const what = { event_id: `${eventId}${number}`, event_type: type, provider, occurred_at: at };
    events.push({ ...what, ...whom, data: { ...data, ...said } });
  };
  const first = firstWord(statement);
  if (first !== null) add(first, { traits: attributes });
  for (const tag of tags) add("contact.tagged", { tag });
  for (const tag of untag) add("contact.untagged", { tag });
  for (const each of consent) add(`consent.${each.state}`, proofOf(each), each.at ?? undefined);
  return events;
}

function proofOf({ channel, source, wording }: ConsentStatement): JsonObject {
  return { channel, class: "marketing", ...(source !== null && { source }), ...(wording !== null && { wording }) };
}

/** Whoever only tells what has changed does not say that somebody is there. Null when all is said otherwise. */
function firstWord({ addresses, attributes, tags, untag, consent }: ContactStatement): string | null {
  if (Object.keys(addresses).length > 0) return "contact.identified";
  if (Object.keys(attributes).length > 0) return "contact.updated";
  return tags.length + untag.length + consent.length === 0 ? "contact.identified" : null;
}
