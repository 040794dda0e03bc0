// Generated from the JSON Schema by `npm run generate`; edit the schema instead.

/**
 * Takes CloudEvents 1.0 over HTTP: structured, batched and binary. Whom an event concerns is `contact_id`, `email` or `phone` under its `data`, else its subject.
 */
export type CloudEvents = {
  [k: string]: unknown;
} & {
  /**
   * What the sender writes into `Authorization: Bearer …`; a list of them while tokens are rotated.
   *
   * @minItems 1
   */
  bearer_token?: string | string[];
  /**
   * With it, requests may be signed as Standard Webhooks says instead: `whsec_…` or `whpk_…`, or a list of them.
   *
   * @minItems 1
   */
  signing_secret?: string | string[];
  /**
   * A signed request whose time differs more than this from now is refused.
   */
  tolerance?: string;
};
/**
 * Where its API is, when not at the usual place: a proxy, or a local stand-in.
 */
export type BaseUrl = string;
/**
 * How long one call may take.
 */
export type Timeout = string;
/**
 * Takes Segment's webhook destination at `/webhooks/segment`, and with a write key its HTTP API: `/v1/identify`, `/v1/track`, `/v1/page`, `/v1/screen`, `/v1/group`, `/v1/alias`, and `/v1/batch` or `/v1/import`, so that its server libraries can point here.
 */
export type Segment = {
  [k: string]: unknown;
} & {
  /**
   * With which the webhook destination signs; a list of them while secrets are rotated. Its signature covers the first event of a batch only, so batches of several need a header secret.
   *
   * @minItems 1
   */
  shared_secret?: string | string[];
  /**
   * The header, set in the destination's settings, that carries the header secret.
   */
  header?: string;
  /**
   * What that header must say; a list of them while secrets are rotated.
   *
   * @minItems 1
   */
  header_secret?: string | string[];
  /**
   * With it the HTTP API is open to whoever sends it as the user of Basic authentication: servers of yours, no browsers. A list while keys are rotated.
   *
   * @minItems 1
   */
  write_key?: string | string[];
};
/**
 * How mail that SendGrid receives for you is verified. Its URL is `/webhooks/sendgrid/inbound`.
 */
export type InboundParse = {
  [k: string]: unknown;
} & {
  /**
   * How large a request with a mail may be, with its attachments. SendGrid is said to take 30 MB.
   */
  max_mail?: string;
  /**
   * The verification key of the security policy that is attached to Inbound Parse, or a list of them while keys are rotated.
   *
   * @minItems 1
   */
  public_key?: string | string[];
  /**
   * Without a security policy: what SendGrid posts to ends in `?key=<secret>`, or has it as the password before its host. A list while it is rotated.
   *
   * @minItems 1
   */
  secret?: string | string[];
  /**
   * A signed mail whose timestamp differs more than this from now is refused.
   */
  tolerance?: string;
};
/**
 * Hours and minutes, quoted.
 */
export type LocalTime = string;
/**
 * Per message, or for texts per segment, with other prices for phone numbers of some prefixes.
 */
export type Price = PerMessagePrice | PerSegmentPrice;
/**
 * A number and a currency.
 */
export type Money = string;
/**
 * The type of a value; `[string]` is a list of texts.
 */
export type DataType = ("string" | "number" | "integer" | "boolean" | "time" | ["string"]) | unknown[];
/**
 * Names and numbers of entries joined by dots, such as `customer.email`, into the event; behind `$body` into the whole body, behind `$headers` into the headers.
 */
export type SourcePath = string;
/**
 * One source of truth, and what to do when it does not answer.
 */
export type Lookup = HttpLookUp | PostgresLookUp | RedisLookUp | HubspotLookUp | SalesforceLookUp;
/**
 * `contact` for the contact's own zone, or an IANA name.
 */
export type Zone = string;
/**
 * One whole number and one unit: `s`, `m` and `h` are exact, `d` and `w` are calendar days in the contact's zone.
 */
export type Duration = string;
/**
 * A part of all contacts.
 */
export type Share = string;

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
  channels: Channels2;
  contacts?: Contacts;
  events?: Events;
  sources?: Sources;
  lookups?: LookUps;
  consent?: Consent;
  /**
   * Upper limits over all rules together.
   *
   * @minItems 1
   * @maxItems 20
   */
  caps?: Cap[];
  /**
   * Upper limits on money. A send that may cost more than what is left waits, or is dropped.
   *
   * @minItems 1
   * @maxItems 20
   */
  budgets?: Budget[];
  replies?: Replies;
  opt_out?: OptingOut;
  limits?: Limits;
  self_protection?: SelfProtection;
  alerts?: Alerts;
  /**
   * npm packages that add providers.
   *
   * @maxItems 50
   *
   * Items: Without its version, which package.json fixes.
   */
  plugins?: string[];
  retention?: Retention;
}
/**
 * The services that carry messages, with their settings. `outbox` needs none: it keeps messages on this machine.
 */
