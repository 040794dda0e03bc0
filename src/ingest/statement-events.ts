import type { JsonObject } from "../core/model/json.ts";
import type { ContactStatement } from "./contact-statement.ts";

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
  const { id, email, phone, attributes, tags, untag, consent } = statement;
  const address = { ...(email !== null && { email }), ...(phone !== null && { phone }) };
  const whom = { ...(id !== null && { contact_id: id }), ...(Object.keys(address).length > 0 && { address }) };
  const { said } = saying;
  const first = firstWord(statement);
  const events: JsonObject[] = [
    ...(first === null ? [] : [{ event_type: first, data: { traits: attributes, ...said } }]),
    ...tags.map((tag) => ({ event_type: "contact.tagged", data: { tag, ...said } })),
    ...untag.map((tag) => ({ event_type: "contact.untagged", data: { tag, ...said } })),
    ...consent.map(({ channel, state, source, wording, at }) => ({
      event_type: `consent.${state}`,
      ...(at !== null && { occurred_at: at }),
      data: {
        channel,
        class: "marketing",
        ...(source !== null && { source }),
        ...(wording !== null && { wording }),
        ...said,
      },
    })),
  ];
  return events.map((event, index) => ({
    event_id: index === 0 ? saying.eventId : `${saying.eventId}-${index}`,
    provider: saying.provider,
    occurred_at: saying.at,
    ...whom,
    ...event,
  }));
}

/** Whoever only tells what has changed does not say that somebody is there. Null when all is said otherwise. */
function firstWord({ email, phone, attributes, tags, untag, consent }: ContactStatement): string | null {
  if (email !== null || phone !== null) return "contact.identified";
  if (Object.keys(attributes).length > 0) return "contact.updated";
  return tags.length + untag.length + consent.length === 0 ? "contact.identified" : null;
}
