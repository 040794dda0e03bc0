import type { CanonicalEvent } from "./event.ts";

/**
 * The key under which an event is appended. Looking nothing up, ingest takes the strongest identity the event itself
 * carries: contact id, email, phone, anonymous id. Addresses must be normalized already (lower case, E.164).
 * Returns null when the event concerns nobody.
 */
export function identityKey(event: CanonicalEvent): string | null {
  if (event.contact_id !== undefined) return contactKey(event.contact_id);
  if (event.address?.email !== undefined) return addressKey("email", event.address.email);
  if (event.address?.phone !== undefined) return addressKey("phone", event.address.phone);
  const anonymous = event.data["anonymous_id"];
  return typeof anonymous === "string" && anonymous !== "" ? `anon:${anonymous}` : null;
}

export type AddressKind = "email" | "phone";

function contactKey(contactId: string): string {
  return `id:${contactId}`;
}

export function addressKey(kind: AddressKind, address: string): string {
  return `${kind}:${address}`;
}

/** Documents point upwards only, phone to email to contact, so that no two can ever point at each other. */
export function identityRank(key: string): number {
  const kind = addressOfKey(key)?.kind;
  if (kind === undefined) return 2;
  return kind === "email" ? 1 : 0;
}

/** The address a key stands for, or null when it stands for a contact id or an anonymous id. */
export function addressOfKey(key: string): { readonly kind: AddressKind; readonly address: string } | null {
  if (key.startsWith("email:")) return { kind: "email", address: key.slice("email:".length) };
  if (key.startsWith("phone:")) return { kind: "phone", address: key.slice("phone:".length) };
  return null;
}
