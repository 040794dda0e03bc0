import { type Contact, newContact } from "../core/model/contact.ts";
import { normalizeEmail } from "../core/model/address.ts";
import type { Clock } from "../core/model/clock.ts";
import type { LedgerRecord } from "../core/model/decision.ts";
import type { Workspace } from "../core/model/rulebook.ts";
import { normalizePhone } from "../ingest/normalize-address.ts";
import { everyContact } from "../ledger/every-document.ts";
import { accountOf, hasLine, hasWords } from "../ledger/account-of.ts";
import type { CompiledWorkspace } from "../rulebook/compile-workspace.ts";
import { suggest } from "../rulebook/suggest.ts";
import { decodeContact } from "../runtime/contact-codec.ts";
import { storyOfAccount, type PresentRules } from "../simulate/explain/story-of-account.ts";
import { keysOf } from "../simulate/explain/story-of-case.ts";
import {
  absorbedIn,
  everything,
  partOf,
  type Story,
  type StoryFilter,
  type StoryLine,
  withoutPassed,
} from "../simulate/explain/story.ts";
import type { Doc } from "../store/store.ts";
import type { Explained } from "./explained.ts";
import type { StoreReading } from "./read-store.ts";

/** What a live store is explained with. */
export interface Asked {
  readonly store: StoreReading;
  /** Null when the files have problems. */
  readonly present: (PresentRules & CompiledWorkspace) | null;
  /** The folder of the rules. */
  readonly workspace: string;
  readonly io: { talk(text: string): void; readonly clock: Clock };
}

/** Lines of one document that are read at the most; a busy contact writes a few hundred in a year. */
const MOST_LINES = 5_000;
/** A contact has two addresses, and few have been merged into it. */
const MOST_DOCUMENTS = 20;
/** Without a contact, so many stories are told: those found first. */
const MOST_STORIES = 5;
const SLOW_MS = 1_000;
/** Documents that are looked through for a contact of a similar name. */
const MOST_NEAR = 1_000;
const MOST_DEAD = 1_000;

/** Finds whom it is about in the live store, and tells their stories. */
export async function explainStore(asked: Asked, contact: string | null, filter: StoryFilter): Promise<Explained> {
  const { store, present } = asked;
  const rulebook = present?.rulebook.digest.slice(0, 12) ?? null;
  const explained = { source: store.version, isTest: false, rulebook };
  const notes = present === null ? [`the rules in ${asked.workspace} have problems: heed check tells them`] : [];
  if (contact !== null) {
    const found = await findContact(asked, contact);
    if (!("contact" in found)) return { ...explained, stories: [], notes: [...notes, ...found.notes] };
    const story = await storyOf(asked, found, filter);
    const empty = partOf(story, filter).lines.length === 0;
    const lost = empty && filter.event !== null ? await whatToCheck(asked, filter.event, story.erased !== null) : [];
    return { ...explained, stories: [story], notes: [...notes, ...lost] };
  }
  const { stories, more, erased } = await scanFor(asked, filter);
  if (stories.length > 0) {
    const cut = more ? [`these are the first ${MOST_STORIES}; name one with --contact for the rest`] : [];
    return { ...explained, stories, notes: [...notes, ...cut] };
  }
  const lost = filter.event === null ? [nothingFound(filter, present)] : await whatToCheck(asked, filter.event, erased);
  return { ...explained, stories: [], notes: [...notes, ...lost] };
}

function nothingFound({ rule, message }: StoryFilter, present: PresentRules | null): string {
  if (message !== null)
    return `no message ${message} is in any account: it is older than the account, or of another store`;
  if (rule !== null && present?.rulebook.rules.has(rule) === false) return `${rule} is in nobody's account`;
  return `${rule ?? "the rule"} is in nobody's account: no event that starts it has arrived since it was deployed`;
}

