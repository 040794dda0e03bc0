import { typedAttributes } from "../core/attributes.ts";
import { ADDRESS_KINDS } from "../core/linking.ts";
import { NO_SOURCE, NO_WORDING, saysSomething } from "../core/model/admission.ts";
import type { AddressKind } from "../core/model/identity.ts";
import type { Json, JsonObject } from "../core/model/json.ts";
import { isJsonArray, isJsonObject } from "../core/model/parse-json.ts";
import { type ContactChannelKind, reachesContact, type Workspace } from "../core/model/rulebook.ts";
import { parseInstant } from "../core/time/instant.ts";
import { fieldValue } from "../core/field-value.ts";
import { ADDRESS_FORMS, normalizeAddress } from "./normalize-address.ts";

/** What is needed to read what somebody says of a contact: the deployed workspace's word on fields, zone and channels. */
export interface ContactReading extends Pick<Workspace, "fields" | "timeZone"> {
  readonly channels: ReadonlyMap<string, { readonly kind: string }>;
  /** For phone numbers without a prefix: an ISO 3166 code such as `US`. */
  readonly country: string;
}

/** What somebody wrote of a contact, its values as they were written. What is not there is left as it was. */
export interface WrittenContact {
  readonly id?: Json;
  readonly email?: Json;
  readonly phone?: Json;
  /** The token of a device. */
  readonly push?: Json;
  readonly attributes?: Json;
  readonly tags?: Json;
  readonly untag?: Json;
  /** By channel: `granted`, `denied`, or `{ state, source, wording, at }`. */
  readonly consent?: Json;
}

/** What somebody says of a contact, once it is read: typed, addresses in their one form. */
export interface ContactStatement {
  readonly id: string | null;
  readonly addresses: Readonly<Partial<Record<AddressKind, string>>>;
  readonly attributes: JsonObject;
  readonly tags: readonly string[];
  readonly untag: readonly string[];
  readonly consent: readonly ConsentStatement[];
}

export interface ConsentStatement {
  /** A channel of heed.yaml, or a kind of channel. */
  readonly channel: string;
  readonly state: "granted" | "denied";
  readonly source: string | null;
  readonly wording: string | null;
  /** When it was said, RFC 3339; null is when the rest was. */
  readonly at: string | null;
}

/** One thing that is wrong, and where: `["attributes", "plan"]`. The message never quotes a value. */
export interface ContactFault {
  readonly path: readonly string[];
  readonly message: string;
}

const MOST_ID = 100;
const MOST_TAGS = 100;
const MOST_TAG = 200;
const CONTACT_KINDS: readonly ContactChannelKind[] = ["email", "sms", "push", "voice"];

/** Reads all there is, or says all that is wrong with it. `now` is in epoch milliseconds: nothing was said later. */
export function readContact(
  written: WrittenContact,
  reading: ContactReading,
  now: number,
): { readonly statement: ContactStatement } | { readonly faults: readonly ContactFault[] } {
  const faults: ContactFault[] = [];
  const read = {
    ...readIdentities(written, reading, faults),
    attributes: readAttributes(written.attributes, reading, faults),
    tags: readTags("tags", written.tags, faults),
    untag: readTags("untag", written.untag, faults),
    consent: readConsents(written.consent, reading, now, faults),
  };
  return faults.length > 0 ? { faults } : { statement: read };
}

function readIdentities(
  written: WrittenContact,
  { country }: ContactReading,
  faults: ContactFault[],
): Pick<ContactStatement, "id" | "addresses"> {
  const id = textOf(written.id);
  const mistake = id === null ? null : mistakeOfId(id);
  if (mistake !== null) faults.push({ path: ["id"], message: mistake });
  const addresses: Partial<Record<AddressKind, string>> = {};
  for (const kind of ADDRESS_KINDS) {
    if (!isThere(written[kind])) continue;
    const normal = normalizeAddress(kind, textOf(written[kind]) ?? "", country);
    if (normal !== null) addresses[kind] = normal;
    else
      faults.push({
        path: [kind],
        message: kind === "phone" ? `${ADDRESS_FORMS.phone} ${inCountry(country)}` : ADDRESS_FORMS[kind],
      });
  }
  if (![written.id, written.email, written.phone, written.push].some(isThere)) {
    faults.push({ path: [], message: "must say who it is: an id, an email address or a phone number" });
  }
  return { id, addresses };
}

/** Ids stand in addresses of look-ups, in links and in terminals; and a kind before a name is how keys are written. */
function mistakeOfId(id: string): string | null {
  if (id.length > MOST_ID) return `must have at most ${MOST_ID} characters`;
  if (/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u.test(id)) return "must have no control characters and no line breaks";
  if (/(?:^|[/\\])\.{1,2}(?:[/\\]|$)/.test(id)) return "must have no part that leads up, such as ../";
  const [, kind] = /^(id|email|phone|anon):/.exec(id) ?? [];
  if (kind === undefined) return null;
  return `must be the id alone, without ${kind}: before it; an address is not an id`;
}

function inCountry(country: string): string {
  return `such as +12025550143; without a + it is read as one of ${country}`;
}

function isThere(value: Json | undefined): boolean {
  return value !== undefined && value !== null && value !== "";
}

/** Ids that are numbers are written as such by many systems; true is how some write a consent. Null for anything else. */
export function textOf(value: Json | undefined): string | null {
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  const text = typeof value === "string" ? value.trim() : "";
  return text === "" ? null : text;
}

