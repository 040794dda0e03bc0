import type { JsonObject } from "./model/json.ts";
import { change, type Run } from "./run.ts";

/** Characters of JSON: a quarter of the smallest document limit of any store. */
const MOST_ATTRIBUTES = 65_536;

/** Names that would be shadowed by what Heed itself knows, or that no plain object should carry. */
const NOT_ATTRIBUTES: ReadonlySet<string> = new Set([
  "id",
  "email",
  "phone",
  "tags",
  "__proto__",
  "constructor",
  "prototype",
]);

/** Takes in what is newly known of a contact. False when it would outgrow the document, which must always have room for an opt-out. */
export function learnAttributes(run: Run, news: JsonObject): boolean {
  const learned = Object.entries(news).filter(([name]) => !NOT_ATTRIBUTES.has(name));
  const attributes = { ...run.contact.attributes, ...Object.fromEntries(learned) };
  if (JSON.stringify(attributes).length > MOST_ATTRIBUTES) return false;
  change(run, { attributes });
  return true;
}
