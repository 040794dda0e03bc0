import { fieldValue, type FieldValue, limitedValue, zoneValue } from "./field-value.ts";
import { type Contact, own } from "./model/contact.ts";
import type { CanonicalEvent } from "./model/event.ts";
import type { Json, JsonObject } from "./model/json.ts";
import { isJsonObject } from "./model/parse-json.ts";
import type { Workspace } from "./model/rulebook.ts";
import { change, type Run } from "./run.ts";

/** Characters of JSON: a quarter of the smallest document limit of any store. */
const MOST_ATTRIBUTES = 65_536;

/** Names that would be shadowed by what Heed itself knows, or that no plain object should carry. */
const NOT_ATTRIBUTES: ReadonlySet<string> = new Set([
  "id",
  "email",
  "phone",
  "push",
  "tags",
  "__proto__",
  "constructor",
  "prototype",
]);

/** Where values get their types. */
export type Fields = Pick<Workspace, "fields" | "timeZone">;

export interface TypedAttributes {
  readonly values: JsonObject;
  /** What could not be read: as the end of "it must be …", by name. */
  readonly refused: Readonly<Record<string, string>>;
}

/**
 * Attributes with the types that the workspace declares; what it does not declare is as it was said, and null forgets.
 * `strictly` also keeps to the values that a field is limited to, for doors at which somebody hears of a refusal.
 */
export function typedAttributes(
  said: JsonObject,
  fields: Fields,
  how: "strictly" | "by type" = "by type",
): TypedAttributes {
  const values: Record<string, Json> = {};
  const refused: Record<string, string> = {};
  for (const [name, value] of Object.entries(said)) {
    if (NOT_ATTRIBUTES.has(name)) continue;
    const read = value === null ? { value } : typedValue(name, value, fields, how);
    if ("value" in read) values[name] = read.value;
    else refused[name] = read.expected;
  }
  return { values, refused };
}

function typedValue(name: string, value: Json, { fields, timeZone }: Fields, how: "strictly" | "by type"): FieldValue {
  if (name === "time_zone") return zoneValue(value);
  const field = fields.get(name);
  if (field === undefined) return { value };
  return how === "strictly" ? limitedValue(value, field, timeZone) : fieldValue(value, field.type, timeZone);
}

/** Whether what an event says under `traits` is about the contact's attributes. */
const SPEAKS_OF_ATTRIBUTES: ReadonlySet<string> = new Set(["contact.identified", "contact.updated"]);

/** The event with the attributes it says in their types, and the names of those that could not be read. */
export function typedEvent(
  event: CanonicalEvent,
  fields: Fields,
): { readonly event: CanonicalEvent; readonly refused: readonly string[] } {
  const traits = event.data["traits"];
  if (!SPEAKS_OF_ATTRIBUTES.has(event.event_type) || !isJsonObject(traits)) return { event, refused: [] };
  const { values, refused } = typedAttributes(traits, fields);
  return { event: { ...event, data: { ...event.data, traits: values } }, refused: Object.keys(refused) };
}

/** What an event says of the contact's attributes; null when it says nothing. */
export function attributesIn(event: CanonicalEvent): JsonObject | null {
  const traits = event.data["traits"];
  return SPEAKS_OF_ATTRIBUTES.has(event.event_type) && isJsonObject(traits) ? traits : null;
}

/**
 * Takes in what somebody said of a contact at a moment: of two words about one attribute the newer counts, whichever comes
 * first. False when it would outgrow the document, which must always have room for an opt-out.
 */
export function learnAttributes(run: Run, news: JsonObject, at: number): boolean {
  return learn(
    run,
    Object.entries(news).filter(([name]) => timeOf(run, name) <= at),
    () => at,
  );
}

/** Takes in what was known elsewhere and is newer than what is known here. */
export function learnNewest(run: Run, attributes: JsonObject, times: Contact["attributeTimes"]): boolean {
  const at = (name: string): number => own(times, name) ?? 0;
  const isNewer = (name: string): boolean =>
    !Object.hasOwn(run.contact.attributes, name) || at(name) > timeOf(run, name);
  return learn(
    run,
    Object.entries(attributes).filter(([name]) => isNewer(name)),
    at,
  );
}

/** What was known before anybody said so is the oldest. */
function timeOf({ contact }: Run, name: string): number {
  return own(contact.attributeTimes, name) ?? 0;
}

function learn(run: Run, news: readonly (readonly [string, Json])[], at: (name: string) => number): boolean {
  const learned = news.filter(([name]) => !NOT_ATTRIBUTES.has(name));
  const attributes = { ...run.contact.attributes, ...Object.fromEntries(learned) };
  const attributeTimes = {
    ...run.contact.attributeTimes,
    ...Object.fromEntries(learned.map(([name]) => [name, at(name)])),
  };
  if (JSON.stringify(attributes).length > MOST_ATTRIBUTES) return false;
  change(run, { attributes, attributeTimes });
  return true;
}
