import type { CanonicalEvent } from "../core/model/event.ts";
import type { JsonObject } from "../core/model/json.ts";
import { optOutKeyword } from "../core/model/opt-out-keywords.ts";
import { conversationId } from "./conversation.ts";

/** What a vendor that knows opt-out words of its own makes of a text. */
export type VendorReading = "stop" | "start" | "help";

/** A text that a person wrote to one of our numbers. */
export interface InboundText {
  readonly provider: string;
  readonly eventId: string;
  /** The vendor's id of it. */
  readonly messageId: string;
  /** `sms`, or the vendor's other channel that the same person writes on. */
  readonly channel: string;
  /** E.164. */
  readonly theirs: string;
  /** A number, a short code or a sender name of ours; null when the vendor does not say. */
  readonly ours: string | null;
  /** The text; all its values when the vendor gave several. */
  readonly texts: readonly string[];
  readonly readings: readonly VendorReading[];
  readonly occurredAt: string;
  readonly receivedAt: string;
  /** What else the vendor said, under its own names. */
  readonly data: JsonObject;
}

/** The event of a text, whichever vendor brought it. */
export function inboundTextEvent(inbound: InboundText): CanonicalEvent {
  const { texts, theirs, ours } = inbound;
  const stopText = texts.find((text) => optOutKeyword(text, []) === "stop");
  return {
    schema_version: 1,
    event_id: inbound.eventId,
    event_type: stopText === undefined ? typeOf(texts[0] ?? "", inbound.readings) : "sms.opted_out",
    occurred_at: inbound.occurredAt,
    received_at: inbound.receivedAt,
    provider: inbound.provider,
    channel: inbound.channel,
    ...(ours !== null && { conversation_id: conversationId("sms", theirs, ours) }),
    address: { phone: theirs },
    message_id: inbound.messageId,
    data: { ...inbound.data, text: stopText ?? texts[0] ?? "" },
  };
}

/** Where vendor and words disagree, or a value comes twice, it is read in the way that is safe for the sender: STOP wins. */
function typeOf(text: string, readings: readonly VendorReading[]): string {
  if (readings.includes("stop")) return "sms.opted_out";
  const keyword = optOutKeyword(text, []);
  if (readings.includes("start") || keyword === "start") return "sms.opted_in";
  if (readings.includes("help") || keyword === "help") return "sms.help";
  return "sms.received";
}
