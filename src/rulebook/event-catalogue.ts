import type { WorkspaceFile } from "./workspace-file.generated.ts";

/** Event types that adapters and Heed itself produce. */
const builtIn: readonly string[] = [
  ...[
    "processed",
    "delivered",
    "deferred",
    "bounced",
    "blocked",
    "dropped",
    "opened",
    "clicked",
    "complained",
    "unsubscribed",
    "resubscribed",
    "replied",
  ].map((name) => `email.${name}`),
  ...["queued", "sent", "delivered", "undelivered", "failed", "received", "opted_out", "opted_in", "help"].map(
    (name) => `sms.${name}`,
  ),
  ...["identified", "updated", "tagged", "untagged", "merged", "erased"].map((name) => `contact.${name}`),
  "consent.granted",
  "consent.denied",
];

/** Every event type that rules of the workspace may name. */
export function eventTypesOf({ events }: WorkspaceFile): readonly string[] {
  return [...new Set([...builtIn, ...Object.keys(events ?? {})])];
}
