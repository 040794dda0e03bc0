import { intentArgumentName, ruleArgumentName } from "../correlation.ts";
import type { EventData } from "../definition.ts";

/** What SES says beside the envelope. Tags of other mails come back as well; authors declare those. */
export const sesEventData: EventData = {
  "email.*": { ses_message_id: "string", [intentArgumentName]: "string", [ruleArgumentName]: "string" },
  "email.delivered": {
    smtpResponse: "string",
    processingTimeMillis: "integer",
    reportingMTA: "string",
    remoteMtaIp: "string",
  },
  "email.deferred": { delayType: "string", expirationTime: "time", reportingMTA: "string", status: "string" },
  "email.dropped": { reason: "string", errorMessage: "string", templateName: "string" },
  "email.bounced": bounce(),
  "email.blocked": bounce(),
  "email.complained": {
    complaintFeedbackType: "string",
    complaintSubType: "string",
    feedbackId: "string",
    userAgent: "string",
    arrivalDate: "time",
  },
  "email.opened": { ipAddress: "string", userAgent: "string" },
  "email.clicked": { ipAddress: "string", userAgent: "string" },
  "email.unsubscribed": { contactList: "string", source: "string" },
  "email.resubscribed": { contactList: "string", source: "string" },
};

/** Both are SES's `Bounce`, told apart by its `bounceType`. */
function bounce(): EventData[string] {
  return {
    bounceType: "string",
    bounceSubType: "string",
    diagnosticCode: "string",
    status: "string",
    action: "string",
    feedbackId: "string",
    reportingMTA: "string",
  };
}