function readAttributes(said: Json | undefined, reading: ContactReading, faults: ContactFault[]): JsonObject {
  if (said === undefined) return {};
  if (!isJsonObject(said)) {
    faults.push({ path: ["attributes"], message: "must be a map of fields and their values" });
    return {};
  }
  const { values, refused } = typedAttributes(said, reading, "strictly");
  for (const [name, expected] of Object.entries(refused)) {
    faults.push({ path: ["attributes", name], message: `must be ${expected}` });
  }
  for (const name of Object.keys(said)) {
    if (Object.hasOwn(values, name) || Object.hasOwn(refused, name)) continue;
    faults.push({
      path: ["attributes", name],
      message: "is no attribute: ids, addresses and tags have places of their own",
    });
  }
  return values;
}

function readTags(name: "tags" | "untag", said: Json | undefined, faults: ContactFault[]): readonly string[] {
  if (said === undefined || said === null) return [];
  const read = fieldValue(said, "list", "UTC");
  const tags = "value" in read && isJsonArray(read.value) ? read.value.map(String) : null;
  if (tags === null) faults.push({ path: [name], message: "must be a list of tags, or a text with ; between them" });
  else if (tags.length > MOST_TAGS) faults.push({ path: [name], message: `must be at most ${MOST_TAGS} tags` });
  else if (tags.some((tag) => tag.trim() === "" || tag.length > MOST_TAG)) {
    faults.push({ path: [name], message: `must be tags of 1 to ${MOST_TAG} characters` });
  } else return [...new Set(tags)];
  return [];
}

function readConsents(
  said: Json | undefined,
  reading: ContactReading,
  now: number,
  faults: ContactFault[],
): readonly ConsentStatement[] {
  if (said === undefined) return [];
  if (!isJsonObject(said)) {
    faults.push({ path: ["consent"], message: "must be a map of channels, such as { sms: denied }" });
    return [];
  }
  return Object.entries(said).flatMap(([channel, word]) => {
    const path = ["consent", channel];
    if (!isConsentChannel(channel, reading)) {
      faults.push({
        path,
        message: noConsentChannel(reading),
      });
      return [];
    }
    return readConsent(channel, isJsonObject(word) ? word : { state: word }, { reading, now, path, faults });
  });
}

/** Whether a consent may be for it: a channel of heed.yaml that reaches contacts, or a kind of such channels. */
export function isConsentChannel(channel: string, { channels }: Pick<ContactReading, "channels">): boolean {
  const kind = channels.get(channel)?.kind ?? channel;
  return CONTACT_KINDS.some((known) => known === kind);
}

/** What is said of a channel that a consent can't be for: by the names of heed.yaml, which authors know. */
export function noConsentChannel({ channels }: Pick<ContactReading, "channels">): string {
  const named = [...channels].filter(([, { kind }]) =>
    CONTACT_KINDS.some((known) => known === kind && reachesContact(known)),
  );
  const allowed = named.length === 0 ? CONTACT_KINDS : named.map(([name]) => name);
  return `must be of a channel that reaches contacts: ${allowed.join(", ")}`;
}

const GRANTED: ReadonlySet<string> = new Set(["granted", "true", "yes", "1", "opted_in", "subscribed"]);
const DENIED: ReadonlySet<string> = new Set(["denied", "false", "no", "0", "opted_out", "unsubscribed"]);

interface ConsentPlace {
  readonly reading: ContactReading;
  readonly now: number;
  readonly path: readonly string[];
  readonly faults: ContactFault[];
}

/** Marketing stands on a consent, so one that is granted comes with its proof; an objection needs none. */
function readConsent(channel: string, word: JsonObject, place: ConsentPlace): readonly ConsentStatement[] {
  const { path, faults } = place;
  const said = (textOf(word["state"]) ?? "").toLowerCase();
  const state = GRANTED.has(said) ? "granted" : DENIED.has(said) ? "denied" : null;
  const [source, wording] = [proofOf(word["source"]), proofOf(word["wording"])];
  const at = readMoment(word["at"], place);
  const before = faults.length;
  if (state === null) faults.push({ path, message: "must be granted or denied" });
  if (state === "granted" && source === null) {
    faults.push({ path: [...path, "source"], message: NO_SOURCE });
  }
  if (state === "granted" && wording === null) {
    faults.push({ path: [...path, "wording"], message: NO_WORDING });
  }
  if ("fault" in at) faults.push({ path: [...path, "at"], message: at.fault });
  if (state === null || "fault" in at || faults.length > before) return [];
  return [{ channel, state, source, wording, at: at.at }];
}

/** What nobody can read is no proof. */
function proofOf(said: Json | undefined): string | null {
  const text = textOf(said);
  return text !== null && saysSomething(text) ? text : null;
}

/** A moment of the past, by the same reading as any field of type `time`. */
export function readMoment(
  said: Json | undefined,
  { reading, now }: Pick<ConsentPlace, "reading" | "now">,
): { readonly at: string | null } | { readonly fault: string } {
  if (!isThere(said) || said === undefined) return { at: null };
  const read = fieldValue(said, "time", reading.timeZone);
  if ("expected" in read) return { fault: `must be ${read.expected}` };
  const at = textOf(read.value);
  return (parseInstant(at ?? "") ?? 0) > now ? { fault: "must not be later than now" } : { at };
}
