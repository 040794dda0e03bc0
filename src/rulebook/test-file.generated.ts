// Generated from the JSON Schema by `npm run generate`; edit the schema instead.

/**
 * A real moment with its offset from UTC.
 */
export type Start = string;
/**
 * One whole number and one unit: `s`, `m` and `h` are exact, `d` and `w` are calendar days.
 */
export type Duration = string;
/**
 * A name by which a test means a contact or an event. Letters, digits, `_` and `-`.
 */
export type Name = string;
/**
 * A text, a number, true or false, or a list of texts.
 *
 * @maxItems 100
 */
export type Attribute = string | number | boolean | string[];
/**
 * A built-in type, or one that `events:` of heed.yaml names.
 */
export type EventType = string;
/**
 * The fields it finds, none of them when nothing is there, or `fails`.
 */
export type LookupAnswer = "fails" | Fields;
/**
 * One story: what happens, and what comes of it.
 */
export type Case = ExpectCase | ExpectByCase;
/**
 * One event: when it happened, whom it concerns, and what it is, by `event` or, when it has a name, by `extend`.
 */
export type Given = EventGivenEvent | ExtendGivenEvent;
/**
 * A time since the start, such as `15m` or `2d 15m`, or the `next 09:15` or `next mon 09:15` after it in the contact's zone.
 */
export type Moment = string;
/**
 * `treated`: messaged. `holdout`: measured and never messaged. `outside`: not among the share of contacts that the rollout takes.
 */
export type Arm = ArmName;
/**
 * One of the arms.
 */
export type ArmName = "treated" | "holdout" | "outside";
/**
 * `ok`; `timeout` and `timeout_after_accept`, of which only the second took the message; a status of HTTP; or a map with `status`, `retry_after` and `code`, the vendor's own.
 */
export type Answer = Refusal | (Status | AnswerName);
/**
 * A status of HTTP that says no.
 */
export type Status = number;
/**
 * What the provider does.
 */
export type AnswerName = "ok" | "timeout" | "timeout_after_accept";
/**
 * One message, emitted event or change of a contact.
 */
export type Expectation = SendExpectation | EventExpectation | SetExpectation | TagExpectation | UntagExpectation;
/**
 * A moment, or two with `..` between, both included.
 */
export type Window = string;
/**
 * The whole text, or what it must be like.
 */
export type TextMatcher = Like | string;
/**
 * The value, or what it must be like.
 */
export type Matcher = Like1 | (string | number | boolean);
/**
 * Messages, emitted events and changes of contacts, in any order.
 *
 * @minItems 1
 * @maxItems 200
 */
export type Expectations = Expectation[];

/**
 * Tests of rules: given contacts and events on a virtual clock, expect messages. It stands beside the rule as `<rule-id>.test.yaml`. Any message until the horizon that is not expected fails its case.
 */
export interface TestFile {
  /**
   * The name of these tests in reports. Every test file has its own.
   */
  suite: string;
  /**
   * What these tests are about, in words for the people who review them.
   */
  description?: string;
  /**
   * The rule files under test, relative to this file. `*` stands for any name, `**` for any folders.
   *
   * @minItems 1
   * @maxItems 100
   *
   * Items: A rule file, relative to this file.
   */
  rules: string[];
  start: Start;
  horizon?: Duration;
  contacts?: Contacts;
  events?: Events;
  lookups?: LookUps;
  /**
   * The stories. Each begins anew, with the contacts as they are above.
   *
   * @minItems 1
   * @maxItems 500
   */
  cases: Case[];
}
/**
 * People by name. An attribute of a contact stands at the top level of its map, beside the reserved keys `id`, `email`, `phone`, `push`, `time_zone`, `tags`, `consent`, `suppressed` and `extend`.
 */
export interface Contacts {
  [k: string]: Contact;
}
/**
 * One person, as known before the first event of a case.
 */
