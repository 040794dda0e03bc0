import type { IncomingMessage } from "node:http";
import type { CanonicalEvent } from "../core/model/event.ts";
import { Unavailable } from "../store/store.ts";
import type { Answer } from "./answer.ts";
import { appendWithin } from "./append-within.ts";
import type { DoorContext } from "./door-context.ts";
import { eventFact } from "./facts.ts";
import { readBody } from "./read-body.ts";
import { unsubscribePage } from "./unsubscribe-page.ts";
import type { Unsubscriber } from "./unsubscribing.ts";

/**
 * A link to unsubscribe. Looking at it changes nothing, because mail scanners look at every link; only a POST does,
 * which a mail program makes by itself (RFC 8058) or the page's one button. Whoever reads "you are unsubscribed" is:
 * the event is durable by then.
 */
export async function takeUnsubscribe(context: DoorContext, token: string, request: IncomingMessage): Promise<Answer> {
  const unsubscriber = context.unsubscribing?.()?.read(token) ?? null;
  if (unsubscriber === null) {
    context.tally.refused("none", "invalid");
    return unsubscribePage("unknown");
  }
  if (request.method !== "POST") return unsubscribePage("ask");
  const { store, clock, limits, tally } = context;
  // What stands in it says nothing that the link does not.
  await readBody(request, limits.bodyBytes);
  const fact = eventFact(eventOf(unsubscriber, clock.now(), context.newId()), limits);
  if ("fault" in fact) return unsubscribePage("unknown");
  try {
    await appendWithin(store, [fact], clock, limits.appendMs);
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    tally.refused("none", "unavailable");
    return unsubscribePage("later");
  }
  tally.accepted("unsubscribe", { fresh: 1, duplicates: 0, quarantined: 0 });
  return unsubscribePage("done");
}

/** Each has an id of its own: whoever subscribed again in the meantime means it anew. */
function eventOf({ email, contactId, intentId }: Unsubscriber, now: number, id: string): CanonicalEvent {
  const at = new Date(now).toISOString();
  return {
    schema_version: 1,
    event_id: `unsubscribe:${id}`,
    event_type: "email.unsubscribed",
    occurred_at: at,
    received_at: at,
    provider: "heed",
    channel: "email",
    ...(contactId !== null && { contact_id: contactId }),
    message_id: intentId,
    address: { email },
    data: {},
  };
}
