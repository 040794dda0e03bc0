import { createCipheriv, createDecipheriv, createHmac } from "node:crypto";
import { isJsonArray, parseJson } from "../core/model/parse-json.ts";
import type { OutgoingMessage } from "../core/model/outgoing.ts";

/** Makes links by which the recipient of one message ends marketing email, and reads them. */
export interface Unsubscribing {
  urlOf(message: OutgoingMessage): string | null;
  /** Null for what is no token of ours. */
  read(token: string): Unsubscriber | null;
}

/** Who it was that a message went to. */
export interface Unsubscriber {
  readonly email: string;
  readonly contactId: string | null;
  readonly intentId: string;
}

export interface UnsubscribeKeys {
  readonly publicUrl: string;
  /** The first makes links; the others are still good for those that were made before. */
  readonly secrets: readonly [string, ...string[]];
}

const nonceBytes = 12;
const tagBytes = 16;
/** An address and an id at their longest. */
const maxTokenLength = 1_000;

/**
 * A token is an address, a contact's id and a message's id, encrypted and signed at once (AES-256-GCM): links end up in
 * logs of other people, so nothing can be read in them. The same message always has the same link, because the nonce is
 * an HMAC of what is in it.
 */
export function createUnsubscribing({ publicUrl, secrets }: UnsubscribeKeys): Unsubscribing {
  const [newest, ...older] = secrets;
  return {
    urlOf({ kind, to, contactId, intentId }) {
      if (kind !== "email" || to === null) return null;
      return `${publicUrl}/unsubscribe/${seal(newest, JSON.stringify([to, contactId, intentId]))}`;
    },
    read(token) {
      if (token.length > maxTokenLength || !/^[A-Za-z0-9_-]+$/.test(token)) return null;
      const sealed = Buffer.from(token, "base64url");
      for (const secret of [newest, ...older]) {
        const text = open(secret, sealed);
        if (text !== null) return readContent(text);
      }
      return null;
    },
  };
}

function seal(secret: string, text: string): string {
  const nonce = derive(secret, `nonce:${text}`).subarray(0, nonceBytes);
  const cipher = createCipheriv("aes-256-gcm", derive(secret, "key"), nonce);
  const sealed = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString("base64url");
}

function open(secret: string, sealed: Buffer): string | null {
  if (sealed.length <= nonceBytes + tagBytes) return null;
  const decipher = createDecipheriv("aes-256-gcm", derive(secret, "key"), sealed.subarray(0, nonceBytes));
  decipher.setAuthTag(sealed.subarray(nonceBytes, nonceBytes + tagBytes));
  try {
    const text = decipher.update(sealed.subarray(nonceBytes + tagBytes));
    return Buffer.concat([text, decipher.final()]).toString("utf8");
  } catch {
    return null;
  }
}

/** One secret serves for several things, each with a key of its own. */
function derive(secret: string, purpose: string): Buffer {
  return createHmac("sha256", secret).update(`heed-unsubscribe:${purpose}`, "utf8").digest();
}

function readContent(text: string): Unsubscriber | null {
  const parsed = parseJson(text);
  const [email, contactId, intentId] = parsed.ok && isJsonArray(parsed.value) ? parsed.value : [];
  if (typeof email !== "string" || typeof intentId !== "string") return null;
  return { email, contactId: typeof contactId === "string" ? contactId : null, intentId };
}
