import { isE164, normalizeEmail } from "../core/model/address.ts";
import type { Clock } from "../core/model/clock.ts";
import type { Consent, Contact } from "../core/model/contact.ts";
import { formatInstant } from "../core/time/instant.ts";
import { defaultLimits } from "../ingest/limits.ts";
import { printable, printableJson } from "../rulebook/report/printable.ts";
import { decodeContact } from "../runtime/contact-codec.ts";
import { EXIT, type ExitCode } from "./exit-codes.ts";
import type { Output } from "./output.ts";
import { readStore, type StoreReading } from "./read-store.ts";
import { BadSetting, type RunSettings } from "./run-settings.ts";

/** Prints what is known of a contact. Throws `BadSetting`. */
export async function showContact(named: string, settings: RunSettings, clock: Clock, io: Output): Promise<ExitCode> {
  const store = await readStore(settings, clock);
  try {
    const way = await wayNamed(store, named);
    const contact = way.at(-1);
    if (contact === undefined) {
      io.err(`heed contact show: nobody is known as ${keysNamed(named).join(", ")}\n`);
      return EXIT.findings;
    }
    for (const passed of way.slice(0, -1)) {
      const word = `${passed.key} belongs to ${passed.pointsTo.at(-1) ?? ""}`;
      io.out(`${printable(word)}\n`);
    }
    io.out(`${printableJson(described(contact))}\n`);
    return EXIT.fine;
  } finally {
    await store.close();
  }
}

/** What leaves room in a key for the word that says what kind of name it is. */
const LONGEST_NAME = defaultLimits.keyBytes - "email:".length;

/** An id as it is, or a key that says what it is: `id:`, `email:`, `phone:` or `anon:`. */
export function keyNamed(named: string): string {
  const [, kind, rest = ""] = /^(id|email|phone|anon):(.*)$/s.exec(named) ?? [];
  if (named === "" || (kind !== undefined && rest === "")) {
    throw new BadSetting("expected the id of a contact, or email:<address>, phone:<number> or anon:<id>");
  }
  if (Buffer.byteLength(named) > LONGEST_NAME || /\p{Surrogate}/u.test(named)) {
    throw new BadSetting(`nobody is known by it: a name is well-formed text of at most ${LONGEST_NAME} bytes`);
  }
  if (kind === undefined) return `id:${named}`;
  const email = kind === "email" ? normalizeEmail(rest) : rest;
  if (email === null) throw new BadSetting(`expected an email address after email:, found "${rest.slice(0, 80)}"`);
  if (kind === "phone" && !isE164(rest)) {
    throw new BadSetting(`expected a number such as +12025550143 after phone:, found "${rest.slice(0, 40)}"`);
  }
  return `${kind}:${email}`;
}

/** What somebody may have meant, likeliest first: ids may look like addresses, and people leave out what kind it is. */
export function keysNamed(named: string): readonly string[] {
  const key = keyNamed(named);
  if (/^(?:id|email|phone|anon):/.test(named)) return [key];
  const email = normalizeEmail(named);
  return [key, ...(email === null ? [] : [`email:${email}`]), ...(isE164(named) ? [`phone:${named}`] : [])];
}

/** A chain of merges is not longer, or somebody went in a circle that is being solved at this moment. */
const LONGEST_WAY = 100;

/** The documents from the one that was named to the contact that it belongs to; none when nobody is known by the name. */
export async function wayNamed(store: Pick<StoreReading, "load">, named: string): Promise<readonly Contact[]> {
  for (const key of keysNamed(named)) {
    const way = await wayOf(store, key);
    if (way.length > 0) return way;
  }
  return [];
}

async function wayOf(store: Pick<StoreReading, "load">, key: string): Promise<readonly Contact[]> {
  const way: Contact[] = [];
  for (let next: string | undefined = key; next !== undefined && way.length < LONGEST_WAY;) {
    const doc = await store.load(next, "latest");
    if (doc === null) break;
    const contact = decodeContact(doc);
    way.push(contact);
    next = contact.pointsTo.at(-1);
  }
  return way;
}

/** What people ask about a contact; the machinery of its document is left out. */
function described(contact: Contact): object {
  const { key, attributes, tags, addresses, consent, suppressions, enrollments, linked, erased } = contact;
  if (erased !== null && !erased.anew)
    return { key, erased_at: formatInstant(erased.at), suppressions: said(suppressions) };
  return {
    key,
    attributes,
    tags,
    addresses: Object.fromEntries(Object.entries(addresses).map(([kind, known]) => [kind, known.address])),
    belongs_to_it: linked,
    consent: Object.fromEntries(Object.entries(consent).map(([kind, word]) => [kind, withProof(word)])),
    suppressions: said(suppressions),
    runs: Object.values(enrollments).map(({ id, rule, step, state, triggeredAt }) => {
      const until = "until" in state ? ` until ${formatInstant(state.until)}` : "";
      return { run: id, rule, step, triggered_at: formatInstant(triggeredAt), state: `${state.kind}${until}` };
    }),
  };
}

/** What was said, and what proves it. */
function withProof({ state, at, source, wording }: Consent): string {
  const proof = [source, wording === null ? null : `"${wording}"`].filter((part) => part !== null);
  return [`${state} since ${formatInstant(at)}`, ...proof].join(", ");
}

/** Words about being spoken to, with the moment of each. */
function said(words: Readonly<Record<string, { readonly state: string; readonly at: number }>>): object {
  return Object.fromEntries(
    Object.entries(words).map(([about, { state, at }]) => [about, `${state} since ${formatInstant(at)}`]),
  );
}
