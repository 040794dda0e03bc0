import type { IncomingMessage } from "node:http";

/** The media type without its parameters, in lower case; empty when the header is missing. */
function mediaType(request: IncomingMessage): string {
  return (request.headers["content-type"] ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "";
}

/**
 * Whether the body is of an accepted type and sent as it is. Compressed bodies are refused as a whole: nobody whom Heed
 * listens to sends them, and inflating a stranger's bytes is how a small request becomes a large one.
 */
export function isReadable(request: IncomingMessage, accepted: readonly string[]): boolean {
  const encoding = request.headers["content-encoding"]?.trim().toLowerCase() ?? "identity";
  return encoding === "identity" && accepted.includes(mediaType(request));
}
