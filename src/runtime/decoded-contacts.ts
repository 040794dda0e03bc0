import type { Contact } from "../core/model/contact.ts";
import type { Doc } from "../store/store.ts";
import { decodeContact } from "./contact-codec.ts";

/**
 * Contacts that were decoded lately, each good for exactly one revision of its document: decoding is most of the cost
 * of a decision about a contact with a history. Says nothing about which revision is the newest; that is the store's.
 */
export interface DecodedContacts {
  contactOf(doc: Doc): Contact;
  /** What a commit has just written. */
  remember(key: string, rev: string, contact: Contact): void;
}

/** Some ten megabytes of ordinary contacts. */
const MOST = 5_000;

export function createDecodedContacts(): DecodedContacts {
  const known = new Map<string, { readonly rev: string; readonly contact: Contact }>();
  const remember = (key: string, rev: string, contact: Contact): void => {
    // Insertion order is age: what is used again moves to the young end.
    known.delete(key);
    known.set(key, { rev, contact });
    if (known.size <= MOST) return;
    const [oldest] = known.keys();
    if (oldest !== undefined) known.delete(oldest);
  };
  return {
    remember,
    contactOf(doc) {
      const found = known.get(doc.key);
      const contact = found?.rev === doc.rev ? found.contact : decodeContact(doc);
      remember(doc.key, doc.rev, contact);
      return contact;
    },
  };
}