export interface Contact {
  extend?: Name;
  /**
   * The application's id of this contact. Without it, the contact's name here.
   */
  id?: string;
  /**
   * The contact's email address.
   */
  email?: string;
  /**
   * The contact's phone number in E.164, quoted.
   */
  phone?: string;
  /**
   * The token of the contact's device, for push messages.
   */
  push?: string;
  /**
   * The contact's IANA time zone. Without it the zone is that of the phone number, else of the workspace.
   */
  time_zone?: string;
  /**
   * The contact's tags.
   *
   * @maxItems 100
   */
  tags?: string[];
  consent?: Consent;
  /**
   * Channels of heed.yaml on which the contact's address is silent: it opted out, complained or bounced.
   *
   * @minItems 1
   * @maxItems 50
   */
  suppressed?: string[];
  [k: string]: Attribute | Name | string[] | Consent | undefined;
}
/**
 * What is recorded for a channel of heed.yaml: `granted`, `denied` or `unknown`.
 */
export interface Consent {
  /**
   * What is recorded.
   */
  [k: string]: "granted" | "denied" | "unknown";
}
/**
 * Events by name, for the cases that begin alike.
 */
export interface Events {
  [k: string]: NamedEvent;
}
/**
 * An event without its moment and contact, to be named by `extend:` of a case.
 */
export interface NamedEvent {
  event: EventType;
  /**
   * The provider's id of this event. Two entries with the same id are the same event twice. Without it every entry is an event of its own.
   */
  event_id?: string;
  /**
   * Who reports it.
   */
  provider?: string;
  /**
   * The channel it speaks of. Without it, the beginning of a type such as `email.clicked` or `sms.received`.
   */
  channel?: string;
  /**
   * The id of the message it speaks of. For a message that Heed itself sent in this case, write `message:` instead.
   */
  message_id?: string;
  /**
   * A channel of heed.yaml: the event speaks of the newest message that Heed sent to this contact through it.
   */
  message?: string;
  /**
   * The conversation it belongs to.
   */
  conversation_id?: string;
  /**
   * The campaign it belongs to.
   */
  campaign_id?: string;
  /**
   * The provider's own word for the state of a message.
   */
  delivery_status?: string;
  /**
   * The application's id of whom it concerns, when that is nobody of `contacts`.
   */
  contact_id?: string;
  address?: Address;
  data?: Data;
}
/**
 * An email address, a phone number, the token of a device, or several of them.
 */
export interface Address {
  /**
   * An email address.
   */
  email?: string;
  /**
   * A phone number in E.164, quoted.
   */
  phone?: string;
  /**
   * The token of a device.
   */
  push?: string;
}
/**
 * Anything that a payload may hold.
 */
export interface Data {
  [k: string]: unknown;
}
/**
 * What each look-up of heed.yaml finds: its fields, or `fails`. A list is one answer for each time it is asked, the last of which stays.
 */
export interface LookUps {
  /**
   * What it finds.
   */
  [k: string]: LookupAnswer[] | LookupAnswer;
}
/**
 * The fields that a look-up finds.
 */
export interface Fields {
  [k: string]: unknown;
}
/**
 * Every message of the case, and, if you like, emitted events and changes of contacts. A message that is not in the list fails the case; `none` says that there is no message at all.
 */
export interface ExpectCase {
  /**
   * A sentence that says what must happen. Every case of a file has its own.
   */
  name: string;
  /**
   * Why this case is not run for now. It is reported as skipped.
   */
  skip?: string;
  start?: Start;
  horizon?: Duration;
  matrix?: Matrix;
  /**
   * What happens: events, in any order.
   *
   * @minItems 1
   * @maxItems 200
   */
  given: Given[];
  arms?: Arms;
  providers?: Providers;
  lookups?: LookUps;
  /**
   * Every message of the case, and, if you like, emitted events and changes of contacts. A message that is not in the list fails the case; `none` says that there is no message at all.
   */
  expect: "none" | Expectations;
  /**
   * Reasons that must have been recorded. Reasons that are not listed are free.
   *
   * @minItems 1
   * @maxItems 100
   */
  because?: Because[];
}
/**
 * Values by dimension.
 */
