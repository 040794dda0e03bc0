import type { Contact } from "../core/model/contact.ts";
import { hasWords } from "../ledger/account-of.ts";
import { everyDocument } from "../ledger/every-document.ts";
import { decodeContact } from "../runtime/contact-codec.ts";
import type { Store } from "../store/store.ts";

/** Contacts who are in some rule, or in the cooldown of one: all whom a change to the rules finds under way. Rejects with `Unavailable`. */
export async function* liveContacts(store: Pick<Store, "scan">): AsyncGenerator<Contact> {
  for await (const page of everyDocument(store)) {
    for (const doc of page) {
      if (doc.key.startsWith("heed:")) continue;
      // Most are in nothing, and those are not even decoded.
      if (hasWords(doc.body, ['"enrollments":{}']) && hasWords(doc.body, ['"cooldowns":{}'])) continue;
      yield decodeContact(doc);
    }
  }
}
