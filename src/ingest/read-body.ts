import type { IncomingMessage } from "node:http";
import type { Refused } from "./door-context.ts";
import type { HeldBodies } from "./held-bodies.ts";
import { problem } from "./problem.ts";

export type Body = { readonly bytes: Uint8Array } | "too_large" | "aborted";

/** Seconds after which a sender comes again for whose body there was no room. */
const roomAfter = "5";

/**
 * Reads a body of at most `limit` bytes and does something with it. What is announced as larger is refused before a byte
 * of it is read, as is what there is no room for now.
 */
export async function withBody<T>(
  request: IncomingMessage,
  { held, limit }: { readonly held: HeldBodies; readonly limit: number },
  use: (bytes: Uint8Array) => Promise<T>,
): Promise<T | Refused> {
  const { "content-length": length, "transfer-encoding": coding } = request.headers;
  // Without either there is no body (RFC 9112, section 6.3).
  const announced = length === undefined && coding === undefined ? 0 : Number(length ?? Number.NaN);
  const most = announced >= 0 ? announced : limit;
  if (most > limit) return { refused: "too_large", problem: problem(413) };
  const release = held.take(most);
  if (release === null) {
    return { refused: "unavailable", problem: problem(503), headers: { "retry-after": roomAfter } };
  }
  try {
    const body = await readBody(request, limit);
    if (body === "too_large") return { refused: "too_large", problem: problem(413) };
    if (body === "aborted") return { refused: "aborted", problem: null };
    return await use(body.bytes);
  } finally {
    release();
  }
}

/**
 * The raw bytes of a body, exactly as signed: nothing is inflated or parsed. Stops collecting at the first byte over
 * `limit`, whatever is still to come. Never rejects.
 */
export function readBody(request: IncomingMessage, limit: number): Promise<Body> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const take = (chunk: Buffer) => {
      size += chunk.length;
      if (size <= limit) {
        chunks.push(chunk);
        return;
      }
      request.pause().off("data", take);
      resolve("too_large");
    };
    const finish = () => {
      const [only] = chunks;
      resolve({ bytes: only !== undefined && chunks.length === 1 ? only : Buffer.concat(chunks) });
    };
    const abort = () => resolve("aborted");
    // The first of them settles it. All stay: taking them off costs more, and an error must not be left without a listener.
    request.on("data", take).on("end", finish).on("error", abort).on("close", abort);
  });
}
