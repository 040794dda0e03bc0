import type { Key, Lane } from "./store.ts";

/** One thing on its way from a store into another, as it was: with its own times and ids. */
export type Moved =
  | {
      readonly kind: "document";
      readonly key: Key;
      readonly body: Uint8Array;
      readonly writtenAt: number;
      readonly wakeAt: number | null;
    }
  /** Somebody was erased: nothing may be written under this key any more. */
  | { readonly kind: "tombstone"; readonly key: Key; readonly writtenAt: number }
  /** Of the account. */
  | {
      readonly kind: "line";
      readonly key: Key;
      readonly id: string;
      readonly at: number;
      readonly body: Uint8Array;
    }
  | {
      readonly kind: "counter";
      readonly budget: string;
      readonly from: number;
      readonly to: number;
      readonly taken: number;
    }
  | {
      readonly kind: "delivery";
      readonly lane: Exclude<Lane, "due">;
      readonly key: Key;
      readonly id: string;
      readonly at: number;
      readonly body: Uint8Array;
      readonly reason?: string;
    };

/** What people count: `documents` are contacts and what the house itself keeps, those that were erased among them. */
export const MOVED = ["documents", "lines", "counters", "events", "jobs", "dead letters"] as const;
export type MovedCounts = Readonly<Record<(typeof MOVED)[number], number>>;

export const NOTHING: MovedCounts = { documents: 0, lines: 0, counters: 0, events: 0, jobs: 0, "dead letters": 0 };

export function countedAs(item: Moved): keyof MovedCounts {
  switch (item.kind) {
    case "document":
    case "tombstone":
      return "documents";
    case "line":
      return "lines";
    case "counter":
      return "counters";
    case "delivery":
      if (item.lane === "events") return "events";
      return item.lane === "dead" ? "dead letters" : "jobs";
  }
}

/** `mark` names it among all of its store. */
export interface MarkedItem {
  readonly item: Moved;
  readonly mark: string;
}

/** Where everything comes from. Nobody else has it open meanwhile. */
export interface StoreExport {
  /** About how many items there are. */
  readonly about: number;
  /** In an order that stays, so that one can go on behind a mark. */
  items(after: string | null): Iterable<MarkedItem>;
  /** The move that has begun or ended here, by the id it was given; null when none has. */
  readonly moving: Moving | null;
  /** How many lines of the account there are up to a place: where that is once they were moved, in their order. */
  linesUpTo(place: number): number;
  /** Written before the first item leaves, and when the last one has arrived. */
  tell(moving: Moving): Promise<void>;
  close(): Promise<void>;
}

export interface Moving {
  readonly id: string;
  readonly to: Place;
  readonly done: boolean;
}

/** Where a move goes. For people: without a login. */
export interface Place {
  readonly url: string;
  readonly namespace: string;
}

export function placeInWords({ url, namespace }: Place): string {
  return `${url} (namespace ${namespace})`;
}

/** Always both: whoever leaves the namespace out speaks to contacts whose STOPs are in another one. */
export function placeInFlags({ url, namespace }: Place): string {
  return `--store ${url} --namespace ${namespace}`;
}

/** How far a move has come, as the store it goes to knows. */
export interface Arrived {
  readonly id: string;
  /** The mark of the last item that surely is there. */
  readonly mark: string | null;
  readonly done: boolean;
  readonly moved: MovedCounts;
  /** What was there before. */
  readonly before: MovedCounts;
}

/** Where everything goes. */
export interface StoreImport {
  readonly version: string;
  /** Makes what is missing there; until then nothing is. */
  prepare(): Promise<void>;
  /** Null when nothing was moved here. */
  arrived(): Promise<Arrived | null>;
  tell(arrived: Arrived): Promise<void>;
  /** Everything that is there. */
  counts(): Promise<MovedCounts>;
  /** The bodies of what the house itself keeps there, counted among the documents. */
  house(): Promise<ReadonlyMap<Key, Uint8Array>>;
  /** Lines of the account that are about the house itself, by the keys that they are written under. */
  houseLines(accounts: readonly Key[]): Promise<number>;
  /** Removes both: those of the house that moves in take their place. */
  clearHouse(accounts: readonly Key[]): Promise<void>;
  /** The place that the account has come to. */
  lastPlace(): Promise<number>;
  /** Resolves when all are there. `again`: some may be there already, and then stay as they are. */
  write(items: readonly MarkedItem[], again: boolean): Promise<void>;
  close(): Promise<void>;
}

/** The document in which a store remembers what was moved into it. */
export const ARRIVED_KEY = "heed:migration";

export function isArrived(value: unknown): value is Arrived {
  return typeof value === "object" && value !== null && "id" in value && "done" in value && "moved" in value;
}

/** Whether a move into this store has begun and not ended: whoever works on it now would decide without what is missing. */
export async function isHalfMoved(load: (key: Key) => Promise<{ readonly body: Uint8Array } | null>): Promise<boolean> {
  const doc = await load(ARRIVED_KEY);
  if (doc === null) return false;
  const found: unknown = JSON.parse(Buffer.from(doc.body).toString("utf8"));
  return isArrived(found) && !found.done;
}
