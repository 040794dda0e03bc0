import { createHash, timingSafeEqual } from "node:crypto";

/**
 * Judges an `Authorization` header against the API token. Both are hashed first, so that the comparison takes the same
 * time whatever was sent and however long it is.
 */
export function createAuthorizer(token: string): (header: string | undefined) => boolean {
  const expected = digest(token);
  return (header) => {
    const given = /^Bearer +(\S+)$/i.exec(header ?? "")?.[1];
    return given !== undefined && token !== "" && timingSafeEqual(digest(given), expected);
  };
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
