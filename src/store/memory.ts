import type { Clock } from "../core/model/clock.ts";
import { readDue, REOFFER_MS } from "./due-reader.ts";
import { checkKey, checkPayload, MAX_BODY_BYTES } from "./input-limits.ts";
import { readLane } from "./lane-reader.ts";
import type { MemoryLanes } from "./memory-lanes.ts";
import { createMemoryAudit } from "./memory-audit.ts";
import type { MemoryAudit } from "./memory-audit.ts";
import { createMemoryLanes } from "./memory-lanes.ts";
import { createMemoryPast } from "./memory-past.ts";
import type { MemoryPast } from "./memory-past.ts";
import {
  type Commit,
  type Committed,
  type Consumer,
  type ConsumeOptions,
  type Delivery,
  type Doc,
  EVENTS_KEPT_MS,
  type Fact,
  type Key,
  type Retention,
  type Store,
  Unavailable,
  type Verdict,
} from "./store.ts";
import { createWakeUps } from "./wake-ups.ts";
import type { WakeUp } from "./wake-ups.ts";

export interface MemoryStoreOptions {
  readonly clock: Clock;
  /** See `REOFFER_MS`. */
  readonly reofferMs?: number;
}

type StoredDocument = { readonly doc: Doc; readonly wakeAt: number | null } | "erased";

/** The reference: the port in the plainest terms, for tests and simulations. Nothing survives the process. */
export function openMemoryStore(options: MemoryStoreOptions): Store {
  const { clock } = options;
  let closed = false;
  /** Numbers everything: revisions, places in lanes, audit entries. */
  let sequence = 0;
  const documents = new Map<Key, StoredDocument>();
  const nextNumber = (): number => (sequence += 1);
  const audit = createMemoryAudit(nextNumber, open);
  const past = createMemoryPast(open);
  const budgets = new Map<string, number>();
  const wakeUps = createWakeUps();
  const dueReaders = new Set<{ notify(): void }>();

  function open(): void {
    if (closed) throw new Unavailable("the memory store is closed");
  }

  const lanes = createMemoryLanes(clock, nextNumber, open);

  function change(commit: Commit): Committed {
    const found = documents.get(commit.key);
    if (found === "erased") return { ok: false, why: "erased" };
    if ((found?.doc.rev ?? "new") !== commit.base) return { ok: false, why: "conflict" };
    const now = clock.now();
    const rev = String(nextNumber());
    const doc: Doc = { key: commit.key, rev, body: new Uint8Array(commit.body), writtenAt: now };
    documents.set(commit.key, { doc, wakeAt: commit.wakeAt });
    wakeUps.set(commit.key, rev, commit.wakeAt);
    for (const { lane, id, key, body } of commit.emit) {
      if (!lanes.isFresh(lane, key, id)) continue;
      if (lane !== "audit") lanes.enqueue(lane, { id, key, body: new Uint8Array(body), at: now, attempt: 1 });
      else if (documents.get(key) !== "erased") audit.record(key, { at: now, id, body: new Uint8Array(body) });
    }
    lanes.wake(commit.emit.flatMap(({ lane }) => (lane === "audit" ? [] : [lane])));
    queueMicrotask(() => {
      for (const reader of dueReaders) reader.notify();
    });
    return { ok: true, rev };
  }

  function consumeDue(consume: ConsumeOptions, handle: (delivery: Delivery) => Promise<Verdict>): Consumer {
    const reader = readDue({
      ...consume,
      clock,
      claims: lanes.hub("due").claims,
      beginPass: wakeUps.beginPass,
      isCurrent: ({ key, rev }) => liveDoc(documents, key)?.rev === rev,
      begin: () => ({ attempt: 1, ended: () => undefined }),
      bury: async (wakeUp, reason) => bury(lanes, wakeUp, reason),
      handle,
      isClosed: () => closed,
      reofferMs: options.reofferMs ?? REOFFER_MS,
    });
    dueReaders.add(reader);
    return {
      async stop(drainMs) {
        dueReaders.delete(reader);
        await reader.stop(drainMs);
      },
    };
  }

  return {
    traits: { durable: "memory", shared: false, maxBody: MAX_BODY_BYTES, version: "memory" },
    async append(facts) {
      open();
      for (const fact of facts) checkPayload("fact", fact);
      const answers = facts.map((fact) => appendOne(lanes, past, { at: clock.now(), ...fact }));
      lanes.wake(["events", "dead"]);
      return answers;
    },
    async load(key) {
      open();
      checkKey(key);
      return liveDoc(documents, key);
    },
    async commit(commit) {
      open();
      checkKey(commit.key);
      if (commit.body.byteLength > MAX_BODY_BYTES) return { ok: false, why: "too-large" };
      for (const emit of commit.emit) checkPayload("emit", emit);
      return change(commit);
    },
    async consume(lane, consume, handle): Promise<Consumer> {
      open();
      if (lane === "due") return consumeDue(consume, handle);
      return readLane({ ...consume, clock, lane, queue: lanes, hub: lanes.hub(lane), handle, isClosed: () => closed });
    },
    deadLetters: lanes.deadLetters,
    settleDead: lanes.settleDead,
    async take(budget, window, limit, want) {
      open();
      return takeFrom(budgets, JSON.stringify([budget, window.from, window.to]), limit, want);
    },
    history: async (key, page) => audit.page(key, page),
    historySince: (key, since) => audit.since(key, since),
    audit: async (page) => audit.from(page),
    pastEvents: async (page) => past.from(page, (key) => documents.get(key) === "erased"),
    async scan(page) {
      open();
      return liveDocs(documents, page);
    },
    async erase(key) {
      open();
      checkKey(key);
      wakeUps.set(key, "", null);
      const left = audit.forget(key) + lanes.removeAll(key) + past.forget(key);
      return { removed: left + entomb(documents, key), residual: [] };
    },
    async forget(key) {
      open();
      checkKey(key);
      past.forget(key);
      return { removed: audit.forget(key) + lanes.removeAll(key, "dead"), residual: [] };
    },
    expire: async (retention) => expire(retention, clock.now(), past, audit),
    async health() {
      if (closed) return { ok: false, problems: ["the memory store is closed"], depth: {} };
      return { ok: true, problems: [], depth: { ...lanes.depth(), due: wakeUps.due(clock.now()) } };
    },
    async close() {
      closed = true;
    },
  };
}

