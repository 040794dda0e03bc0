import { type Store, Unavailable } from "../store/store.ts";
import { decodeJson, encodeJson } from "./contact-codec.ts";

/** Documents of the house itself live beside those of contacts, under keys that no contact has. */
export type HouseKey = `heed:${string}`;

const MOST_CONFLICTS = 50;

/** The body of a house document; undefined when there is none. */
export async function readHouse(store: Pick<Store, "load">, key: HouseKey): Promise<unknown> {
  const doc = await store.load(key, "latest");
  return doc === null ? undefined : decodeJson(doc.body);
}

/**
 * Changes a house document by compare-and-set, as often as it takes. `change` gets the body, undefined when there is
 * none, and says what to write, undefined for nothing, and what came of it.
 */
export async function changeHouse<T>(
  store: Store,
  key: HouseKey,
  change: (body: unknown) => { readonly write: unknown; readonly result: T },
): Promise<T> {
  for (let tries = 0; tries < MOST_CONFLICTS; tries++) {
    const doc = await store.load(key, "latest");
    const { write, result } = change(doc === null ? undefined : decodeJson(doc.body));
    if (write === undefined) return result;
    const committed = await store.commit({
      key,
      base: doc?.rev ?? "new",
      body: encodeJson(write),
      wakeAt: null,
      emit: [],
    });
    if (committed.ok) return result;
    if (committed.why === "too-large") throw new RangeError(`${key} would outgrow its document`);
  }
  throw new Unavailable(`gave up after ${MOST_CONFLICTS} conflicts on ${key}`);
}
