import { contactArgumentName, intentArgumentName, ruleArgumentName } from "../correlation.ts";
import type { EventData } from "../definition.ts";

const client: EventData[string] = {
  ip: "string",
  "client-info.client-type": "string",
  "client-info.client-os": "string",
  "client-info.device-type": "string",
  "client-info.client-name": "string",
  "client-info.user-agent": "string",
  "client-info.bot": "string",
  "geolocation.country": "string",
  "geolocation.region": "string",
  "geolocation.city": "string",
};

const delivery: EventData[string] = {
  "envelope.transport": "string",
  "envelope.sender": "string",
  "envelope.sending-ip": "string",
  "envelope.targets": "string",
  "delivery-status.code": "integer",
  "delivery-status.message": "string",
  "delivery-status.description": "string",
  "delivery-status.enhanced-code": "string",
  "delivery-status.bounce-code": "string",
  "delivery-status.attempt-no": "integer",
  "delivery-status.retry-seconds": "integer",
  "delivery-status.session-seconds": "number",
  "delivery-status.mx-host": "string",
  "delivery-status.tls": "boolean",
  "delivery-status.utf8": "boolean",
  "delivery-status.certificate-verified": "boolean",
};

/** Also of what is told beside it: a message that was not sent because its address is on a list of Mailgun's. */
const failure: EventData[string] = { ...delivery, severity: "string", reason: "string" };

/** What Mailgun's webhooks have beside the envelope. Variables of other mails come back as well; authors declare those, a `template` too. */
export const mailgunEventData: EventData = {
  "email.*": {
    "recipient-domain": "string",
    "recipient-provider": "string",
    "log-level": "string",
    tags: "[string]",
    campaigns: "[string]",
    "message.headers.message-id": "string",
    "message.headers.to": "string",
    "message.headers.from": "string",
    "message.headers.subject": "string",
    "message.size": "integer",
    "flags.is-routed": "boolean",
    "flags.is-authenticated": "boolean",
    "flags.is-system-test": "boolean",
    "flags.is-test-mode": "boolean",
    "flags.is-delayed-bounce": "boolean",
    "batch.id": "string",
    "storage.url": "string",
    "storage.key": "string",
    "storage.region": "string",
    "storage.env": "string",
    [intentArgumentName]: "string",
    [contactArgumentName]: "string",
    [ruleArgumentName]: "string",
  },
  "email.processed": delivery,
  "email.delivered": delivery,
  "email.deferred": failure,
  "email.bounced": failure,
  "email.blocked": failure,
  "email.dropped": { ...failure, "reject.reason": "string", "reject.description": "string" },
  "email.opened": client,
  "email.clicked": client,
  "email.complained": failure,
  "email.unsubscribed": { ...client, ...failure },
  "email.replied": inboundMail(),
  "email.auto_replied": inboundMail(),
};

/** What a route tells of a mail. */
function inboundMail(): EventData[string] {
  return {
    recipient: "string",
    attachments: "[string]",
    "attachment-count": "string",
    "stripped-signature": "string",
    domain: "string",
  };
}