/** An event that nobody has heard of: what is known of dead letters, and where to look. */
async function whatToCheck({ store }: Asked, event: string, erased: boolean): Promise<readonly string[]> {
  const decoder = new TextDecoder();
  const letters = await store.deadLetters({ limit: MOST_DEAD });
  const dead = letters.find(({ id, body }) => id.includes(event) || decoder.decode(body).includes(event));
  if (dead !== undefined) {
    return [`the event ${event} is a dead letter since ${new Date(dead.at).toISOString()}: ${dead.reason}`];
  }
  const gone = erased ? "; the account of a contact that was erased is gone, and some were" : "";
  return [
    `the event ${event} never arrived here, or is older than the account; no dead letter names it either${gone}. Check that its sender got a 2xx, that its webhook points here with the right secret, and whom it named: an event goes to the contact id, email, phone or anonymous id that it carries`,
  ];
}

/** What stories are made of. */
export interface Telling {
  readonly store: Pick<StoreReading, "load" | "history">;
  readonly present: PresentRules | null;
}

/** The whole story of whom a key leads to; null when nobody is known by it. */
export async function storyUnder(telling: Telling, key: string): Promise<(Whom & { readonly story: Story }) | null> {
  const doc = await telling.store.load(key, "latest");
  if (doc === null) return null;
  const whom = { ...(await follow(telling.store, decodeContact(doc))), asked: key };
  return { ...whom, story: await storyOf(telling, whom, everything) };
}

async function storyOf({ store, present }: Telling, whom: Whom, filter: StoryFilter): Promise<Story> {
  const { contact, ways } = whom;
  const lines: (StoryLine & { readonly order: number })[] = [];
  const notes: string[] = [];
  const keys = new Set([...keysOf(contact), ...ways]);
  // What was taken in from others has its beginning in their accounts. A set goes on to what is added meanwhile.
  for (const key of keys) {
    const account = await accountOf(store, key, MOST_LINES);
    lines.push(...account.lines.map((record, order) => ({ key, record, order })));
    if (!account.whole) notes.push(`only the newest ${MOST_LINES} lines of ${key} were read`);
    if (keys.size < MOST_DOCUMENTS) for (const absorbed of absorbedIn(account.lines)) keys.add(absorbed);
  }
  // Within one document the order is that of writing; what shares a moment stays as it was written.
  const inOrder = lines.toSorted((a, b) => a.record.at - b.record.at || (a.key === b.key ? a.order - b.order : 0));
  const name = contact.attributes["first_name"];
  const called = typeof name === "string" && name !== "" ? name : contact.key.slice(contact.key.indexOf(":") + 1);
  const told = { contact, name: called, keys: [...keys], asked: whom.asked, lines: withoutPassed(inOrder), notes };
  return storyOfAccount(told, present, present?.rulebook.workspace ?? UNKNOWN_WORKSPACE, filter);
}

/** Without readable rules only a contact's own zone and that of its number are known. */
const UNKNOWN_WORKSPACE: Pick<Workspace, "timeZone"> = { timeZone: "UTC" };

/** A contact, and the keys that led to it: what happened under them is its own. */
interface Whom {
  readonly contact: Contact;
  /** The key that was asked for; null when nobody was named. */
  readonly asked: string | null;
  readonly ways: readonly string[];
}

type Found = Whom | { readonly notes: readonly string[] };

/** By id or address; an address leads to the contact it belongs to. */
async function findContact({ store, present }: Asked, named: string): Promise<Found> {
  const keys = keysMeant(named, present?.country ?? "US");
  for (const key of keys) {
    const doc = await store.load(key, "latest");
    if (doc !== null) return { ...(await follow(store, decodeContact(doc))), asked: key };
  }
  const near = await similar(store, named);
  const help = near === null ? "" : `; did you mean ${near}?`;
  return { notes: [`nobody is known as ${named}: looked for ${keys.join(", ")}${help}`] };
}

/** What somebody may have meant, likeliest first; a phone number may be written as people of this country do. */
export function keysMeant(named: string, country: string): readonly string[] {
  const email = normalizeEmail(named);
  const phone = normalizePhone(named, country);
  return [
    ...(/^(id|email|phone|anon):/.test(named) ? [named] : []),
    `id:${named}`,
    ...(email === null ? [] : [`email:${email}`]),
    ...(phone === null ? [] : [`phone:${phone}`]),
    `anon:${named}`,
  ];
}

