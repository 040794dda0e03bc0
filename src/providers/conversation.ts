import { createHash } from "node:crypto";

/**
 * The id that joins all messages between one address of theirs and one of ours, in both directions and whoever reports
 * them. A hash, because ids get where addresses must not: into logs and other people's systems.
 */
export function conversationId(kind: "email" | "sms", theirs: string, ours: string): string {
  const hash = createHash("sha256").update(JSON.stringify([kind, theirs.toLowerCase(), ours.toLowerCase()]));
  return `${kind}-${hash.digest("base64url").slice(0, 22)}`;
}
