import { enrollTriggered, stopByEvent } from "./enrollments.ts";
import { absorb, handOn, learnAddresses, link, tellAddress } from "./linking.ts";
import { isReply } from "./matching.ts";
import { own } from "./model/contact.ts";
import { addressKey } from "./model/identity.ts";
import type { Handed } from "./model/decision.ts";
import { type CanonicalEvent, eventKey } from "./model/event.ts";
import type { Json } from "./model/json.ts";
import { advanceMessage, statusOfEvent } from "./model/message-state.ts";
import { markSeen, wasSeen } from "./model/seen.ts";
import { endSilenced, learnConsent, recognize, silencedElsewhere } from "./opting-out.ts";
import { confirmTaken } from "./outcome.ts";
import { change, record, type Run } from "./run.ts";
import { happenedAt } from "./time/event-time.ts";

/** Takes in what was delivered, once. False when this document has decided it before. */
export function receive(run: Run, input: { readonly id: string } & Handed): boolean {
  // The same event is the same by whatever way it came, so its own key counts, not the delivery's id.
  const id = input.kind === "event" ? eventKey(input.event) : input.id;
  if (wasSeen(run.contact.seen, id)) return false;
  change(run, { seen: markSeen(run.contact.seen, id, run.now) });
  switch (input.kind) {
    case "event":
      receiveEvent(run, input.event);
      break;
    case "link":
      link(run, input.contact);
      break;
    case "handover":
      absorb(run, input.from, input.state);
      break;
  }
  return true;
}

function receiveEvent(run: Run, received: CanonicalEvent): void {
  const event = recognize(run, received);
  record(run, { kind: "event", event: event.event_id, detail: { type: event.event_type, provider: event.provider } });
  learnConsent(run, event);
  if (run.contact.pointsTo.length > 0) {
    // A call that was under way when the address was linked is still ours to settle.
    if (event.message_id !== undefined && statusOfEvent(event.event_type) !== null) confirmTaken(run, event.message_id);
    return handOn(run, event);
  }
  learnAddresses(run, event);
  learnTraits(run, event);
  learnMessage(run, event);
  const address = silencedElsewhere(run, event);
  if (address !== null) tellAddress(run, address, event);
  stopByEvent(run, event);
  endSilenced(run, event);
  enrollTriggered(run, event);
  if (run.rulebook.stopEventTypes.has(event.event_type) || isReply(event)) {
    change(run, { recent: [...run.contact.recent, event] });
  }
}

/** Characters of JSON: a quarter of the smallest document limit of any store. */
const MOST_ATTRIBUTES = 65_536;

/** Names that would be shadowed by what Heed itself knows, or that no plain object should carry. */
const NOT_ATTRIBUTES: ReadonlySet<string> = new Set([
  "id",
  "email",
  "phone",
  "tags",
  "__proto__",
  "constructor",
  "prototype",
]);

function learnTraits(run: Run, event: CanonicalEvent): void {
  if (event.event_type !== "contact.identified" && event.event_type !== "contact.updated") return;
  const traits = event.data["traits"];
  if (!isObject(traits)) return;
  const learned = Object.entries(traits).filter(([name]) => !NOT_ATTRIBUTES.has(name));
  const attributes = { ...run.contact.attributes, ...Object.fromEntries(learned) };
  // A document must always have room for an opt-out, so what would outgrow it is not taken in.
  if (JSON.stringify(attributes).length > MOST_ATTRIBUTES) {
    return record(run, { kind: "identity", event: event.event_id, detail: { attributes_refused: learned.length } });
  }
  change(run, { attributes });
}

function isObject(value: Json | undefined): value is { readonly [key: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What a provider reports of a message: its state, proof that it was taken, and whether its address is dead. */
function learnMessage(run: Run, event: CanonicalEvent): void {
  const status = statusOfEvent(event.event_type);
  if (status === null || event.message_id === undefined) return;
  const known = own(run.contact.messages, event.message_id);
  const state = advanceMessage(known, status, happenedAt(event, run.now));
  const channel = event.channel ?? known?.channel ?? null;
  change(run, { messages: { ...run.contact.messages, [event.message_id]: { ...state, channel } } });
  confirmTaken(run, event.message_id);
  const phone = event.address?.phone;
  if (event.data["address_invalid"] === true && phone !== undefined) {
    change(run, { invalid: { ...run.contact.invalid, [addressKey("phone", phone)]: run.now } });
  }
}
