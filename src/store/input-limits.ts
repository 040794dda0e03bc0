import type { Emit, Fact, Key } from "./store.ts";

/** Bytes of UTF-8. */
const MAX_KEY_BYTES = 128;
/**
 * Bytes of a document's body, of a fact and of an emit, alike in every store so that what runs on one runs on all. The
 * ceiling comes from NATS, where one message of at most 1 MiB (`max_payload`) holds a document and its outbox.
 */
export const MAX_BODY_BYTES = 256 * 1024;
/** Bytes of an id. An id travels in a message header on JetStream, percent-encoded. */
const MAX_ID_BYTES = 512;

/** Throws RangeError for a key that a store could not give back unchanged. */
export function checkKey(key: Key): void {
  const bytes = Buffer.byteLength(key, "utf8");
  if (bytes === 0 || bytes > MAX_KEY_BYTES) {
    throw new RangeError(`a key has 1 to ${MAX_KEY_BYTES} bytes of UTF-8, found ${bytes}`);
  }
  checkWellFormed("a key", key);
}

function checkWellFormed(what: string, text: string): void {
  if (/\p{Surrogate}/u.test(text)) throw new RangeError(`${what} is well-formed text, found half of a surrogate pair`);
}

/** Throws RangeError: the caller let something through that no repetition will make fit. */
export function checkPayload(what: "fact" | "emit", item: Pick<Fact | Emit, "id" | "key" | "body">): void {
  checkKey(item.key);
  const idBytes = Buffer.byteLength(item.id, "utf8");
  if (idBytes === 0 || idBytes > MAX_ID_BYTES) {
    throw new RangeError(`the id of ${article(what)} has 1 to ${MAX_ID_BYTES} bytes of UTF-8, found ${idBytes}`);
  }
  checkWellFormed(`the id of ${article(what)}`, item.id);
  if (item.body.byteLength > MAX_BODY_BYTES) {
    throw new RangeError(
      `the body of ${article(what)} has at most ${MAX_BODY_BYTES} bytes, found ${item.body.byteLength}`,
    );
  }
}

function article(what: "fact" | "emit"): string {
  return what === "emit" ? "an emit" : "a fact";
}