export interface Matrix {
  /**
   * The values of one dimension. Texts have no comma and no star.
   *
   * @minItems 1
   * @maxItems 50
   *
   * Items: A text, a number, or true or false.
   */
  [k: string]: (string | number | boolean)[];
}
export interface EventGivenEvent {
  at: Moment;
  arrives?: Moment;
  /**
   * How many times it is delivered.
   */
  copies?: number;
  contact?: Name;
  event: EventType;
  /**
   * The provider's id of this event. Two entries with the same id are the same event twice. Without it every entry is an event of its own.
   */
  event_id?: string;
  /**
   * Who reports it.
   */
  provider?: string;
  /**
   * The channel it speaks of. Without it, the beginning of a type such as `email.clicked` or `sms.received`.
   */
  channel?: string;
  /**
   * The id of the message it speaks of. For a message that Heed itself sent in this case, write `message:` instead.
   */
  message_id?: string;
  /**
   * A channel of heed.yaml: the event speaks of the newest message that Heed sent to this contact through it.
   */
  message?: string;
  /**
   * The conversation it belongs to.
   */
  conversation_id?: string;
  /**
   * The campaign it belongs to.
   */
  campaign_id?: string;
  /**
   * The provider's own word for the state of a message.
   */
  delivery_status?: string;
  /**
   * The application's id of whom it concerns, when that is nobody of `contacts`.
   */
  contact_id?: string;
  address?: Address;
  data?: Data;
}
/**
 * The name of an event of this file or of `fixtures/`. What is said here comes on top.
 */
export interface ExtendGivenEvent {
  at: Moment;
  arrives?: Moment;
  /**
   * How many times it is delivered.
   */
  copies?: number;
  contact?: Name;
  extend: Name;
  /**
   * The provider's id of this event. Two entries with the same id are the same event twice. Without it every entry is an event of its own.
   */
  event_id?: string;
  /**
   * Who reports it.
   */
  provider?: string;
  /**
   * The channel it speaks of. Without it, the beginning of a type such as `email.clicked` or `sms.received`.
   */
  channel?: string;
  /**
   * The id of the message it speaks of. For a message that Heed itself sent in this case, write `message:` instead.
   */
  message_id?: string;
  /**
   * A channel of heed.yaml: the event speaks of the newest message that Heed sent to this contact through it.
   */
  message?: string;
  /**
   * The conversation it belongs to.
   */
  conversation_id?: string;
  /**
   * The campaign it belongs to.
   */
  campaign_id?: string;
  /**
   * The provider's own word for the state of a message.
   */
  delivery_status?: string;
  /**
   * The application's id of whom it concerns, when that is nobody of `contacts`.
   */
  contact_id?: string;
  address?: Address;
  data?: Data;
}
/**
 * By contact: the arm in all rules, or by rule.
 */
export interface Arms {
  /**
   * An arm, or one for each rule that is named.
   */
  [k: string]: ArmsByRule | Arm;
}
/**
 * The arm of this contact by the rule's id.
 */
export interface ArmsByRule {
  [k: string]: Arm;
}
/**
 * Answers by channel of heed.yaml.
 */
export interface Providers {
  /**
   * The answers of one channel, in order.
   *
   * @minItems 1
   * @maxItems 100
   */
  [k: string]: Answer[];
}
/**
 * What the provider says instead of yes.
 */
export interface Refusal {
  /**
   * The status of HTTP.
   */
  status?: Status;
  /**
   * The vendor's own error code.
   */
  code?: number | string;
  /**
   * How long it asks to wait before the next attempt.
   */
  retry_after?: Duration;
}
/**
 * A message through this channel of heed.yaml.
 */
export interface SendExpectation {
  /**
   * A message through this channel of heed.yaml.
   */
  send: string;
  at?: Window;
  contact?: Name;
  to?: TextMatcher;
  text?: TextMatcher;
  subject?: TextMatcher;
  html?: TextMatcher;
  body?: TextMatcher;
  /**
   * The id of the rule that does it.
   */
  rule?: string;
  /**
   * The provider of heed.yaml that it goes through.
   */
  provider?: string;
}
/**
 * All of these must hold.
 */
export interface Like {
  /**
   * Contains this text. Ignores case.
   */
  contains?: string;
  /**
   * Matches this regular expression somewhere (no look-ahead, look-behind or back-references).
   */
  matches?: string;
  /**
   * Is not there at all.
   */
  absent?: true;
  /**
   * Is exactly one of these.
   *
   * @minItems 1
   * @maxItems 100
   */
  one_of?: string[];
}
/**
 * An event of this type that a rule emits.
 */
