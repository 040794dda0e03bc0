import { isE164, normalizeEmail } from "../core/model/address.ts";
import type { CanonicalEvent } from "../core/model/event.ts";
import { addressOfKey } from "../core/model/identity.ts";
import type { Json, JsonObject } from "../core/model/json.ts";
import { isJsonArray, isJsonObject } from "../core/model/parse-json.ts";
import { optOutKeyword } from "../core/model/opt-out-keywords.ts";
import type { Key } from "../store/store.ts";

/**
 * Other names for people, the same for the same, by a secret that whoever reads them does not have: what belonged together
 * still does, in events and in the account. An address stays one of its kind: a number keeps country and area, which say
 * its time zone and price, an email whether its domain is one that everybody may have.
 */
export interface Pseudonyms {
  /** Of a document. */
  key(key: Key): Key;
  event(event: CanonicalEvent): CanonicalEvent;
}

/** `mark` makes marks of letters, digits, `-` and `_`. */
export function createPseudonyms(mark: (name: string) => string): Pseudonyms {
  const address = (text: string): string | null => {
    if (isE164(text)) return otherPhone(text, mark);
    const email = text.includes("@") ? normalizeEmail(text) : null;
    return email === null ? null : otherEmail(email, mark);
  };
  const key = (name: Key): Key => {
    const known = addressOfKey(name);
    const kind = name.slice(0, name.indexOf(":"));
    if (known !== null) return `${kind}:${address(known.address) ?? mark(known.address)}`;
    return kind === "" ? mark(name) : `${kind}:${mark(name.slice(kind.length + 1))}`;
  };
  return {
    key,
    event({ event_id: id, contact_id: contact, conversation_id: conversation, message_id: message, ...event }) {
      const { address: known = {}, data } = event;
      const addresses = Object.entries(known).map(([kind, text]) => [kind, address(text) ?? mark(text)] as const);
      return {
        ...event,
        event_id: mark(id),
        ...(contact !== undefined && { contact_id: mark(contact) }),
        ...(conversation !== undefined && { conversation_id: mark(conversation) }),
        ...(message !== undefined && { message_id: mark(message) }),
        ...(event.address !== undefined && { address: Object.fromEntries(addresses) }),
        data: withoutPerson(data, { mark, address }),
      };
    },
  };
}

/** Country and area of a number are its first digits; the rest says who. */
const PHONE_KEPT = 4;

function otherPhone(phone: string, mark: (name: string) => string): string {
  const head = phone.slice(0, 1 + PHONE_KEPT);
  const digits = Array.from(mark(phone), (character) => (character.codePointAt(0) ?? 0) % 10).join("");
  return head + digits.slice(0, phone.length - head.length);
}

/** Domains that tell nothing of who has an address there. */
const EVERYBODYS = new Set(
  "gmail.com googlemail.com outlook.com hotmail.com live.com msn.com yahoo.com icloud.com me.com aol.com proton.me protonmail.com gmx.de gmx.net web.de t-online.de mail.ru yandex.ru qq.com 163.com".split(
    " ",
  ),
);

function otherEmail(email: string, mark: (name: string) => string): string {
  const at = email.lastIndexOf("@");
  const domain = email.slice(at + 1);
  const other = EVERYBODYS.has(domain) ? domain : `${plain(mark(domain)).slice(0, 12)}.example`;
  return `${plain(mark(email))}@${other}`;
}

/** Addresses are in lower case, and so are their marks. */
function plain(text: string): string {
  return Buffer.from(text, "utf8").toString("hex").slice(0, 20);
}

interface Others {
  readonly mark: (name: string) => string;
  readonly address: (text: string) => string | null;
}

/** Names of fields whose values say who somebody is, whatever they look like. */
const PERSONAL =
  /name|street|address|postal|zip|birth|dob|latitude|longitude|^lat$|^l(?:on|ng)$|ip$|token|secret|password/i;
/** Values by which events belong together, or to somebody. */
const IDS = /(?:^|_|-)(?:u?id|key|sid|guid)$|Id$/;

/** Whether values under a name say who somebody is. */
export function isPersonal(name: string): boolean {
  return PERSONAL.test(name);
}

/** Whether values under a name are ids. */
export function isIdentifying(name: string): boolean {
  return IDS.test(name);
}

function withoutPerson(data: JsonObject, others: Others): JsonObject {
  return Object.fromEntries(Object.entries(data).map(([name, value]) => [name, otherValue(name, value, others)]));
}

function otherValue(name: string, value: Json, others: Others): Json {
  if (isJsonArray(value)) return value.map((each) => otherValue(name, each, others));
  if (isJsonObject(value)) return withoutPerson(value, others);
  if (typeof value === "number") return isPersonal(name) || isIdentifying(name) ? null : value;
  return typeof value === "string" ? otherText(name, value, others) : value;
}

/** Short words without spaces are what rules compare; sentences are what somebody wrote. */
function otherText(name: string, text: string, { mark, address }: Others): string {
  const known = address(text);
  if (known !== null) return known;
  if (text === "" || optOutKeyword(text, []) !== null) return text;
  if (isPersonal(name) || isIdentifying(name)) return mark(text);
  if (/^https?:\/\//.test(text)) return withoutQuery(text);
  const isWord = WORD.test(text) && !LIKE_A_PLACE_IN_A_NETWORK.test(text);
  return isWord ? text : `[${Array.from(text).length} characters]`;
}

const WORD = /^[\p{L}\p{N}_.:+/-]{1,64}$/u;
const LIKE_A_PLACE_IN_A_NETWORK = /^\d{1,3}(?:\.\d{1,3}){3}$|^[0-9a-f]*:[0-9a-f:]+:[0-9a-f]*$/i;

/** Where a link leads, without what it carries. */
function withoutQuery(url: string): string {
  return url.replace(/[?#].*$/s, "").replace(/\/\/[^@/]*@/, "//");
}
