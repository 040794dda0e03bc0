import type { IncomingMessage } from "node:http";

export type Body = { readonly bytes: Uint8Array } | "too_large" | "aborted";

/** Whether the request says itself that it is too large, before a byte of it is read. */
export function announcesMoreThan(request: IncomingMessage, limit: number): boolean {
  const length = request.headers["content-length"];
  return length !== undefined && Number(length) > limit;
}

/**
 * The raw bytes of a body, exactly as signed: nothing is inflated or parsed. Stops collecting at the first byte over
 * `limit`, whatever is still to come. Never rejects.
 */
export function readBody(request: IncomingMessage, limit: number): Promise<Body> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const settle = (body: Body) => {
      request.off("data", take).off("end", finish).off("error", abort).off("close", abort);
      resolve(body);
    };
    const take = (chunk: Buffer) => {
      size += chunk.length;
      if (size <= limit) {
        chunks.push(chunk);
        return;
      }
      request.pause();
      settle("too_large");
    };
    const finish = () =>
      settle({ bytes: chunks.length === 1 ? (chunks[0] ?? Buffer.alloc(0)) : Buffer.concat(chunks) });
    const abort = () => settle("aborted");
    // An abort may be followed by an error event, which must not be left without a listener.
    request.on("error", () => undefined);
    request.on("data", take).once("end", finish).once("error", abort).once("close", abort);
  });
}
