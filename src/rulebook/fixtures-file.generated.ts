// Generated from the JSON Schema by `npm run generate`; edit the schema instead.

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
 * People and events that tests share: a file of `fixtures/`. Every test of the workspace knows them by name.
 */
export interface FixtureFile {
  contacts?: Contacts;
  events?: Events;
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
