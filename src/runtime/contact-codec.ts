import { type Contact, type SpareContact, spareContact, wholeContact } from "../core/model/contact.ts";
import type { Doc } from "../store/store.ts";

const decoder = new TextDecoder();

export function encodeContact(contact: Contact): Uint8Array {
  return encodeJson(spareContact(contact));
}

/** The contact in a document. Documents are written by this file alone; a shape it does not know is a defect. */
export function decodeContact(doc: Doc): Contact {
  const contact = decodeJson(doc.body);
  if (!isContact(contact)) throw new TypeError("expected a contact document of schema version 1");
  return wholeContact(contact);
}

function isContact(value: unknown): value is SpareContact {
  return typeof value === "object" && value !== null && "schema_version" in value && value.schema_version === 1;
}

export function encodeJson(value: unknown): Uint8Array {
  // Half of what a TextEncoder takes for it.
  return Buffer.from(JSON.stringify(value), "utf8");
}

export function decodeJson(body: Uint8Array): unknown {
  return JSON.parse(decoder.decode(body));
}
