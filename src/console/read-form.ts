import type { IncomingMessage } from "node:http";

/** A form of ours has a few short fields. */
const MOST_BYTES = 16_384;

/** The fields of a posted form, the first of each name; null when it is too large or no such form. Never rejects. */
export async function readForm(request: IncomingMessage): Promise<ReadonlyMap<string, string> | null> {
  if (request.headers["content-type"]?.startsWith("application/x-www-form-urlencoded") !== true) return null;
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of request) {
      const bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk));
      size += bytes.length;
      if (size > MOST_BYTES) return null;
      chunks.push(bytes);
    }
  } catch {
    return null;
  }
  const fields = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(Buffer.concat(chunks).toString("utf8"))) {
    if (!fields.has(name)) fields.set(name, value);
  }
  return fields;
}
