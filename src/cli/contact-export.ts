import type { Clock } from "../core/model/clock.ts";
import { ADDRESS_KINDS } from "../core/linking.ts";
import type { Contact } from "../core/model/contact.ts";
import { addressKey } from "../core/model/identity.ts";
import { formatInstant } from "../core/time/instant.ts";
import { accountOf } from "../ledger/account-of.ts";
import { isTo, readOutbox } from "../providers/outbox/journal.ts";
import { printableJson } from "../rulebook/report/printable.ts";
import { decodeContact } from "../runtime/contact-codec.ts";
import { keysNamed, wayNamed } from "./contact.ts";
import { EXIT, type ExitCode } from "./exit-codes.ts";
import type { Output } from "./output.ts";
import { readStore, type StoreReading } from "./read-store.ts";
import { rememberErased } from "./recordings/store-part.ts";
import { BadSetting, type RunSettings } from "./run-settings.ts";

const DEAD_PAGE = 200;
const EVENTS_PAGE = 500;

/**
 * Prints all that is kept of a person, as JSON: what a data protection law lets them ask for. Each document that is of the
 * contact or leads to it, the account of each, what came in as it came, and dead letters. Throws `BadSetting`.
 */
export async function exportContact(
  named: string,
  format: string,
  settings: RunSettings,
  clock: Clock,
  io: Output,
): Promise<ExitCode> {
  if (format !== "json") throw new BadSetting(`--format: expected json, found "${format}"`);
  const store = await readStore(settings, clock);
  try {
    const way = await wayNamed(store, named);
    const contact = way.at(-1);
    if (contact === undefined) {
      io.err(`heed contact export: nobody is known as ${keysNamed(named).join(", ")}\n`);
      return EXIT.findings;
    }
    const documents = await documentsOf(store, contact, way);
    const keys = new Set(documents.map(({ key }) => key));
    const exported = {
      exported_at: formatInstant(clock.now()),
      contact: contact.key,
      documents: documents.map((document) => withoutOthers(document, keys)),
      account: await accountsOf(store, keys),
      events: await eventsOf(store, keys),
      dead_letters: await deadLettersOf(store, keys),
      outbox: await outboxOf(settings.dataDirectory, documents),
    };
    io.out(`${printableJson(exported)}\n`);
    io.err("copies with vendors, in backups and in logs of other systems are not in it: they are theirs to tell\n");
    return EXIT.fine;
  } finally {
    await store.close();
  }
}

/** The contact's own document, those that led to it, and those that belong to it, merged contacts with theirs too. */
async function documentsOf(
  store: StoreReading,
  contact: Contact,
  way: readonly Contact[],
): Promise<readonly Contact[]> {
  const documents = new Map(way.map((document) => [document.key, document]));
  const asked = new Set([contact.key]);
  // A set goes on to what is added meanwhile.
  for (const key of asked) {
    const doc = documents.get(key) ?? (await documentAt(store, key));
    if (doc === null) continue;
    documents.set(key, doc);
    for (const linked of [...doc.linked, ...addressKeysOf(doc)]) asked.add(linked);
  }
  return [...documents.values()];
}

async function documentAt(store: StoreReading, key: string): Promise<Contact | null> {
  const doc = await store.load(key, "latest");
  return doc === null ? null : decodeContact(doc);
}

function addressKeysOf({ addresses }: Contact): readonly string[] {
  return ADDRESS_KINDS.flatMap((kind) => {
    const known = addresses[kind];
    return known === undefined ? [] : [addressKey(kind, known.address)];
  });
}

/** Whoever else has the same address is somebody else, whose data this is not. */
function withoutOthers(document: Contact, keys: ReadonlySet<string>): object {
  const { pointsTo, words: _marks, seen: _seen, ...rest } = document;
  const own = pointsTo.filter((key) => keys.has(key));
  return { ...rest, points_to: own, shared_with_others: pointsTo.length - own.length };
}

async function accountsOf(store: StoreReading, keys: ReadonlySet<string>): Promise<readonly object[]> {
  const lines: object[] = [];
  for (const key of keys) {
    const account = await accountOf(store, key, Number.MAX_SAFE_INTEGER);
    for (const { at, ...line } of account.lines) lines.push({ at: formatInstant(at), document: key, ...line });
  }
  return lines;
}

/** For as long as the store keeps it, decided or not; nothing of before an erasure. */
async function eventsOf(store: StoreReading, keys: ReadonlySet<string>): Promise<readonly object[]> {
  const found: object[] = [];
  const isGone = rememberErased(store);
  for (let after = 0; ;) {
    const page = await store.pastEvents({ after, limit: EVENTS_PAGE });
    const last = page.at(-1);
    if (last === undefined) return found;
    const theirs = page.filter(({ key }) => keys.has(key));
    const isErased = await isGone(theirs);
    for (const line of theirs)
      if (!isErased(line)) found.push({ key: line.key, at: formatInstant(line.at), body: textOf(line.body) });
    after = last.place;
  }
}

async function deadLettersOf(store: StoreReading, keys: ReadonlySet<string>): Promise<readonly object[]> {
  const found: object[] = [];
  for (let after: number | undefined; ;) {
    const page = await store.deadLetters({ limit: DEAD_PAGE, ...(after !== undefined && { after }) });
    for (const { key, id, at, reason, body } of page) {
      if (keys.has(key)) found.push({ key, id, at: formatInstant(at), reason, body: textOf(body) });
    }
    after = page.at(-1)?.place;
    if (page.length < DEAD_PAGE) return found;
  }
}

/** What the provider `outbox` keeps on this machine of messages to them. */
async function outboxOf(directory: string, documents: readonly Contact[]): Promise<readonly object[]> {
  const records = await readOutbox(directory, { limit: Number.MAX_SAFE_INTEGER });
  const addresses = documents.flatMap((document) =>
    ADDRESS_KINDS.flatMap((kind) => document.addresses[kind]?.address ?? []),
  );
  const ids = documents.flatMap(({ key }) => (key.startsWith("id:") ? [key.slice("id:".length)] : [null]));
  return records.filter((record) => ids.some((contactId) => isTo({ contactId, addresses }, record)));
}

function textOf(body: Uint8Array): unknown {
  const text = new TextDecoder().decode(body);
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
