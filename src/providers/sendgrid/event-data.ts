import { contactArgumentName, intentArgumentName, ruleArgumentName } from "../correlation.ts";
import type { EventData } from "../definition.ts";

/** What Inbound Parse says of a mail beside its words. */
const mail: EventData[string] = { spam_score: "number", SPF: "string", dkim: "string", attachments: "[string]" };

/** What SendGrid's event webhook has beside the envelope. Custom arguments of other mails come back as well; authors declare those. */
export const sendGridEventData: EventData = {
  "email.*": {
    sg_message_id: "string",
    "smtp-id": "string",
    category: ["string", "[string]"],
    asm_group_id: "integer",
    sg_template_id: "string",
    sg_template_name: "string",
    marketing_campaign_id: ["integer", "string"],
    marketing_campaign_name: "string",
    [intentArgumentName]: "string",
    [contactArgumentName]: "string",
    [ruleArgumentName]: "string",
  },
  "email.replied": mail,
  "email.auto_replied": mail,
  "email.processed": { send_at: "integer", "pool.name": "string", "pool.id": "integer" },
  "email.delivered": { response: "string", ip: "string", tls: "integer" },
  "email.deferred": {
    response: "string",
    reason: "string",
    attempt: "string",
    domain: "string",
    ip: "string",
    tls: "integer",
  },
  "email.dropped": { reason: "string", status: "string" },
  "email.bounced": failure(),
  "email.blocked": failure(),
  "email.opened": { useragent: "string", ip: "string", sg_machine_open: "boolean", sg_content_type: "string" },
  "email.clicked": { useragent: "string", ip: "string", "url_offset.index": "integer", "url_offset.type": "string" },
  "email.complained": { useragent: "string", ip: "string", reason: "string", status: "string" },
  "email.unsubscribed": { useragent: "string", ip: "string", url: "string", reason: "string", status: "string" },
  "email.resubscribed": { useragent: "string", ip: "string", url: "string" },
};

/** Both are SendGrid's `bounce`, told apart by its `type`. */
function failure(): EventData[string] {
  return {
    reason: "string",
    status: "string",
    type: "string",
    ip: "string",
    tls: "integer",
    bounce_classification: "string",
  };
}
