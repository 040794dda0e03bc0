import type { CanonicalEvent } from "../core/model/event.ts";
import type { JsonObject } from "../core/model/json.ts";
import { conversationId } from "./conversation.ts";
import { contactArgumentName, intentArgumentName } from "./correlation.ts";
import { unknownType } from "./event-parts.ts";

/** What a vendor says became of a text or a call of ours. */
export interface MessageReport {
  readonly provider: string;
  readonly kind: "sms" | "voice";
  /** The same as `kind`, or the vendor's other channel that the message went through. */
  readonly channel: string;
  /** The vendor's id of the message. */
  readonly messageId: string;
  /** What event ids begin with, where the message's id alone does not tell one recipient from another. */
  readonly about?: string;
  /** Heed's word for it: `delivered`. Null when Heed has none for the vendor's. */
  readonly status: string | null;
  /** The vendor's own word. */
  readonly said: string;
  /** E.164. */
  readonly theirs: string;
  /** A number, a short code or a sender name of ours; null when the vendor does not say. */
  readonly ours: string | null;
  /** Our own ids, where they came back. */
  readonly intent: string | null;
  readonly contact: string | null;
  /** The vendor's code of what went wrong, and what it means for the address. */
  readonly errorCode: string | null;
  readonly meaning: "opted_out" | "invalid_address" | null;
  readonly occurredAt: string;
  readonly receivedAt: string;
  /** What else the vendor said, under its own names. */
  readonly data: JsonObject;
}

/**
 * The events of a report: what became of the message and, when it was refused because the recipient said stop to the
 * vendor or the carrier, that as well, which we may not have known.
 */
export function reportEvents(report: MessageReport): readonly CanonicalEvent[] {
  const { intent, contact, errorCode, meaning, theirs, ours, status, about = report.messageId } = report;
  const event: CanonicalEvent = {
    schema_version: 1,
    event_id: `${about}:${report.said}`,
    event_type: status === null ? unknownType : `${report.kind}.${status}`,
    occurred_at: report.occurredAt,
    received_at: report.receivedAt,
    provider: report.provider,
    channel: report.channel,
    ...(ours !== null && report.kind === "sms" && { conversation_id: conversationId("sms", theirs, ours) }),
    address: { phone: theirs },
    ...(contact !== null && { contact_id: contact }),
    message_id: intent ?? report.messageId,
    data: {
      ...report.data,
      ...(intent !== null && { [intentArgumentName]: intent }),
      ...(contact !== null && { [contactArgumentName]: contact }),
      ...(errorCode !== null && { error_code: errorCode }),
      ...(meaning === "invalid_address" && { address_invalid: true }),
      ...(status === null && { type: report.said }),
    },
  };
  const told: CanonicalEvent = status === null ? event : { ...event, delivery_status: status };
  if (meaning !== "opted_out") return [told];
  const data = { ...event.data, adopted: true };
  return [told, { ...event, event_id: `${about}:opted_out`, event_type: "sms.opted_out", data }];
}
