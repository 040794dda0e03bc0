import { createCipheriv, createDecipheriv, createHmac } from "node:crypto";

/**
 * Names of people in paths. A key may be an address, and paths end up in histories, bookmarks and the logs of proxies: so
 * a path has the key encrypted. The same key has the same path for as long as the token is the same, in all processes,
 * so that it can be bookmarked and given to a colleague.
 */
export interface Refs {
  refOf(text: string): string;
  /** Null when it is none of ours. */
  textOf(ref: string): string | null;
}

const IV_BYTES = 12;
const TAG_BYTES = 16;

export function createRefs(token: string): Refs {
  const secret = (purpose: string): Buffer => createHmac("sha256", token).update(`heed console ${purpose}`).digest();
  const key = secret("path");
  const ivKey = secret("path iv");
  return {
    refOf(text) {
      // Made of the text, so that a name has one path; another text has another.
      const iv = createHmac("sha256", ivKey).update(text).digest().subarray(0, IV_BYTES);
      const cipher = createCipheriv("aes-256-gcm", key, iv);
      const sealed = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
      return Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString("base64url");
    },
    textOf(ref) {
      const bytes = Buffer.from(ref, "base64url");
      if (bytes.length <= IV_BYTES + TAG_BYTES) return null;
      const decipher = createDecipheriv("aes-256-gcm", key, bytes.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES });
      decipher.setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
      try {
        return decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES), undefined, "utf8") + decipher.final("utf8");
      } catch {
        return null;
      }
    },
  };
}