export interface EventExpectation {
  event: EventType;
  at?: Window;
  contact?: Name;
  /**
   * The id of the rule that does it.
   */
  rule?: string;
  data?: Fields1;
}
/**
 * Values by field.
 */
export interface Fields1 {
  [k: string]: Matcher;
}
/**
 * All of these must hold.
 */
export interface Like1 {
  /**
   * Contains this text. Ignores case.
   */
  contains?: string;
  /**
   * Matches this regular expression somewhere (no look-ahead, look-behind or back-references).
   */
  matches?: string;
  /**
   * Is not there at all.
   */
  absent?: true;
  /**
   * Is exactly one of these.
   *
   * @minItems 1
   * @maxItems 100
   */
  one_of?: (string | number | boolean)[];
}
/**
 * Attributes of the contact that change to these values.
 */
export interface SetExpectation {
  set: Changes;
  at?: Window;
  contact?: Name;
  /**
   * The id of the rule that does it.
   */
  rule?: string;
}
/**
 * Values by attribute.
 */
export interface Changes {
  [k: string]: Matcher;
}
/**
 * A tag that the contact gets.
 */
export interface TagExpectation {
  /**
   * A tag that the contact gets.
   */
  tag: string;
  at?: Window;
  contact?: Name;
  /**
   * The id of the rule that does it.
   */
  rule?: string;
}
/**
 * A tag that is taken from the contact.
 */
export interface UntagExpectation {
  /**
   * A tag that is taken from the contact.
   */
  untag: string;
  at?: Window;
  contact?: Name;
  /**
   * The id of the rule that does it.
   */
  rule?: string;
}
/**
 * One reason that must have been recorded.
 */
export interface Because {
  /**
   * The id of the rule.
   */
  rule: string;
  /**
   * The reason, as `heed codes` lists them.
   */
  reason:
    | "sent"
    | "event.duplicate"
    | "event.stale"
    | "trigger.no_match"
    | "reentry.active"
    | "reentry.cooldown"
    | "holdout"
    | "rule.disabled"
    | "rule.shadow"
    | "guard.false"
    | "when.false"
    | "stopped.by_event"
    | "stopped.by_reply"
    | "stopped.by_opt_out"
    | "stopped.by_step"
    | "consent.missing"
    | "suppressed"
    | "address.missing"
    | "address.invalid"
    | "cap.reached"
    | "budget.reached"
    | "window.deferred"
    | "quiet_hours.deferred"
    | "expired"
    | "paused"
    | "template.missing"
    | "template.empty"
    | "segments.exceeded"
    | "lookup.failed"
    | "lookup.invalid"
    | "provider.rejected"
    | "provider.failed"
    | "provider.unknown"
    | "completed"
    | "restarted"
    | "cancelled"
    | "cap.deferred"
    | "budget.held"
    | "held"
    | "rule.changed"
    | "rules.outdated"
    | "rollout"
    | "self_paused"
    | "quarantined"
    | "merged"
    | "erased";
  contact?: Name;
  at?: Window;
}
/**
 * What to expect for each combination of the matrix: its values in order, with commas between; `*` stands for any. The first entry that fits counts.
 */
export interface ExpectByCase {
  /**
   * A sentence that says what must happen. Every case of a file has its own.
   */
  name: string;
  /**
   * Why this case is not run for now. It is reported as skipped.
   */
  skip?: string;
  start?: Start;
  horizon?: Duration;
  matrix?: Matrix;
  /**
   * What happens: events, in any order.
   *
   * @minItems 1
   * @maxItems 200
   */
  given: Given[];
  arms?: Arms;
  providers?: Providers;
  lookups?: LookUps;
  expect_by: ExpectBy;
  /**
   * Reasons that must have been recorded. Reasons that are not listed are free.
   *
   * @minItems 1
   * @maxItems 100
   */
  because?: Because[];
}
/**
 * What to expect for each combination of the matrix: its values in order, with commas between; `*` stands for any. The first entry that fits counts.
 */
export interface ExpectBy {
  /**
   * What to expect for this combination.
   */
  [k: string]: "none" | Expectations;
}
