import type { FoundView } from "../console/contacts-port.ts";
import { type Contact, own } from "../core/model/contact.ts";
import type { LedgerRecord } from "../core/model/decision.ts";
import { defaultLimits } from "../ingest/limits.ts";
import { everyContact } from "../ledger/every-document.ts";
import { hasLine, hasWords } from "../ledger/account-of.ts";
import { decodeContact } from "../runtime/contact-codec.ts";
import type { Doc, Store } from "../store/store.ts";
import { keysMeant } from "./explain-store.ts";

export interface FindParts {
  readonly store: Pick<Store, "load" | "history" | "scan">;
  readonly country: string;
}

/** Documents and lines of each that are looked through for the id of a message or an event: no index leads to them. */
const MOST_LOOKED = 5_000;
const MOST_LINES = 1_000;
const MOST_FOUND = 20;

/**
 * Whom exactly this leads to. Names of people lead there at once, and an address that several have to all of them; for the id
 * of a message or an event documents and their accounts are looked through, up to a bound, which is told.
 */
export async function findContacts({ store, country }: FindParts, text: string): Promise<FoundView> {
  const named = text.trim();
  if (named === "" || /\p{Surrogate}/u.test(named)) return { contacts: [], looked: "Nothing can be known by it." };
  const owners = await ownersOf(store, keysMeant(named, country));
  if (owners.size > 0) return { contacts: [...owners.values()], looked: "Ids and addresses lead there at once." };
  const { found, looked, whole } = await lookThrough(store, named);
  const where = `No id and no address is it. The accounts of ${looked} documents were looked through for a message or event of this id`;
  return { contacts: found, looked: whole ? `${where}.` : `${where}; there are more, so that it may still be known.` };
}

type FoundContact = FoundView["contacts"][number];

async function ownersOf(
  store: FindParts["store"],
  keys: readonly string[],
): Promise<ReadonlyMap<string, FoundContact>> {
  const owners = new Map<string, FoundContact>();
  for (const key of keys) {
    if (Buffer.byteLength(key) > defaultLimits.keyBytes || key.startsWith("heed:")) continue;
    const doc = await store.load(key, "latest");
    if (doc === null) continue;
    const contact = decodeContact(doc);
    const shared = contact.pointsTo.length > 1 ? `, which ${contact.pointsTo.length} contacts have` : "";
    for (const to of contact.pointsTo.length === 0 ? [key] : contact.pointsTo) {
      owners.set(to, { ...(await introduced(store, to)), how: `by ${kindOf(key)}${shared}` });
    }
  }
  return owners;
}

async function introduced(store: FindParts["store"], key: string): Promise<Omit<FoundContact, "how">> {
  const doc = await store.load(key, "latest");
  return { key, name: doc === null ? key : nameOf(decodeContact(doc)) };
}

/** What people call a contact. */
export function nameOf({ attributes, key }: Contact): string {
  const { name, first_name: first, last_name: last } = attributes;
  const parts = (typeof name === "string" ? [name] : [first, last]).filter((part) => typeof part === "string");
  const full = parts.join(" ").trim();
  return full === "" ? key.slice(key.indexOf(":") + 1) : full;
}

function kindOf(key: string): string {
  const kinds: Readonly<Record<string, string>> = {
    id: "its id",
    email: "its email address",
    phone: "its phone number",
  };
  return kinds[key.slice(0, key.indexOf(":"))] ?? "an anonymous id";
}

interface Looked {
  readonly found: readonly FoundContact[];
  readonly looked: number;
  readonly whole: boolean;
}

async function lookThrough(store: FindParts["store"], id: string): Promise<Looked> {
  const found = new Map<string, FoundContact>();
  let looked = 0;
  for await (const page of everyContact(store)) {
    if (looked >= MOST_LOOKED || found.size >= MOST_FOUND) return { found: [...found.values()], looked, whole: false };
    looked += page.length;
    for (const doc of page) {
      const how = await concernedBy(store, doc, id);
      if (how === null) continue;
      const contact = decodeContact(doc);
      const key = contact.pointsTo.at(-1) ?? contact.key;
      found.set(key, { ...(await introduced(store, key)), how });
    }
  }
  return { found: [...found.values()], looked, whole: true };
}

/** What does not even have the word is never decoded. */
async function concernedBy(store: FindParts["store"], doc: Doc, id: string): Promise<string | null> {
  const words = [JSON.stringify(id)];
  if (hasWords(doc.body, words) && hasMessage(decodeContact(doc), id)) return "by a message";
  const fits = ({ intent, event, enrollment, detail }: LedgerRecord): boolean =>
    intent === id || event === id || enrollment === id || detail?.["message_id"] === id;
  return (await hasLine(store, doc.key, MOST_LINES, { words, fits })) ? "by its account" : null;
}

/** Ours by its intent, and anybody's by its provider's name for it. */
function hasMessage({ intents, messages }: Contact, id: string): boolean {
  return (
    own(intents, id) !== undefined ||
    own(messages, id) !== undefined ||
    Object.values(intents).some(({ providerMessageId }) => providerMessageId === id)
  );
}
