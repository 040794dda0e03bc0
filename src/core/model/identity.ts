import type { CanonicalEvent } from "./event.ts";
import { sha256Hex } from "./sha256.ts";

/**
 * The key under which an event is appended. Looking nothing up, ingest takes the strongest identity the event itself
 * carries: contact id, email, phone, anonymous id. Addresses must be normalized already (lower case, E.164).
 * Returns null when the event concerns nobody.
 */
export function identityKey(event: CanonicalEvent): string | null {
  if (event.contact_id !== undefined) return contactKey(event.contact_id);
  if (event.address?.email !== undefined) return addressKey("email", event.address.email);
  if (event.address?.phone !== undefined) return addressKey("phone", event.address.phone);
  return anonymousKeyOf(event);
}

/** The key of the device or browser that this event came from, when it names one. */
export function anonymousKeyOf(event: CanonicalEvent): string | null {
  const anonymous = event.data["anonymous_id"];
  const names = typeof anonymous === "string" && anonymous !== "" && anonymous.length <= MOST_CHARACTERS;
  return names ? `${ANONYMOUS}${anonymous}` : null;
}

/** Ids of contacts and of devices are no longer (`schemas/event.schema.json`). */
const MOST_CHARACTERS = 100;
const ANONYMOUS = "anon:";

export function isAnonymousKey(key: string): boolean {
  return key.startsWith(ANONYMOUS);
}

/** Whether a key stands for a contact with an id of its own. */
export function isContactKey(key: string): boolean {
  return identityRank(key) === CONTACT_RANK;
}

/** The key of the contact with this id; null for what cannot be one. */
export function keyOfId(id: unknown): string | null {
  return typeof id === "string" && id !== "" && id.length <= MOST_CHARACTERS ? contactKey(id) : null;
}

/** `push` is the token of a device, under which its push service knows it. */
export type AddressKind = "email" | "phone" | "push";

function contactKey(contactId: string): string {
  return `id:${contactId}`;
}

/** Tokens of devices are longer than a key may be: theirs is a hash. */
export function addressKey(kind: AddressKind, address: string): string {
  return `${kind}:${kind === "push" ? sha256Hex(address).slice(0, 32) : address}`;
}

const CONTACT_RANK = 4;

/**
 * Documents that are linked point upwards only, token of a device to anonymous id to phone to email to contact, so that no
 * two can ever point at each other. Contacts that were merged may, for a while (`merging.ts`).
 */
export function identityRank(key: string): number {
  if (key.startsWith("push:")) return 0;
  if (isAnonymousKey(key)) return 1;
  const kind = addressOfKey(key)?.kind;
  if (kind === undefined) return CONTACT_RANK;
  return kind === "email" ? 3 : 2;
}

/** Whether a key stands for a device or browser, which is one person's at a time: an anonymous id or a push token. */
export function isDeviceKey(key: string): boolean {
  return identityRank(key) <= 1;
}

/** The address a key stands for, or null when it stands for a contact id, an anonymous id or a token. */
export function addressOfKey(
  key: string,
): { readonly kind: Exclude<AddressKind, "push">; readonly address: string } | null {
  if (key.startsWith("email:")) return { kind: "email", address: key.slice("email:".length) };
  if (key.startsWith("phone:")) return { kind: "phone", address: key.slice("phone:".length) };
  return null;
}
