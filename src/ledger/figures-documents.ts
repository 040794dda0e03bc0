import type { Draft } from "./adding-up.ts";
import { isJsonObject } from "../core/model/parse-json.ts";
import type { Json } from "../core/model/json.ts";
import type { Doc, Key, Store } from "../store/store.ts";
import { newChannel, newFigures, type RuleFigures } from "./figures.ts";
import { type HouseFigures, newHouseFigures } from "./house-figures.ts";

/** How far the account has been added up, and what it says of all rules together. */
export const FIGURES_KEY = "heed:figures";

/** Figures with the place in the account up to which they count. */
export interface Counted<T> {
  readonly place: number;
  readonly figures: T;
}

export function keyOfRule(rule: string): Key {
  return `${FIGURES_KEY}:${rule}`;
}

/** What the account says of a rule, up to a moment ago; nothing of one that it does not know. Rejects with `Unavailable`. */
export async function ruleFigures(store: Pick<Store, "load">, rule: string): Promise<RuleFigures> {
  return readRule(await store.load(keyOfRule(rule), "latest")).figures;
}

/** What the account says of all rules together, up to a moment ago. Rejects with `Unavailable`. */
export async function houseFigures(store: Pick<Store, "load">): Promise<HouseFigures> {
  return readHead(await store.load(FIGURES_KEY, "latest")).figures;
}

/** For whoever goes on adding, as below. */
export function readRule(doc: Doc | null): Counted<Draft<RuleFigures>> {
  const { place, figures } = read(doc);
  // Written by this version or one before it: what that did not know is empty.
  const known = { ...newFigures(), ...figures };
  for (const [name, channel] of Object.entries(known.channels)) known.channels[name] = { ...newChannel(), ...channel };
  return { place, figures: known };
}

export function readHead(doc: Doc | null): Counted<Draft<HouseFigures>> {
  const { place, figures } = read(doc);
  return { place, figures: { ...newHouseFigures(), ...figures } };
}

function read(doc: Doc | null): { readonly place: number; readonly figures: object } {
  const body: Json | null = doc === null ? null : (JSON.parse(new TextDecoder().decode(doc.body)) as Json);
  if (!isJsonObject(body) || !isJsonObject(body["figures"])) return { place: 0, figures: {} };
  return { place: typeof body["place"] === "number" ? body["place"] : 0, figures: body["figures"] };
}