export interface Providers {
  cloudevents?: CloudEvents;
  customerio?: CustomerIo;
  fcm?: FirebaseCloudMessaging;
  hubspot?: HubSpot;
  mailgun?: Mailgun;
  messagebird?: MessageBirdBird;
  outbox?: Outbox;
  postmark?: Postmark;
  rudderstack?: RudderStack;
  segment?: Segment;
  sendgrid?: SendGrid;
  ses?: AmazonSES;
  slack?: Slack;
  smtp?: SMTP;
  standard_webhooks?: StandardWebhooks;
  twilio?: Twilio;
  vonage?: Vonage;
  webhook?: Webhook7;
  zendesk?: Zendesk;
}
/**
 * Takes Customer.io's reporting webhooks: what became of messages that Customer.io sent, and who unsubscribed there.
 */
export interface CustomerIo {
  /**
   * The signing key that Customer.io shows with the webhook; a list of them while it is rotated.
   *
   * @minItems 1
   */
  signing_key: string | string[];
  /**
   * A report that was signed longer ago than this is refused. Customer.io repeats one for seven days.
   */
  tolerance?: string;
  /**
   * Fields of an open or a click that are true when a machine did it, and no person. Customer.io doesn't document theirs.
   *
   * @minItems 1
   */
  machine_fields?: string | string[];
}
/**
 * Sends push messages to the apps of contacts, on Android, Apple's devices and in browsers.
 */
export interface FirebaseCloudMessaging {
  /**
   * The text of the JSON file that Google gives for a service account. Its fields may be given one by one instead.
   */
  service_account?: string;
  /**
   * The project at Firebase.
   */
  project_id?: string;
  /**
   * The service account's address.
   */
  client_email?: string;
  /**
   * The service account's RSA key, in PEM.
   */
  private_key?: string;
  /**
   * How long a message is kept for a device that is switched off. Without it, as the push service does: four weeks.
   */
  ttl?: string;
  /**
   * How long a quota that is used up is waited for, when FCM names no time.
   */
  quota_wait?: string;
  /**
   * Where tokens are fetched, when not where the service account says.
   */
  token_url?: string;
  base_url?: BaseUrl;
  timeout?: Timeout;
}
/**
 * Takes the webhooks of a HubSpot app: contacts that were created, changed, merged or deleted.
 */
export interface HubSpot {
  /**
   * The app's client secret, with which HubSpot signs; a list of them while it is rotated.
   *
   * @minItems 1
   */
  client_secret: string | string[];
  /**
   * The address under which HubSpot calls Heed, which its signature covers.
   */
  public_url: string;
  /**
   * HubSpot numbers its contacts. `prefixed` makes `hubspot-123` of 123, so that it is nobody else's id; `plain` leaves 123, for workspaces whose contacts are known by HubSpot's numbers.
   */
  contact_ids?: "prefixed" | "plain";
  merge_fields?: MergeFields;
}
/**
 * By which fields HubSpot says who was merged with whom. It doesn't document them: name here what turns out to be called otherwise.
 */
export interface MergeFields {
  /**
   * The id of the contact that goes on.
   */
  survivor?: string;
  /**
   * The list of ids of those that are one now.
   */
  merged?: string;
}
/**
 * Sends email through Mailgun, takes its webhooks and the mail that its routes forward.
 */
export interface Mailgun {
  /**
   * A key that may send mail and read events.
   */
  api_key: string;
  /**
   * The domain at Mailgun that mail is sent through.
   */
  domain: string;
  base_url?: BaseUrl;
  timeout?: Timeout;
  /**
   * The address that people answer to, whose mail a route of Mailgun's forwards to Heed. Each mail gets one of its own, such as `answers+<id>@…`, so that an answer is known for what it answers.
   */
  answers_to?: string;
  /**
   * How late Mailgun's list of events may be. Of a message whose answer was lost, what the list lacks counts as not sent only after this time.
   */
  events_settle?: string;
  webhook?: Webhook;
}
/**
 * How Mailgun's webhooks and routes are verified.
 */
export interface Webhook {
  /**
   * The HTTP webhook signing key, which is not the API key, or a list of them while keys are rotated.
   *
   * @minItems 1
   */
  signing_key?: string | string[];
  /**
   * A request that was signed longer ago than this is refused.
   */
  tolerance?: string;
  /**
   * How large a request with a mail may be, with its attachments. Mailgun takes mails of 25 MB.
   */
  max_mail?: string;
  /**
   * The user variable of your other mails that carries the contact's id.
   */
  contact_variable?: string;
}
/**
 * Sends and receives texts through MessageBird's classic API, or through a channel of Bird, as it is called now.
 */
export interface MessageBirdBird {
  /**
   * Which API sends. `from` of a channel is a number or a sender name with `classic`, the id of Bird's channel with `bird`. Webhooks of both are read, whichever it is.
   */
  platform?: "classic" | "bird";
  /**
   * The key that calls show.
   */
  access_key: string;
  /**
   * Of Bird, which needs it: the workspace that the channels are in.
   */
  workspace_id?: string;
  codes?: AnswerCodes;
  base_url?: BaseUrl;
  timeout?: Timeout;
  webhook?: Webhook1;
}
/**
 * What the vendor's codes mean in its answers to a send, for codes that Heed doesn't know or takes for something else. They go before Heed's own table, which rule tests use.
 */