/** An address points to its contact, and one that was merged to the one that stays; a circle of merges ends where it began. */
export async function follow(store: Pick<StoreReading, "load">, first: Contact): Promise<Omit<Whom, "asked">> {
  let contact = first;
  const seen = new Set<string>([first.key]);
  for (
    let target = contact.pointsTo.at(-1);
    target !== undefined && !seen.has(target);
    target = contact.pointsTo.at(-1)
  ) {
    seen.add(target);
    const doc = await store.load(target, "latest");
    contact = doc === null ? newContact(target) : decodeContact(doc);
  }
  return { contact, ways: [...seen] };
}

async function similar(store: StoreReading, named: string): Promise<string | null> {
  const keys = (await store.scan({ limit: MOST_NEAR })).map(({ key }) => key).filter(isOfContact);
  const names = keys.map((key) => key.slice(key.indexOf(":") + 1));
  return suggest(named, names);
}

function isOfContact(key: string): boolean {
  return !key.startsWith("heed:");
}

interface Scanned {
  readonly stories: readonly Story[];
  readonly more: boolean;
  /** Whether somebody was erased, and an account with them. */
  readonly erased: boolean;
}

/** Looks through every contact for those to whom what was asked for happened. */
async function scanFor(asked: Asked, filter: StoryFilter): Promise<Scanned> {
  const { store, io } = asked;
  /** By the contact's key. */
  const touched = new Map<string, Whom>();
  const isConcerned = concerning(store, filter);
  let erased = false;
  const tell = async (more: boolean): Promise<Scanned> => {
    const stories: Story[] = [];
    for (const whom of touched.values()) stories.push(await storyOf(asked, whom, filter));
    return { stories, more, erased };
  };
  let told = io.clock.monotonic();
  let looked = 0;
  for await (const contacts of everyContact(store)) {
    erased ||= contacts.some((doc) => isErased(doc));
    const concerned = await Promise.all(contacts.map(isConcerned));
    for (const [index, doc] of contacts.entries()) {
      if (concerned[index] !== true) continue;
      // What happened under an address, an anonymous id or a merged contact is of whom it belongs to by now.
      const { contact, ways } = await follow(store, decodeContact(doc));
      if (touched.size === MOST_STORIES && !touched.has(contact.key)) return tell(true);
      touched.set(contact.key, { contact, asked: null, ways: [...(touched.get(contact.key)?.ways ?? []), ...ways] });
    }
    looked += contacts.length;
    if (io.clock.monotonic() - told < SLOW_MS) continue;
    told = io.clock.monotonic();
    io.talk(`heed explain: looked at ${looked} contacts; --contact finds one at once\n`);
  }
  return tell(false);
}

/**
 * Whether what was asked for happened under a document's very key. Of nearly all documents and lines it did not, and what
 * does not even have the words is never decoded.
 */
function concerning(store: StoreReading, { rule, event, message }: StoryFilter): (doc: Doc) => Promise<boolean> {
  const wanted = {
    ...(message !== null && { intent: message }),
    ...(event !== null && { event }),
    // What an event did, it did to whatever rule; the story leaves out the others.
    ...(rule !== null && event === null && { rule }),
  };
  const words = Object.entries(wanted).map(([name, value]) => `"${name}":${JSON.stringify(value)}`);
  const fits = (line: LedgerRecord): boolean =>
    (message === null || line.intent === message) &&
    (event === null || line.event === event) &&
    (rule === null || event !== null || line.rule === rule);
  return async (doc) => {
    if (
      message !== null &&
      hasWords(doc.body, [JSON.stringify(message)]) &&
      Object.hasOwn(decodeContact(doc).intents, message)
    )
      return true;
    return hasLine(store, doc.key, MOST_LINES, { words, fits });
  };
}

function isErased(doc: Doc): boolean {
  return hasWords(doc.body, ['"erased":{']) && decodeContact(doc).erased !== null;
}
