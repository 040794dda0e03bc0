import type { Json, JsonObject } from "../core/model/json.ts";
import { isJsonObject } from "../core/model/parse-json.ts";
import { jsonAt } from "./json-at.ts";
import type { ParsedFixtures, ParsedTest } from "./parsed-tests.ts";
import type { Path } from "./problem.ts";
import type { SourceDocument } from "./source-file.ts";

/** A contact or an event that tests mean by its name. */
export interface NamedEntry {
  readonly name: string;
  readonly document: SourceDocument;
  readonly path: Path;
  readonly entry: JsonObject;
}

/** Who and what the cases of a test file may name. */
export interface Cast {
  readonly contacts: ReadonlyMap<string, NamedEntry>;
  readonly events: ReadonlyMap<string, NamedEntry>;
}

/** A person of a case, with everything that `extend` brings. */
export interface Person {
  readonly name: string;
  readonly id: string;
  readonly email: string | null;
  readonly phone: string | null;
  readonly push: string | null;
  readonly timeZone: string | null;
  readonly tags: readonly string[];
  /** By channel of heed.yaml. */
  readonly consent: Readonly<Record<string, "granted" | "denied" | "unknown">>;
  /** Channels of heed.yaml. */
  readonly suppressed: readonly string[];
  readonly attributes: JsonObject;
}

/** What a contact of a test says of itself beside its attributes. */
export const contactKeys: ReadonlySet<string> = new Set([
  "extend",
  "id",
  "email",
  "phone",
  "push",
  "time_zone",
  "tags",
  "consent",
  "suppressed",
]);

/** Every name that a test file may use: its own, and those of the fixtures. */
export function castOf(test: ParsedTest, fixtures: readonly ParsedFixtures[]): Cast {
  const files = [...fixtures.map(({ document }) => document), test.document];
  return { contacts: namesIn(files, "contacts"), events: namesIn(files, "events") };
}

function namesIn(files: readonly SourceDocument[], key: "contacts" | "events"): ReadonlyMap<string, NamedEntry> {
  return new Map(files.flatMap((document) => namedIn(document, key)).map((named) => [named.name, named]));
}

/** The contacts or events that one file names. */
export function namedIn(document: SourceDocument, key: "contacts" | "events"): readonly NamedEntry[] {
  const entries = jsonAt(document.data, [key]);
  return Object.entries(isJsonObject(entries) ? entries : {}).flatMap(([name, entry]) =>
    isJsonObject(entry) ? [{ name, document, path: [key, name], entry }] : [],
  );
}

/** Null when nobody has this name. */
export function personOf(name: string, { contacts }: Cast): Person | null {
  const named = contacts.get(name);
  if (named === undefined) return null;
  const entry = extended(named, contacts);
  const attributes = Object.entries(entry).filter(([key]) => !contactKeys.has(key));
  return {
    name,
    id: textOf(named.entry["id"]) ?? name,
    email: textOf(entry["email"]),
    phone: textOf(entry["phone"]),
    push: textOf(entry["push"]),
    timeZone: textOf(entry["time_zone"]),
    tags: textsOf(entry["tags"]),
    consent: consentOf(entry["consent"]),
    suppressed: textsOf(entry["suppressed"]),
    attributes: Object.fromEntries(attributes),
  };
}

/** What the contact says, over what those say whom it extends. A circle ends where it closes. */
function extended(
  named: NamedEntry,
  contacts: ReadonlyMap<string, NamedEntry>,
  seen: ReadonlySet<string> = new Set(),
): JsonObject {
  const { entry, name } = named;
  const base = contacts.get(textOf(entry["extend"]) ?? "");
  if (base === undefined || seen.has(base.name)) return entry;
  const inherited = extended(base, contacts, new Set([...seen, name]));
  return { ...inherited, ...entry, consent: { ...mapOf(inherited["consent"]), ...mapOf(entry["consent"]) } };
}

function consentOf(value: Json | undefined): Person["consent"] {
  const states = Object.entries(mapOf(value)).flatMap(([channel, state]) =>
    state === "granted" || state === "denied" || state === "unknown" ? [[channel, state] as const] : [],
  );
  return Object.fromEntries(states);
}

function mapOf(value: Json | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}

function textOf(value: Json | undefined): string | null {
  return typeof value === "string" ? value : null;
}

function textsOf(value: Json | undefined): readonly string[] {
  return Array.isArray(value) ? value.filter((entry) => typeof entry === "string") : [];
}