export interface AnswerCodes {
  /**
   * Surely not sent: it is tried again.
   *
   * @minItems 1
   * @maxItems 100
   */
  retryable?: string | number | (string | number)[];
  /**
   * The recipient said stop, to the vendor or to the carrier: the address is silenced.
   *
   * @minItems 1
   * @maxItems 100
   */
  opted_out?: string | number | (string | number)[];
  /**
   * Nothing will ever reach this address.
   *
   * @minItems 1
   * @maxItems 100
   */
  invalid_address?: string | number | (string | number)[];
  /**
   * The message itself is refused.
   *
   * @minItems 1
   * @maxItems 100
   */
  content?: string | number | (string | number)[];
  /**
   * This message can't be sent, which says nothing of its address or of the account.
   *
   * @minItems 1
   * @maxItems 100
   */
  other?: string | number | (string | number)[];
  /**
   * Account, credentials or sender: the channel waits.
   *
   * @minItems 1
   * @maxItems 100
   */
  misconfigured?: string | number | (string | number)[];
  /**
   * It may have been sent.
   *
   * @minItems 1
   * @maxItems 100
   */
  ambiguous?: string | number | (string | number)[];
}
/**
 * How MessageBird or Bird reaches Heed and proves it.
 */
export interface Webhook1 {
  /**
   * The address under which Heed is called, which the signature covers.
   */
  public_url: string;
  /**
   * The key that webhooks are signed with; two while it is being rotated.
   *
   * @minItems 1
   */
  signing_key: string | string[];
  /**
   * How old a signature of Bird may be, which repeats a webhook for eight hours. Those of MessageBird's classic API say themselves when they end.
   */
  tolerance?: string;
  codes?: ReportCodes;
  fields?: Fields;
}
/**
 * What the vendor's codes say of an address in delivery reports, for codes that Heed doesn't know or takes for something else. Reasons in words are written in lower case.
 */
export interface ReportCodes {
  /**
   * The recipient said stop, to the vendor or to the carrier: the address is silenced.
   *
   * @minItems 1
   * @maxItems 100
   */
  opted_out?: string | number | (string | number)[];
  /**
   * Nothing will ever reach this address.
   *
   * @minItems 1
   * @maxItems 100
   */
  invalid_address?: string | number | (string | number)[];
}
/**
 * Where the `payload` of Bird's notices has what Heed reads. Bird doesn't document it: name here what turns out to be called otherwise.
 */
export interface Fields {
  /**
   * The message's id.
   */
  id?: string;
  /**
   * Who wrote a text.
   */
  sender?: string;
  /**
   * Who gets a text of ours.
   */
  receiver?: string;
  /**
   * What a text says.
   */
  body?: string;
  /**
   * Our own id of a text.
   */
  reference?: string;
  /**
   * What became of a text.
   */
  status?: string;
  /**
   * Why it failed.
   */
  failure?: string;
  /**
   * Bird's channel that it went through.
   */
  channel?: string;
  /**
   * When somebody wrote a text.
   */
  written_at?: string;
  /**
   * When it became what `status` says.
   */
  status_at?: string;
}
/**
 * Keeps messages locally and shows them; nothing leaves the machine.
 */
export interface Outbox {}
/**
 * Sends email through Postmark, takes its webhooks and the mail that it receives.
 */
export interface Postmark {
  /**
   * The API token of the server at Postmark.
   */
  server_token: string;
  base_url?: BaseUrl;
  timeout?: Timeout;
  /**
   * The stream of messages that are not marketing.
   */
  message_stream?: string;
  /**
   * The stream of marketing, which is known by the link to unsubscribe that Heed gives it. Without it, `message_stream`.
   */
  marketing_stream?: string;
  /**
   * The address that people answer to, which Postmark receives. Each mail gets one of its own, such as `answers+<id>@…`, so that an answer is known for what it answers.
   */
  answers_to?: string;
  webhook?: Webhook2;
}
/**
 * The secret that Postmark sends with each webhook: a user and a password, or a header of its own.
 */
export interface Webhook2 {
  /**
   * The user of the webhook's HTTP authentication.
   */
  username?: string;
  /**
   * The password that goes with it, or a list of them while it is rotated.
   *
   * @minItems 1
   */
  password?: string | string[];
  /**
   * The name of a header that the webhook sends.
   */
  header?: string;
  /**
   * What stands in that header, or a list of such while it is rotated.
   *
   * @minItems 1
   */
  secret?: string | string[];
  /**
   * How large a request with a mail may be, with its attachments. Postmark takes mails of 35 MB, and sends them as text, which is larger.
   */
  max_mail?: string;
  /**
   * The metadata of your other mails that carries the contact's id.
   */
  contact_metadata?: string;
}
/**
 * Takes RudderStack's webhook destination, which signs nothing: set a header with a secret in it.
 */
export interface RudderStack {
  /**
   * The header, set in the destination's settings, that carries the secret.
   */
  header?: string;
  /**
   * What that header must say; a list of them while secrets are rotated.
   *
   * @minItems 1
   */
  header_secret: string | string[];
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
  /**
   * The address that people answer to, at the host of Inbound Parse. Each mail gets one of its own, such as `answers+<id>@…`, so that an answer is known for what it answers.
   */
  answers_to?: string;
  inbound?: InboundParse;
  webhook?: Webhook3;
}
/**
 * How SendGrid's event webhook is verified.
 */
