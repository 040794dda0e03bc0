import { cloudevents } from "./cloudevents/cloudevents.ts";
import { customerio } from "./customerio/customerio.ts";
import type { ProviderDefinition } from "./definition.ts";
import { fcm } from "./fcm/fcm.ts";
import { hubspot } from "./hubspot/hubspot.ts";
import { mailgun } from "./mailgun/mailgun.ts";
import { messagebird } from "./messagebird/messagebird.ts";
import { outbox } from "./outbox/outbox.ts";
import { postmark } from "./postmark/postmark.ts";
import { rudderstack } from "./rudderstack/rudderstack.ts";
import { segment } from "./segment/segment.ts";
import { sendgrid } from "./sendgrid/sendgrid.ts";
import { ses } from "./ses/ses.ts";
import { slack } from "./slack/slack.ts";
import { smtp } from "./smtp/smtp.ts";
import { standardWebhooks } from "./standard_webhooks/standard-webhooks.ts";
import { twilio } from "./twilio/twilio.ts";
import { vonage } from "./vonage/vonage.ts";
import { webhook } from "./webhook/webhook.ts";
import { zendesk } from "./zendesk/zendesk.ts";

/** Webhooks that `sources:` of heed.yaml describes are no vendor's: each has its definition by its name. */
export { sourceDefinition } from "./source/source.ts";

/** Every provider there is, by its name in heed.yaml. A vendor is removed by deleting its folder and its line here. */
export const providerRegistry: ReadonlyMap<string, ProviderDefinition> = new Map(
  [
    outbox,
    sendgrid,
    ses,
    smtp,
    twilio,
    mailgun,
    postmark,
    vonage,
    messagebird,
    standardWebhooks,
    cloudevents,
    segment,
    rudderstack,
    hubspot,
    customerio,
    fcm,
    slack,
    zendesk,
    webhook,
  ].map((definition) => [definition.name, definition]),
);
