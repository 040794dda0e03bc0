// Generated from the JSON Schema by `npm run generate`; edit the schema instead.

/**
 * Where its API is, when not at the usual place: a proxy, or a local stand-in.
 */
export type BaseUrl = string;
/**
 * How long one call may take.
 */
export type Timeout = string;
/**
 * The type of a value; `[string]` is a list of texts.
 */
export type DataType = ("string" | "number" | "integer" | "boolean" | "time" | ["string"]) | unknown[];
/**
 * One whole number and one unit: `s`, `m` and `h` are exact, `d` and `w` are calendar days in the contact's zone.
 */
export type Duration = string;

/**
 * heed.yaml: the channels, contacts, events, consent and limits that all rules of this folder share. Only here `${NAME}` stands for a variable of the environment.
 */
export interface WorkspaceFile {
  /**
   * The name of this workspace, in kebab-case. Random draws depend on it: do not change it later.
   */
  workspace: string;
  /**
   * The IANA zone of contacts whose own zone is not known.
   */
  time_zone: string;
  /**
   * ISO 3166 code of the country in which phone numbers without a prefix are read.
   */
  country: string;
  providers: Providers;
  channels: Channels;
  contacts?: Contacts;
  events?: Events;
  consent?: Consent;
  /**
   * Upper limits over all rules together.
   *
   * @minItems 1
   * @maxItems 20
   */
  caps?: Cap[];
  replies?: Replies;
  opt_out?: OptingOut;
}
/**
 * The services that carry messages, with their settings. `outbox` needs none: it keeps messages on this machine.
 */
export interface Providers {
  outbox?: Outbox;
  twilio?: Twilio;
  sendgrid?: SendGrid;
}
/**
 * Keeps messages locally and shows them; nothing leaves the machine.
 */
export interface Outbox {}
/**
 * Sends and receives texts through Twilio.
 */
export interface Twilio {
  /**
   * The account, `AC…`.
   */
  account_sid: string;
  /**
   * The account's token; it also verifies webhooks.
   */
  auth_token: string;
  base_url?: BaseUrl;
  timeout?: Timeout;
  webhook?: Webhook;
}
/**
 * How Twilio reaches Heed.
 */
export interface Webhook {
  /**
   * The address under which Twilio calls Heed, which its signature covers.
   */
  public_url?: string;
  /**
   * Tokens that webhooks may be signed with, while tokens are rotated. Without it, `auth_token`.
   *
   * @minItems 1
   */
  auth_tokens?: string | string[];
}
/**
 * Sends email through SendGrid and takes its event webhook.
 */
export interface SendGrid {
  /**
   * A key that may send mail.
   */
  api_key: string;
  base_url?: BaseUrl;
  timeout?: Timeout;
  webhook?: Webhook1;
}
/**
 * How SendGrid's event webhook is verified.
 */
export interface Webhook1 {
  /**
   * The verification key of the signed event webhook, or a list of them while keys are rotated.
   *
   * @minItems 1
   */
  public_key?: string | string[];
  /**
   * A signed request whose timestamp differs more than this from now is refused.
   */
  tolerance?: string;
  /**
   * The custom argument of your other mails that carries the contact's id.
   */
  contact_arg?: string;
}
/**
 * The ways to speak, under names of your own.
 */
export interface Channels {
  [k: string]: Channel;
}
/**
 * One way to speak: its kind says what content it takes, its provider carries it.
 */
export interface Channel {
  /**
   * `email` and `sms` reach the contact; `slack` reaches your own people.
   */
  kind: "email" | "sms" | "slack";
  /**
   * One of `providers`.
   */
  provider: string;
  /**
   * The sender: an address (`Acme <hello@acme.example>`) or a quoted phone number.
   */
  from?: string;
  /**
   * How many sends begin per second, minute or hour, at most. Stay below the provider's own limit.
   */
  rate?: string;
}
/**
 * What is known about contacts.
 */
export interface Contacts {
  fields?: Fields;
}
/**
 * Attributes that rules may read as `contact.<field>`. `id`, `email`, `phone`, `time_zone` and `tags` are always there to read.
 */
export interface Fields {
  [k: string]: ContactField;
}
/**
 * One attribute of a contact.
 */
export interface ContactField {
  type: DataType;
  /**
   * The only values it takes.
   *
   * @minItems 1
   * @maxItems 200
   */
  enum?: (string | number | boolean)[];
  /**
   * Every contact has it, so a text may use it without a fallback. Where it is missing all the same, the message is not sent.
   */
  required?: boolean;
}
/**
 * The catalogue of your own event types, and what built-in ones carry beyond their fixed data.
 */
export interface Events {
  [k: string]: Event;
}
/**
 * One event type.
 */
export interface Event {
  data?: Data;
}
/**
 * What it carries under `event.data`, by name and type.
 */
export interface Data {
  [k: string]: DataType;
}
/**
 * What marketing needs, by kind of channel: `opt_in` is recorded consent, `opt_out` is no objection.
 */
export interface Consent {
  /**
   * What marketing texts need.
   */
  sms?: "opt_in" | "opt_out";
  /**
   * What marketing email needs.
   */
  email?: "opt_in" | "opt_out";
}
/**
 * At most `max` messages in a rolling window. A send counts that was accepted, or may have been.
 */
export interface Cap {
  /**
   * How many messages at most. At least 1.
   */
  max: number;
  /**
   * What is counted together.
   */
  per: "contact";
  /**
   * Only messages of this channel count.
   */
  channel?: string;
  /**
   * Only messages of this class count.
   */
  class?: "transactional" | "marketing";
  within: Duration;
  /**
   * `drop` the message, or `defer` it until there is room.
   */
  on_exceed?: "drop" | "defer";
}
/**
 * What an answer of the contact does.
 */
export interface Replies {
  /**
   * Which enrollments of the contact a reply ends.
   */
  stop?: "marketing" | "all" | "none";
}
/**
 * How contacts opt out.
 */
export interface OptingOut {
  /**
   * Words that opt out when they are the whole message, beside STOP, END, QUIT, UNSUBSCRIBE and the other usual ones.
   *
   * @maxItems 50
   */
  keywords?: string[];
  /**
   * What an opt-out ends: messages of that channel.
   */
  scope?: "channel";
}
