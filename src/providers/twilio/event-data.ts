import { contactArgumentName, intentArgumentName } from "../correlation.ts";
import type { EventData } from "../definition.ts";

/** Every parameter of a form is a text. */
function texts(...names: readonly string[]): EventData[string] {
  return Object.fromEntries(names.map((name) => [name, "string"]));
}

/** Twilio's own word on a message of ours, and what became of it. */
const status = texts(
  "MessageStatus",
  "From",
  "MessagingServiceSid",
  "ErrorCode",
  "ErrorMessage",
  "RawDlrDoneDate",
  "error_code",
  intentArgumentName,
  contactArgumentName,
);
/** And on a call. */
const call = texts(
  "CallStatus",
  "CallbackSource",
  "From",
  "Direction",
  "CallDuration",
  "Duration",
  "AnsweredBy",
  "SequenceNumber",
  "SipResponseCode",
  "Timestamp",
  "error_code",
  intentArgumentName,
  contactArgumentName,
);
/** Beside the text, which every inbound message has under Heed's own name. */
const inbound = texts(
  "To",
  "MessagingServiceSid",
  "NumMedia",
  "NumSegments",
  "MediaUrl0",
  "MediaContentType0",
  "FromCity",
  "FromState",
  "FromZip",
  "FromCountry",
  "ToCity",
  "ToState",
  "ToZip",
  "ToCountry",
  "OptOutType",
);

/** What Twilio's webhooks have beside the envelope. */
export const twilioEventData: EventData = {
  "sms.queued": status,
  "sms.sent": status,
  "sms.delivered": status,
  "sms.undelivered": status,
  "sms.failed": status,
  "voice.queued": call,
  "voice.sent": call,
  "voice.delivered": call,
  "voice.undelivered": call,
  "voice.failed": call,
  "sms.received": inbound,
  "sms.help": inbound,
  "sms.opted_in": inbound,
  // An opt-out is a text, or a refusal that Twilio reports of a message of ours.
  "sms.opted_out": { ...inbound, ...status },
};