export interface Webhook3 {
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
 * Sends email through Amazon SES and takes its events from Amazon SNS.
 */
export interface AmazonSES {
  /**
   * The region of AWS in which you use SES.
   */
  region: string;
  /**
   * Of a user who may do `ses:SendEmail`.
   */
  access_key_id: string;
  /**
   * The secret of that key.
   */
  secret_access_key: string;
  /**
   * Of temporary credentials only.
   */
  session_token?: string;
  /**
   * The one whose event destination is your SNS topic. Without any, nothing is heard of what became of a message.
   */
  configuration_set?: string;
  /**
   * The address that people answer to. Each mail gets one of its own, such as `answers+<id>@…`, so that an answer is known for what it answers.
   */
  answers_to?: string;
  base_url?: BaseUrl;
  timeout?: Timeout;
  webhook?: Webhook4;
}
/**
 * The SNS topic that SES publishes its events to. Subscribe `https://<this host>/webhooks/ses` to it, without raw message delivery: Heed confirms the subscription by itself.
 */
export interface Webhook4 {
  /**
   * The ARN of the topic, or a list of them. Messages of other topics are refused, however well they are signed.
   *
   * @minItems 1
   */
  topic_arn: string | string[];
  /**
   * Who is asked for certificates in Amazon's place: a fake, for tests.
   */
  sns_url?: string;
  /**
   * A signed message whose timestamp differs more than this from now is refused.
   */
  tolerance?: string;
}
/**
 * Writes to your own people through Slack's incoming webhooks, with what was said with the contact below.
 */
export interface Slack {
  /**
   * The incoming webhook of channels without one of their own. It is a secret: whoever knows it may post.
   */
  url?: string;
  channels?: Channels;
  timeout?: Timeout;
}
/**
 * By channel of heed.yaml, the incoming webhook of its channel at Slack.
 */
export interface Channels {
  [k: string]: IncomingWebhook;
}
/**
 * Where the messages of one channel go.
 */
export interface IncomingWebhook {
  /**
   * The incoming webhook of this channel, a secret.
   */
  url: string;
}
/**
 * Sends email through a mail server of your own, or any that speaks SMTP.
 */
export interface SMTP {
  /**
   * `smtp://` for a server that begins in clear and goes on encrypted (port 587), `smtps://` for one that is encrypted from the first byte (port 465).
   */
  url: string;
  /**
   * Who logs in. Without it, nobody does.
   */
  user?: string;
  /**
   * The password of that user.
   */
  password?: string;
  /**
   * With `smtp://`: `required` sends nothing in clear, `never` is for a server on the same machine.
   */
  starttls?: "required" | "never";
  /**
   * For a server whose certificate is of an authority of your own: that authority's certificate, PEM.
   */
  ca?: string;
  /**
   * The address that people answer to. Each mail gets one of its own, such as `answers+<id>@…`, so that an answer is known for what it answers.
   */
  answers_to?: string;
  timeout?: Timeout;
}
/**
 * Takes the webhooks of any system that signs as Standard Webhooks says: `{ type, timestamp, data }`, with `contact_id`, `email` or `phone` under `data`. The same secret signs requests to `/v1/events`.
 */
export interface StandardWebhooks {
  /**
   * What the sender signs with, `whsec_…`, or its public key, `whpk_…`; a list of them while secrets are rotated.
   *
   * @minItems 1
   */
  secret: string | string[];
  /**
   * A signed request whose time differs more than this from now is refused.
   */
  tolerance?: string;
}
/**
 * Sends and receives texts, and speaks to people on the phone, through Twilio.
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
  codes?: AnswerCodes;
  base_url?: BaseUrl;
  timeout?: Timeout;
  voice?: Voice;
  webhook?: Webhook5;
}
/**
 * How calls speak, in Twilio's own words. Without it, with Twilio's default voice.
 */
export interface Voice {
  /**
   * The voice of `<Say>`.
   */
  name?: string;
  /**
   * The language of `<Say>`.
   */
  language?: string;
  /**
   * Listens whether an answering machine picks up, which `data.machine` of `voice.delivered` then tells; with `DetectMessageEnd` it speaks after the beep. Twilio charges for it. Without it, nobody listens.
   */
  machine_detection?: "Enable" | "DetectMessageEnd";
}
/**
 * How Twilio reaches Heed.
 */
export interface Webhook5 {
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
 * Sends and receives texts through Vonage, by its SMS API or its Messages API.
 */
export interface Vonage {
  /**
   * Which of Vonage's APIs sends. Webhooks of both are read, whichever it is.
   */
  api?: "sms" | "messages";
  /**
   * The account's key.
   */
  api_key: string;
  /**
   * The account's secret. Webhooks are signed with another one.
   */
  api_secret: string;
  application?: Application;
  codes?: AnswerCodes;
  base_url?: BaseUrl;
  timeout?: Timeout;
  webhook?: Webhook6;
}
/**
 * For the Messages API: the application in whose name it is called. Without it, key and secret are shown.
 */
export interface Application {
  /**
   * As Vonage shows it.
   */
  id: string;
  /**
   * The RSA key that Vonage made for it, in PEM; its lines may be joined by `\n`.
   */
  private_key: string;
}
/**
 * How Vonage proves its webhooks.
 */
export interface Webhook6 {
  /**
   * The account's signature secret; two while it is being rotated.
   *
   * @minItems 1
   */
  signature_secret: string | string[];
  /**
   * How the webhooks of the SMS API are signed, as the account's settings say.
   */
  signature_method?: "md5hash" | "md5" | "sha1" | "sha256" | "sha512";
  /**
   * How old a signature may be. Vonage repeats a webhook for 24 hours.
   */
  tolerance?: string;
  codes?: ReportCodes;
}
/**
 * Posts the `body` of a send to a system of yours, signed as Standard Webhooks says. A repetition has the same `webhook-id`.
 */
export interface Webhook7 {
  /**
   * Where channels without a URL of their own post to. It begins with https://; http:// is for hosts in `allow_hosts`.
   */
  url?: string;
  /**
   * What messages are signed with, for channels without a secret of their own: `whsec_` and base64 of 24 to 64 bytes, or `whsk_` of an ed25519 key. Several while they are rotated: each message is signed with all.
   *
   * @minItems 1
   * @maxItems 5
   */
  secret?: string | string[];
  channels?: Channels1;
  /**
   * Hosts of your own network that may be posted to, at any port and without TLS. All other private addresses are refused, whatever a name resolves to.
   *
   * @minItems 1
   * @maxItems 100
   */
  allow_hosts?: string | string[];
  timeout?: Timeout;
}
/**
 * By channel of heed.yaml, where its messages go.
 */
export interface Channels1 {
  [k: string]: Receiver;
}
/**
 * Where the messages of one channel go.
 */
export interface Receiver {
  /**
   * Where this channel posts to.
   */
  url?: string;
  /**
   * What messages of this channel are signed with.
   *
   * @minItems 1
   * @maxItems 5
   */
  secret?: string | string[];
}
/**
 * Opens tickets for your own people, with what was said with the contact as a private comment.
 */
export interface Zendesk {
  /**
   * The first part of your address at Zendesk.
   */
  subdomain: string;
  /**
   * The agent whose `api_token` it is.
   */
  email?: string;
  /**
   * A token that may create and list tickets.
   */
  api_token?: string;
  /**
   * Instead of `email` and `api_token`.
   */
  oauth_token?: string;
  /**
   * Of each ticket: low, normal, high or urgent. Without it, as Zendesk decides.
   */
  priority?: string;
  /**
   * Of each ticket: problem, incident, question or task.
   */
  type?: string;
  /**
   * Of each ticket.
   *
   * @minItems 1
   * @maxItems 50
   */
  tags?: string | string[];
  base_url?: BaseUrl;
  timeout?: Timeout;
}
/**
 * The ways to speak, under names of your own.
 */
export interface Channels2 {
  [k: string]: Channel;
}
/**
 * One way to speak: its kind says what content it takes, its provider carries it.
 */
export interface Channel {
  /**
   * `email`, `sms`, `push` and `voice` reach the contact; `slack`, `ticket` and `webhook` reach your own people and systems.
   */
  kind: "email" | "sms" | "push" | "voice" | "slack" | "ticket" | "webhook";
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
  quiet_hours?: QuietHours;
  price?: Price;
}
/**
 * From and to, as the clock shows it in the contact's zone. `from` is included, `to` is not; they may cross midnight.
 */
export interface QuietHours {
  from: LocalTime;
  to: LocalTime;
}
/**
 * What one message costs.
 */
export interface PerMessagePrice {
  per_message: Money;
  prefixes?: Prefixes;
}
/**
 * Other prices, by the beginning of the phone number. The longest that fits counts.
 */
export interface Prefixes {
  [k: string]: Money;
}
/**
 * What one segment of a text costs.
 */
export interface PerSegmentPrice {
  per_segment: Money;
  prefixes?: Prefixes1;
}
/**
 * Other prices, by the beginning of the phone number. The longest that fits counts.
 */
export interface Prefixes1 {
  [k: string]: Money;
}
/**
 * What is known about contacts.
 */
export interface Contacts {
  fields?: Fields1;
}
/**
 * Attributes that rules may read as `contact.<field>`. `id`, `email`, `phone`, `time_zone` and `tags` are always there to read.
 */
export interface Fields1 {
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
 * The catalogue of your own event types, and what built-in ones carry beyond their fixed data: custom arguments of your other mails, for example. What a configured provider's webhooks carry is known, and so is what rules `emit`. Leads need no entry: any `lead.<word>` is known, unless it is nearly one that is declared.
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
 * What it carries under `event.data`, by name and type. `cart.total` is a field of the map `cart`, and `items.0.name` one of every entry of the list `items`. Of a type without this key nothing is known, and rules may read anything.
 */
export interface Data {
  [k: string]: DataType;
}
/**
 * Webhooks of other systems (a shop, a form, a CRM), each at `/webhooks/<its name>`, and how what they post, as JSON or as a form, becomes events.
 */
export interface Sources {
  [k: string]: WebhookSource;
}
/**
 * One system that posts to Heed.
 */
export interface WebhookSource {
  /**
   * How a request proves that it is genuine: an HMAC of its body in a header (`hmac_sha256`), the secret itself as a bearer token (`bearer`), as `user:password` (`basic`) or in a header of its own (`header`), or a signature as Standard Webhooks says (`standard_webhooks`).
   */
  auth: "hmac_sha256" | "bearer" | "basic" | "header" | "standard_webhooks";
  /**
   * What both sides know; a list of two while it is rotated. For `basic`, `user:password`.
   *
   * @minItems 1
   */
  secret: string | string[];
  /**
   * The header with the signature or the secret; needed for `hmac_sha256` and `header`.
   */
  header?: string;
  /**
   * How an HMAC is written. `sha256=` before it is passed over.
   */
  encoding?: "hex" | "base64";
  /**
   * Of `standard_webhooks`: a request whose signed time differs more than this from now is refused.
   */
  tolerance?: string;
  /**
   * How what is posted becomes events. A path such as `customer.email` or `items.0.name` leads into one event; `$body.shop` into the whole body, and `$headers.x-topic` into the request's headers.
   */
  events: EventSourceEvents | TypeSourceEvents;
}
/**
 * What each of them is, when all are the same.
 */
export interface EventSourceEvents {
  each?: SourcePath;
  /**
   * What each of them is, when all are the same.
   */
  event: string;
  names?: Names;
  id?: SourcePath;
  occurred_at?: SourcePath;
  contact_id?: SourcePath;
  email?: SourcePath;
  phone?: SourcePath;
  anonymous_id?: SourcePath;
  data?: Data1;
}
/**
 * What the source's words mean: event types by word. A word that is not here becomes an event `unknown`, with the word as `event.data.type`. Without names, the words are event types themselves, but for those of Heed's own.
 */
export interface Names {
  [k: string]: string;
}
/**
 * What rules read as `event.data.<name>`, and where it is. Without this key, all that was posted of the event.
 */
export interface Data1 {
  [k: string]: SourcePath;
}
/**
 * Where the source's own word for it is, when they differ.
 */
export interface TypeSourceEvents {
  each?: SourcePath;
  type: SourcePath;
  names?: Names1;
  id?: SourcePath;
  occurred_at?: SourcePath;
  contact_id?: SourcePath;
  email?: SourcePath;
  phone?: SourcePath;
  anonymous_id?: SourcePath;
  data?: Data2;
}
/**
 * What the source's words mean: event types by word. A word that is not here becomes an event `unknown`, with the word as `event.data.type`. Without names, the words are event types themselves, but for those of Heed's own.
 */
export interface Names1 {
  [k: string]: string;
}
/**
 * What rules read as `event.data.<name>`, and where it is. Without this key, all that was posted of the event.
 */
export interface Data2 {
  [k: string]: SourcePath;
}
/**
 * Sources of truth that rules may ask right before they speak.
 */
export interface LookUps {
  [k: string]: Lookup;
}
/**
 * Asks a JSON service.
 */
export interface HttpLookUp {
  http: HTTP;
  /**
   * How long one question may take, with all its tries.
   */
  timeout?: string;
  /**
   * How long an answer is good for. Without it, every question is asked anew; questions about one contact at the same time are asked once.
   */
  cache?: string;
  /**
   * When there is no answer: `hold` the message and ask later, `skip` it and end with `lookup.failed`, or `treat_as_missing`.
   */
  on_error?: "hold" | "skip" | "treat_as_missing";
  fields?: Fields2;
}
/**
 * Asks a JSON service.
 */
export interface HTTP {
  /**
   * The address. Behind the host, which is static, it may have Liquid; what contacts supply is encoded. Private addresses are refused unless `allow_hosts` lists the host, redirects are not followed. An answer 404 in JSON says that nobody was found: all fields are missing.
   */
  url: string;
  /**
   * How to ask. Only a GET is asked again when there was no answer.
   */
  method?: "GET" | "POST";
  headers?: Headers;
  auth?: Authentication;
  body?: Body;
  /**
   * Where in the answer the object with the values is: names and positions, with dots. A `null` on the way, or a list without that position, says that nobody was found.
   */
  path?: string;
  /**
   * Hosts whose addresses may be private and whose port may be any. Without it, only public addresses are asked, at the ports 80, 443, 8080 and 8443. A link-local address, such as a cloud's metadata service, must be listed as an address.
   *
   * @minItems 1
   * @maxItems 20
   *
   * Items: A name or an address, without scheme, port and path.
   */
  allow_hosts?: string[];
}
/**
 * Headers of the request.
 */
export interface Headers {
  [k: string]: string;
}
/**
 * Who asks, unless `headers` says it: a bearer token, or a name and a password.
 */
export interface Authentication {
  /**
   * Sent as `Authorization: Bearer …`.
   */
  bearer?: string;
  basic?: Basic;
}
/**
 * Sent as `Authorization: Basic …`.
 */
export interface Basic {
  /**
   * The name.
   */
  user: string;
  /**
   * The password.
   */
  password: string;
}
/**
 * What to post as JSON. Texts in it are Liquid.
 */
export interface Body {
  [k: string]: unknown;
}
/**
 * What an answer holds, by name and type. Rules may read these as `lookup.<name>.<field>`, nothing else is kept, and an answer in which one has another type is `lookup.invalid`: nothing is sent on its word.
 */
export interface Fields2 {
  [k: string]: LookUpField;
}
/**
 * One value of an answer.
 */
export interface LookUpField {
  type: DataType;
  /**
   * Rules may read it, and the account never has its value: it says that there was one.
   */
  redact?: boolean;
  /**
   * The only values it takes.
   *
   * @minItems 1
   * @maxItems 200
   */
  enum?: (string | number | boolean)[];
}
/**
 * Asks a database, in a transaction that only reads. The first row counts.
 */
export interface PostgresLookUp {
  postgres: PostgreSQL;
  /**
   * How long one question may take, with all its tries.
   */
  timeout?: string;
  /**
   * How long an answer is good for. Without it, every question is asked anew; questions about one contact at the same time are asked once.
   */
  cache?: string;
  /**
   * When there is no answer: `hold` the message and ask later, `skip` it and end with `lookup.failed`, or `treat_as_missing`.
   */
  on_error?: "hold" | "skip" | "treat_as_missing";
  fields?: Fields3;
}
/**
 * Asks a database, in a transaction that only reads. The first row counts.
 */
export interface PostgreSQL {
  /**
   * The address of the database.
   */
  url: string;
  /**
   * The question, with $1, $2, … for the parameters. It runs as a prepared statement; the first row counts.
   */
  query: string;
  /**
   * The values of $1, $2, …, in Liquid.
   *
   * @maxItems 20
   */
  params?: string[];
}
/**
 * What an answer holds, by name and type. Rules may read these as `lookup.<name>.<field>`, nothing else is kept, and an answer in which one has another type is `lookup.invalid`: nothing is sent on its word.
 */
export interface Fields3 {
  [k: string]: LookUpField;
}
/**
 * Reads a JSON value (`get`) or a hash (`hgetall`).
 */
export interface RedisLookUp {
  /**
   * Reads a JSON value (`get`) or a hash (`hgetall`).
   */
  redis: GetRedis | HgetallRedis;
  /**
   * How long one question may take, with all its tries.
   */
  timeout?: string;
  /**
   * How long an answer is good for. Without it, every question is asked anew; questions about one contact at the same time are asked once.
   */
  cache?: string;
  /**
   * When there is no answer: `hold` the message and ask later, `skip` it and end with `lookup.failed`, or `treat_as_missing`.
   */
  on_error?: "hold" | "skip" | "treat_as_missing";
  fields?: Fields4;
}
/**
 * The key of a JSON value, in Liquid.
 */
export interface GetRedis {
  /**
   * The address of the server.
   */
  url: string;
  /**
   * The key of a JSON value, in Liquid.
   */
  get: string;
}
/**
 * The key of a hash, in Liquid.
 */
export interface HgetallRedis {
  /**
   * The address of the server.
   */
  url: string;
  /**
   * The key of a hash, in Liquid.
   */
  hgetall: string;
}
/**
 * What an answer holds, by name and type. Rules may read these as `lookup.<name>.<field>`, nothing else is kept, and an answer in which one has another type is `lookup.invalid`: nothing is sent on its word.
 */
export interface Fields4 {
  [k: string]: LookUpField;
}
/**
 * Asks HubSpot for a contact.
 */
export interface HubspotLookUp {
  hubspot: HubSpot1;
  /**
   * How long one question may take, with all its tries.
   */
  timeout?: string;
  /**
   * How long an answer is good for. Without it, every question is asked anew; questions about one contact at the same time are asked once.
   */
  cache?: string;
  /**
   * When there is no answer: `hold` the message and ask later, `skip` it and end with `lookup.failed`, or `treat_as_missing`.
   */
  on_error?: "hold" | "skip" | "treat_as_missing";
  fields?: Fields5;
}
/**
 * Asks HubSpot for a contact.
 */
export interface HubSpot1 {
  /**
   * The token of a private app.
   */
  access_token: string;
  /**
   * Which value of the contact finds it.
   */
  by?: "email" | "id";
  /**
   * Which properties to ask for.
   *
   * @minItems 1
   * @maxItems 100
   */
  properties?: string[];
  base_url?: BaseUrl;
}
/**
 * What an answer holds, by name and type. Rules may read these as `lookup.<name>.<field>`, nothing else is kept, and an answer in which one has another type is `lookup.invalid`: nothing is sent on its word.
 */
export interface Fields5 {
  [k: string]: LookUpField;
}
/**
 * Asks Salesforce with a SOQL query.
 */
export interface SalesforceLookUp {
  salesforce: Salesforce;
  /**
   * How long one question may take, with all its tries.
   */
  timeout?: string;
  /**
   * How long an answer is good for. Without it, every question is asked anew; questions about one contact at the same time are asked once.
   */
  cache?: string;
  /**
   * When there is no answer: `hold` the message and ask later, `skip` it and end with `lookup.failed`, or `treat_as_missing`.
   */
  on_error?: "hold" | "skip" | "treat_as_missing";
  fields?: Fields6;
}
/**
 * Asks Salesforce with a SOQL query.
 */
export interface Salesforce {
  /**
   * The address of the instance.
   */
  instance_url: string;
  /**
   * Of the connected app.
   */
  client_id: string;
  /**
   * Of the connected app.
   */
  client_secret: string;
  /**
   * SOQL, in Liquid. What contacts supply stands between single quotes and is escaped. The first record counts.
   */
  query: string;
  /**
   * Of a user who has allowed the app. Without it, the app asks in its own name (client credentials flow).
   */
  refresh_token?: string;
  /**
   * Of the REST API.
   */
  api_version?: string;
}
/**
 * What an answer holds, by name and type. Rules may read these as `lookup.<name>.<field>`, nothing else is kept, and an answer in which one has another type is `lookup.invalid`: nothing is sent on its word.
 */
export interface Fields6 {
  [k: string]: LookUpField;
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
  /**
   * What marketing push messages need.
   */
  push?: "opt_in" | "opt_out";
  /**
   * What marketing calls need.
   */
  voice?: "opt_in" | "opt_out";
}
/**
 * At most `max` messages in a window of time. A send counts that was accepted, or may have been.
 */
export interface Cap {
  /**
   * How many messages at most. At least 1; per contact at most 1000.
   */
  max: number;
  /**
   * What is counted together: the messages of one `contact`, of one `rule`, of one `channel`, or of the whole `workspace`. The last three are shared between workers: never exceeded, perhaps not used up.
   */
  per: "contact" | "rule" | "channel" | "workspace";
  /**
   * Only messages of this channel of heed.yaml count.
   */
  channel?: string;
  /**
   * Only messages of this class count.
   */
  class?: "transactional" | "marketing";
  /**
   * How long the window is: rolling, or a calendar day, week or month.
   */
  within: CalendarWindow | Duration;
  /**
   * `drop` the message, or `defer` it until there is room.
   */
  on_exceed?: "drop" | "defer";
}
/**
 * A day, a week from Monday, or a month of the calendar.
 */
export interface CalendarWindow {
  /**
   * What the count begins anew with.
   */
  calendar: "day" | "week" | "month";
  zone?: Zone;
}
/**
 * How much may be spent on a channel.
 */
export interface Budget {
  /**
   * A channel of heed.yaml that has a price.
   */
  channel: string;
  max: Money;
  /**
   * The calendar time it is for, in the workspace's zone.
   */
  per: "day" | "week" | "month";
  /**
   * `hold` the message until there is money again, or `drop` it.
   */
  on_exceed?: "hold" | "drop";
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
   * Words that opt out when they are the whole message, beside STOP, END, QUIT, UNSUBSCRIBE and the other usual ones: a list, or a list for each language. All hold whatever language a person speaks.
   *
   * @maxItems 50
   */
  keywords?:
    | string[]
    | {
        /**
         * @minItems 1
         * @maxItems 50
         */
        [k: string]: string[];
      };
  /**
   * Words in a row that read like an opt-out inside a longer message, beside `stop texting`, `remove me`, `leave me alone` and the other usual ones.
   *
   * @minItems 1
   * @maxItems 100
   */
  phrases?: string[];
  /**
   * What a reply with such a phrase is: `flag` sets `event.data.may_be_opt_out`, so that a rule can hand it to a person; `stop` takes it for an opt-out.
   */
  on_phrase?: "flag" | "stop";
  /**
   * What an opt-out ends: messages of that `channel`, or `all_marketing` on the other channels as well.
   */
  scope?: "channel" | "all_marketing";
  /**
   * The text that confirms an opt-out by text message, once, to the number that said it, as a rule named `opt-out-confirmation` would. Plain text. Without it Heed confirms nothing, because providers do.
   */
  confirm?: string;
  unsubscribe?: Unsubscribe;
}
/**
 * Lets marketing email end with one click: each names its own link in its headers (`List-Unsubscribe`, RFC 8058), and Heed answers it at `/unsubscribe/…`.
 */
export interface Unsubscribe {
  /**
   * Where Heed is reached from outside, over https.
   */
  public_url: string;
  /**
   * At least 32 random characters (`openssl rand -base64 32`), or a list of them while they are rotated: the first makes links, all are good for links in mails that are out already. Keep a secret as long as people may still follow its links.
   *
   * @minItems 1
   * @maxItems 5
   */
  secret: string | string[];
}
/**
 * Limits that protect from accidents.
 */
export interface Limits {
  /**
   * A text that would need more segments is not sent (`segments.exceeded`).
   */
  sms_segments?: number;
  /**
   * What a new rule sends at most in its first 24 hours, unless it has a cap `per: rule`; then it pauses itself.
   */
  first_day?: number;
  race_window?: Duration;
}
/**
 * When a rule pauses itself because something is wrong.
 */
export interface SelfProtection {
  /**
   * It sends this many times more than is usual for it.
   */
  rate_factor?: number;
  opt_out_rate?: Share;
  bounce_rate?: Share;
  error_rate?: Share;
}
/**
 * Who is told of dead letters, lanes that stop, and rules that paused themselves.
 */
export interface Alerts {
  /**
   * A channel of heed.yaml that speaks to your own people, or one of kind email with `to`.
   */
  channel: string;
  /**
   * The address of your own people, where the channel is of kind email.
   */
  to?: string;
}
/**
 * How long records are kept.
 */
export interface Retention {
  events?: Duration;
  ledger?: Duration;
}
