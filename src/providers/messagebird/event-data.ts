import { intentArgumentName } from "../correlation.ts";
import type { EventData } from "../definition.ts";

function texts(...names: readonly string[]): EventData[string] {
  return Object.fromEntries(names.map((name) => [name, "string"]));
}

/** What became of a text, in the words of MessageBird and of Bird. */
const report: EventData[string] = {
  ...texts("status", "originator", "statusReason", "statusErrorCode", "mccmnc", "datacoding"),
  ...texts("event", "channelId", "reason", "failure.description", "failure.source.name"),
  ...texts("error_code", intentArgumentName),
};
const inbound = texts("recipient", "shortcode", "keyword", "operator", "event", "channelId", "status", "direction");

/** What MessageBird's webhooks have beside the envelope. */
export const messageBirdEventData: EventData = {
  "sms.queued": report,
  "sms.sent": report,
  "sms.delivered": report,
  "sms.undelivered": report,
  "sms.failed": report,
  "sms.received": inbound,
  "sms.help": inbound,
  "sms.opted_in": inbound,
  // An opt-out is a text, or a refusal that MessageBird reports of a message of ours.
  "sms.opted_out": { ...inbound, ...report },
};
