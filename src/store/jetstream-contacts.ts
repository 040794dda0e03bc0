import type { Clock } from "../core/model/clock.ts";
import { MAX_BODY_BYTES } from "./input-limits.ts";
import { decodeEnvelope, encodeEnvelope, HEADER } from "./jetstream-document.ts";
import type { Envelope } from "./jetstream-document.ts";
import { erasureToken } from "./jetstream-names.ts";
import type { Names } from "./jetstream-names.ts";
import type { Outbox } from "./jetstream-outbox.ts";
import type { JetStreamRequests } from "./jetstream-request.ts";
import { Unavailable } from "./store.ts";
import type { Commit, Committed, Doc, Key } from "./store.ts";

export interface Contacts {
  load(key: Key, how: "latest" | "cached"): Promise<Doc | null>;
  commit(change: Commit): Promise<Committed>;
  /** Replaces whatever is there by a tombstone. True when there was a document. */
  bury(key: Key): Promise<boolean>;
  isErased(key: Key): Promise<boolean>;
}

export interface ContactsOptions {
  readonly requests: JetStreamRequests;
  readonly names: Names;
  readonly clock: Clock;
  readonly outbox: Outbox;
  /** Bytes of one message. */
  readonly maxPayload: number;
  readonly isClosed: () => boolean;
}

const CACHE_BYTES = 64 * 1024 * 1024;
/** Headers of a document, generously. */
const HEADER_BYTES = 2_048;
/**
 * An outbox that was handed on again this long after it was written is emptied by a commit of ours: the server may forget
 * its ids soon, and the next reader must not hand it on once more.
 */
const SETTLE_AFTER_MS = 60_000;
const RESOLVE_RETRY_MS = 1_000;
const NO_BYTES = new Uint8Array(0);

export function createContacts(options: ContactsOptions): Contacts {
  const { requests, names, clock, outbox } = options;
  const cache = createCache();

  async function store(key: Key, envelope: Envelope, expected: number): ReturnType<JetStreamRequests["publish"]> {
    const { payload, headers } = encodeEnvelope(envelope);
    return await requests.publish(names.contact(key), payload, { ...headers, [HEADER.expected]: String(expected) });
  }

  /** Reads from the leader, and hands on what a process that died may have left behind. */
  async function loadLatest(key: Key): Promise<Doc | null> {
    for (;;) {
      const message = await requests.last(names.contacts, names.contact(key));
      if (message === null) return null;
      const envelope = decodeEnvelope(message);
      if (envelope.erased) return null;
      if (envelope.outbox.length > 0 && !(await outbox.isRelayed(envelope, message.seq))) {
        await outbox.relay(envelope.outbox, envelope.writtenAt);
        const isOld = clock.now() - envelope.writtenAt > SETTLE_AFTER_MS;
        if (isOld) {
          await store(key, { ...envelope, outbox: [], writer: outbox.writer }, message.seq);
          continue;
        }
      }
      return { key, rev: String(message.seq), body: envelope.body, writtenAt: envelope.writtenAt };
    }
  }

  /** Nobody knows whether the document was stored, or its outbox was not handed on: find out until it is settled. */
  async function resolve(key: Key, under: { end(): void }): Promise<void> {
    while (!options.isClosed()) {
      await new Promise<void>((done) => void clock.after(RESOLVE_RETRY_MS, done));
      try {
        await loadLatest(key);
        under.end();
        return;
      } catch {
        // Not reachable yet.
      }
    }
  }

  async function refusal(key: Key): Promise<Committed> {
    cache.delete(key);
    const message = await requests.last(names.contacts, names.contact(key));
    const erased = message?.headers.has(HEADER.erased) === true;
    return { ok: false, why: erased ? "erased" : "conflict" };
  }

  return {
    async load(key, how) {
      const cached = how === "cached" ? cache.get(key) : undefined;
      if (cached !== undefined) return cached;
      const doc = await loadLatest(key);
      if (doc === null) cache.delete(key);
      else cache.set(key, doc);
      return doc;
    },
    async commit({ key, base, body, wakeAt, emit }) {
      const size = emit.reduce(
        (sum, item) => sum + item.body.byteLength + item.id.length * 3 + 256,
        body.byteLength + HEADER_BYTES,
      );
      if (body.byteLength > MAX_BODY_BYTES || size > options.maxPayload) return { ok: false, why: "too-large" };
      const expected = base === "new" ? 0 : Number(base);
      if (!Number.isSafeInteger(expected)) return await refusal(key);
      const writtenAt = clock.now();
      const envelope: Envelope = { erased: false, body, writtenAt, wakeAt, writer: outbox.writer, outbox: emit };
      const under = outbox.begin();
      try {
        const answer = await store(key, envelope, expected);
        if (!answer.ok) {
          under.end();
          return await refusal(key);
        }
        under.stored(answer.seq);
        await outbox.relay(emit, writtenAt);
        under.end();
        cache.set(key, { key, rev: String(answer.seq), body: new Uint8Array(body), writtenAt });
        return { ok: true, rev: String(answer.seq) };
      } catch (error) {
        cache.delete(key);
        void resolve(key, under);
        throw error;
      }
    },
    async bury(key) {
      cache.delete(key);
      await requests.publish(names.erasure(erasureToken(key)), NO_BYTES, {});
      for (let attempt = 0; attempt < 100; attempt += 1) {
        const message = await requests.last(names.contacts, names.contact(key));
        if (message?.headers.has(HEADER.erased) === true) return false;
        const tombstone = {
          erased: true,
          body: NO_BYTES,
          writtenAt: clock.now(),
          wakeAt: null,
          writer: outbox.writer,
          outbox: [],
        };
        if ((await store(key, tombstone, message?.seq ?? 0)).ok) return message !== null;
      }
      throw new Unavailable("a document kept changing while it was to be erased; try again");
    },
    async isErased(key) {
      const message = await requests.last(names.contacts, names.contact(key));
      return message?.headers.has(HEADER.erased) === true;
    },
  };
}

interface Cache {
  get(key: Key): Doc | undefined;
  set(key: Key, doc: Doc): void;
  delete(key: Key): void;
}

/** The documents used last, up to a number of bytes. A Map keeps the order in which its keys came. */
function createCache(): Cache {
  const docs = new Map<Key, Doc>();
  let bytes = 0;
  /** What an entry costs beside its body. */
  const cost = (doc: Doc): number => doc.body.byteLength + 512;
  const remove = (key: Key): Doc | undefined => {
    const found = docs.get(key);
    if (found === undefined) return undefined;
    docs.delete(key);
    bytes -= cost(found);
    return found;
  };
  const set = (key: Key, doc: Doc): void => {
    remove(key);
    docs.set(key, doc);
    bytes += cost(doc);
    for (const oldest of docs.keys()) {
      if (bytes <= CACHE_BYTES) break;
      remove(oldest);
    }
  };
  return {
    get(key) {
      const found = remove(key);
      if (found !== undefined) set(key, found);
      return found;
    },
    set,
    delete: (key) => void remove(key),
  };
}
