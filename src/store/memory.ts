import type { Clock } from "../core/model/clock.ts";
import { readDue, REOFFER_MS } from "./due-reader.ts";
import { checkKey, checkPayload, MAX_BODY_BYTES } from "./input-limits.ts";
import { createLaneHub, readLane } from "./lane-reader.ts";
import type { LaneHub, LaneQueue, QueuedEntry } from "./lane-reader.ts";
import { Unavailable } from "./store.ts";
import type { AuditEntry, Commit, Committed, Consumer, Doc, Fact, Key, Lane, Store } from "./store.ts";
import { createWakeUps } from "./wake-ups.ts";

export interface MemoryStoreOptions {
  readonly clock: Clock;
  /** See `REOFFER_MS`. */
  readonly reofferMs?: number;
}

/** The horizon within which an id is known again. */
const DEDUP_MS = 10 * 60_000;

interface MemoryLane {
  /** By ascending sequence number: entries are only ever added at the end. */
  readonly ready: Map<number, QueuedEntry>;
  readonly delayed: Map<number, { readonly entry: QueuedEntry; readonly until: number }>;
  readonly hub: LaneHub;
}

type StoredDocument = { readonly doc: Doc; readonly wakeAt: number | null } | "erased";

/** The reference: the port in the plainest terms, for tests and simulations. Nothing survives the process. */
export function openMemoryStore(options: MemoryStoreOptions): Store {
  const { clock } = options;
  let closed = false;
  /** Numbers everything: revisions, places in lanes, audit entries. */
  let sequence = 0;
  const documents = new Map<Key, StoredDocument>();
  const lanes = new Map<Lane, MemoryLane>();
  const known = new Map<string, number>();
  const audit = new Map<Key, AuditEntry[]>();
  const budgets = new Map<string, number>();
  const wakeUps = createWakeUps();
  const dueReaders = new Set<{ notify(): void }>();

  function open(): void {
    if (closed) throw new Unavailable("the memory store is closed");
  }

  function laneOf(lane: Lane): MemoryLane {
    const found = lanes.get(lane);
    if (found !== undefined) return found;
    const made: MemoryLane = { ready: new Map(), delayed: new Map(), hub: createLaneHub() };
    lanes.set(lane, made);
    return made;
  }

  function enqueue(lane: Lane, entry: Omit<QueuedEntry, "seq">): void {
    sequence += 1;
    laneOf(lane).ready.set(sequence, { ...entry, seq: sequence });
  }

  /** False when the id is known; otherwise it is from now on. */
  function isFresh(lane: Lane | "audit", key: Key, id: string): boolean {
    const now = clock.now();
    for (const [name, expiry] of known) {
      // In insertion order, so the first one that has not expired ends it.
      if (expiry > now) break;
      known.delete(name);
    }
    const name = JSON.stringify([lane, key, id]);
    if (known.has(name)) return false;
    known.set(name, now + DEDUP_MS);
    return true;
  }

  function wakeLanes(names: Iterable<Lane>): void {
    // Not within the caller's own call: a handler must not start before `append` or `commit` has returned.
    queueMicrotask(() => {
      for (const name of new Set(names)) lanes.get(name)?.hub.wake();
    });
  }

  const queue: LaneQueue = {
    *ready(lane, from) {
      for (const [seq, entry] of laneOf(lane).ready) {
        if (seq >= from) yield { seq, key: entry.key, open: () => laneOf(lane).ready.get(seq) ?? null };
      }
    },
    async ripen(lane) {
      const { delayed } = laneOf(lane);
      const now = clock.now();
      const ripe = [...delayed].filter(([, item]) => item.until <= now).toSorted(([, a], [, b]) => a.until - b.until);
      for (const [seq, item] of ripe) {
        delayed.delete(seq);
        enqueue(lane, item.entry);
      }
      return ripe.length > 0;
    },
    async settle(lane, entry, settlement) {
      open();
      if (!laneOf(lane).ready.delete(entry.seq)) return;
      if ("again" in settlement) {
        const next = { ...entry, attempt: entry.attempt + 1 };
        laneOf(lane).delayed.set(entry.seq, { entry: next, until: settlement.again });
      } else if ("dead" in settlement) {
        enqueue("dead", { ...entry, attempt: 1, reason: settlement.dead });
        wakeLanes(["dead"]);
      }
    },
    begin: () => () => undefined,
  };

  function change(commit: Commit): Committed {
    const found = documents.get(commit.key);
    if (found === "erased") return { ok: false, why: "erased" };
    if ((found?.doc.rev ?? "new") !== commit.base) return { ok: false, why: "conflict" };
    const now = clock.now();
    sequence += 1;
    const rev = String(sequence);
    const doc: Doc = { key: commit.key, rev, body: new Uint8Array(commit.body), writtenAt: now };
    documents.set(commit.key, { doc, wakeAt: commit.wakeAt });
    wakeUps.set(commit.key, rev, commit.wakeAt);
    for (const { lane, id, key, body } of commit.emit) {
      if (!isFresh(lane, key, id)) continue;
      if (lane !== "audit") enqueue(lane, { id, key, body: new Uint8Array(body), at: now, attempt: 1 });
      else if (documents.get(key) !== "erased") audit.set(key, [...(audit.get(key) ?? []), { at: now, id, body: new Uint8Array(body) }]);
    }
    wakeLanes(commit.emit.flatMap(({ lane }) => (lane === "audit" ? [] : [lane])));
    queueMicrotask(() => {
      for (const reader of dueReaders) reader.notify();
    });
    return { ok: true, rev };
  }

  return {
    traits: { durable: "memory", shared: false, maxBody: MAX_BODY_BYTES, version: "memory" },
    async append(facts: readonly Fact[]) {
      open();
      for (const fact of facts) checkPayload("fact", fact);
      const at = clock.now();
      const answers = facts.map(({ id, key, body, dead }) => {
        const lane = dead === undefined ? "events" : "dead";
        const fresh = isFresh(lane, key, id);
        if (fresh) enqueue(lane, { id, key, body: new Uint8Array(body), at, attempt: 1, ...(dead === undefined ? {} : { reason: dead }) });
        return { fresh };
      });
      wakeLanes(["events", "dead"]);
      return answers;
    },
    async load(key) {
      open();
      checkKey(key);
      const found = documents.get(key);
      return found === undefined || found === "erased" ? null : found.doc;
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
      const { hub } = laneOf(lane);
      const isClosed = (): boolean => closed;
      if (lane !== "due") return readLane({ ...consume, clock, lane, queue, hub, handle, isClosed });
      const reader = readDue({
        ...consume,
        clock,
        claims: hub.claims,
        beginPass: wakeUps.beginPass,
        isCurrent: ({ key, rev }) => {
          const found = documents.get(key);
          return found !== undefined && found !== "erased" && found.doc.rev === rev;
        },
        begin: () => ({ attempt: 1, ended: () => undefined }),
        async bury({ key, rev, at }, reason) {
          if (isFresh("dead", key, rev)) enqueue("dead", { id: rev, key, body: new Uint8Array(0), at, attempt: 1, reason });
          wakeLanes(["dead"]);
        },
        handle,
        isClosed,
        reofferMs: options.reofferMs ?? REOFFER_MS,
      });
      dueReaders.add(reader);
      return {
        async stop(drainMs) {
          dueReaders.delete(reader);
          await reader.stop(drainMs);
        },
      };
    },
    async take(budget, window, limit, want) {
      open();
      const name = JSON.stringify([budget, window.from, window.to]);
      const taken = budgets.get(name) ?? 0;
      const granted = Math.max(0, Math.min(want, limit - taken));
      budgets.set(name, taken + granted);
      return granted;
    },
    async history(key, page) {
      open();
      const newestFirst = (audit.get(key) ?? []).toReversed();
      const start = page.before === undefined ? 0 : newestFirst.findIndex(({ id }) => id === page.before) + 1;
      if (page.before !== undefined && start === 0) return [];
      return newestFirst.slice(start, start + page.limit);
    },
    async scan(page) {
      open();
      const keys = [...documents.keys()].toSorted().filter((key) => page.after === undefined || key > page.after);
      const docs = keys.flatMap((key) => {
        const found = documents.get(key);
        return found === undefined || found === "erased" ? [] : [found.doc];
      });
      return docs.slice(0, page.limit);
    },
    async erase(key) {
      open();
      checkKey(key);
      let removed = audit.get(key)?.length ?? 0;
      if (documents.has(key) && documents.get(key) !== "erased") removed += 1;
      documents.set(key, "erased");
      wakeUps.set(key, "", null);
      audit.delete(key);
      for (const { ready, delayed } of lanes.values()) {
        for (const [seq, entry] of ready) if (entry.key === key && ready.delete(seq)) removed += 1;
        for (const [seq, { entry }] of delayed) if (entry.key === key && delayed.delete(seq)) removed += 1;
      }
      return { removed, residual: [] };
    },
    async health() {
      if (closed) return { ok: false, problems: ["the memory store is closed"], depth: {} };
      const depth: Record<string, number> = { events: 0, dead: 0 };
      for (const [lane, { ready, delayed }] of lanes) depth[lane] = ready.size + delayed.size;
      depth["due"] = wakeUps.due(clock.now());
      return { ok: true, problems: [], depth };
    },
    async close() {
      closed = true;
    },
  };
}
