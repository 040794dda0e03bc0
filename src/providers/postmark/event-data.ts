import { contactArgumentName, intentArgumentName, ruleArgumentName } from "../correlation.ts";
import type { EventData } from "../definition.ts";

type Fields = EventData[string];

/** Who opened or clicked, and with what. */
const client: Fields = {
  ReceivedAt: "time",
  Platform: "string",
  UserAgent: "string",
  ...named("Client"),
  ...named("OS"),
  "Geo.CountryISOCode": "string",
  "Geo.Country": "string",
  "Geo.RegionISOCode": "string",
  "Geo.Region": "string",
  "Geo.City": "string",
  "Geo.Zip": "string",
  "Geo.Coords": "string",
  "Geo.IP": "string",
};

/** A bounce has the same fields whatever it means. */
const bounce: Fields = {
  ID: "integer",
  Type: "string",
  TypeCode: "integer",
  Name: "string",
  Description: "string",
  Details: "string",
  From: "string",
  Subject: "string",
  BouncedAt: "time",
  DumpAvailable: "boolean",
  Inactive: "boolean",
  CanActivate: "boolean",
};

const change: Fields = { ChangedAt: "time", Origin: "string", SuppressSending: "boolean", SuppressionReason: "string" };

const inboundMail: Fields = { MailboxHash: "string", recipient: "string", attachments: "[string]" };

/** What Postmark's webhooks have beside the envelope. Metadata of other mails comes back as well; authors declare it. */
export const postmarkEventData: EventData = {
  "email.*": {
    MessageID: "string",
    MessageStream: "string",
    ServerID: "integer",
    Tag: "string",
    [intentArgumentName]: "string",
    [contactArgumentName]: "string",
    [ruleArgumentName]: "string",
  },
  "email.delivered": { DeliveredAt: "time", Details: "string" },
  "email.deferred": bounce,
  "email.bounced": { ...bounce, ...change },
  "email.blocked": bounce,
  "email.dropped": bounce,
  "email.opened": { ...client, FirstOpen: "boolean", ReadSeconds: "integer" },
  "email.clicked": { ...client, OriginalLink: "string", ClickLocation: "string" },
  "email.complained": { ...bounce, ...change },
  "email.unsubscribed": { ...bounce, ...change },
  "email.resubscribed": change,
  "email.replied": inboundMail,
  "email.auto_replied": { ...inboundMail, ...bounce },
};

function named(part: string): Fields {
  return { [`${part}.Name`]: "string", [`${part}.Company`]: "string", [`${part}.Family`]: "string" };
}
