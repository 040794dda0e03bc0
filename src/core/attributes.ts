import { type Contact, own } from "./model/contact.ts";
import type { Json, JsonObject } from "./model/json.ts";
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