function expire({ ledger, events }: Retention, now: number, past: MemoryPast, audit: MemoryAudit): false {
  past.removeBefore(now - (events ?? EVENTS_KEPT_MS));
  if (ledger !== null) audit.removeBefore(now - ledger);
  return false;
}

/** Returns how many documents that removed. */
function entomb(documents: Map<Key, StoredDocument>, key: Key): 0 | 1 {
  const found = liveDoc(documents, key);
  documents.set(key, "erased");
  return found === null ? 0 : 1;
}

function takeFrom(budgets: Map<string, number>, name: string, limit: number, want: number): number {
  const taken = budgets.get(name) ?? 0;
  const granted = Math.max(0, Math.min(want, limit - taken));
  budgets.set(name, taken + granted);
  return granted;
}

function appendOne(
  lanes: MemoryLanes,
  past: MemoryPast,
  { id, key, body, dead, at }: Fact & { readonly at: number },
): { readonly fresh: boolean } {
  const lane = dead === undefined ? "events" : "dead";
  const fresh = lanes.isFresh(lane, key, id);
  const reason = dead === undefined ? {} : { reason: dead };
  if (!fresh) return { fresh };
  const place = lanes.enqueue(lane, { id, key, body: new Uint8Array(body), at, attempt: 1, ...reason });
  if (lane === "events") past.record({ place, key, id, at, body: new Uint8Array(body) });
  return { fresh };
}

function bury(lanes: MemoryLanes, { key, rev, at }: WakeUp, reason: string): void {
  if (!lanes.isFresh("dead", key, rev)) return;
  lanes.enqueue("dead", { id: rev, key, body: new Uint8Array(0), at, attempt: 1, reason });
  lanes.wake(["dead"]);
}

function liveDoc(documents: ReadonlyMap<Key, StoredDocument>, key: Key): Doc | null {
  const found = documents.get(key);
  return found === undefined || found === "erased" ? null : found.doc;
}

function liveDocs(
  documents: ReadonlyMap<Key, StoredDocument>,
  page: { readonly after?: Key; readonly limit: number },
): readonly Doc[] {
  const keys = [...documents.keys()].toSorted().filter((key) => page.after === undefined || key > page.after);
  const docs = keys.flatMap((key) => liveDoc(documents, key) ?? []);
  return docs.slice(0, page.limit);
}
