import { intentArgumentName } from "../correlation.ts";
import type { EventData } from "../definition.ts";

function texts(...names: readonly string[]): EventData[string] {
  return Object.fromEntries(names.map((name) => [name, "string"]));
}

/** What became of a text, in the words of the SMS API and of the Messages API. */
const report: EventData[string] = {
  ...texts("status", "to", "err-code", "network-code", "price", "scts"),
  ...texts("from", "usage.currency", "usage.price", "error.title", "error.detail", "error.type"),
  ...texts("error_code", intentArgumentName),
};
const inbound = texts("to", "type", "keyword", "concat", "concat-ref", "concat-total", "concat-part", "message_type");

/** What Vonage's webhooks have beside the envelope. */
export const vonageEventData: EventData = {
  "sms.sent": report,
  "sms.delivered": report,
  "sms.undelivered": report,
  "sms.failed": report,
  "sms.received": inbound,
  "sms.help": inbound,
  "sms.opted_in": inbound,
  // An opt-out is a text, or a refusal that Vonage reports of a message of ours.
  "sms.opted_out": { ...inbound, ...report },
};
