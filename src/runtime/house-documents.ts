import type { LedgerRecord } from "../core/model/decision.ts";
import type { JsonObject } from "../core/model/json.ts";
import { type Emit, type Store, Unavailable } from "../store/store.ts";
import { decodeJson, encodeJson } from "./contact-codec.ts";

/** Documents of the house itself live beside those of contacts, under keys that no contact has. */
export type HouseKey = `heed:${string}`;

/** Where the account tells what was done to the house itself, of no contact in particular. */
export const HOUSE_ACCOUNT = "heed:house";

/** What somebody did: a line in that account. */
export interface Deed {
  /** Epoch milliseconds. */
  readonly at: number;
  /** In one word, such as `pause`, and who did it: `operator`, a name, or `heed` itself. */
  readonly command: string;
  readonly actor: string;
  readonly rule?: string;
  /** Of rulebooks that became others: the digest. */
  readonly rulebook?: string;
  readonly detail?: JsonObject;
}

const MOST_CONFLICTS = 50;

/** The body of a house document; undefined when there is none. */
export async function readHouse(store: Pick<Store, "load">, key: HouseKey): Promise<unknown> {
  const doc = await store.load(key, "latest");
  return doc === null ? undefined : decodeJson(doc.body);
}

/**
 * Changes a house document by compare-and-set, as often as it takes. `change` gets the body, undefined when there is
 * none, and says what to write, undefined for nothing, and what came of it; `deed` becomes a line of the account with it.
 */
export async function changeHouse<T>(
  store: Store,
  key: HouseKey,
  change: (body: unknown) => { readonly write: unknown; readonly result: T; readonly deed?: Deed },
): Promise<T> {
  for (let tries = 0; tries < MOST_CONFLICTS; tries++) {
    const doc = await store.load(key, "latest");
    const { write, result, deed } = change(doc === null ? undefined : decodeJson(doc.body));
    if (write === undefined) return result;
    const committed = await store.commit({
      key,
      base: doc?.rev ?? "new",
      body: encodeJson(write),
      wakeAt: null,
      emit: deed === undefined ? [] : [lineOf(`${key}@${doc?.rev ?? "new"}`, deed)],
    });
    if (committed.ok) return result;
    if (committed.why === "too-large") throw new RangeError(`${key} would outgrow its document`);
  }
  throw new Unavailable(`gave up after ${MOST_CONFLICTS} conflicts on ${key}`);
}

/** One revision is followed by one other, so that the line of a change has a name of its own. */
function lineOf(id: string, { at, command, actor, rule, rulebook = "", detail }: Deed): Emit {
  const line: LedgerRecord = {
    at,
    kind: "command",
    rulebook: rulebook.slice(0, 12),
    ...(rule !== undefined && { rule }),
    detail: { command, actor, ...detail },
  };
  return { lane: "audit", key: HOUSE_ACCOUNT, id, body: encodeJson(line) };
}
