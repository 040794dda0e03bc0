import type { JsonObject } from "./json.ts";

/**
 * What happened, in Heed's own words, whoever reported it (`schemas/event.schema.json`). Times are RFC 3339 strings.
 * Provider fields that have no place here, and our custom arguments, are under `data`.
 */
export interface CanonicalEvent {
  readonly schema_version: 1;
  /** Unique per provider; the same for every copy of the same event. */
  readonly event_id: string;
  readonly event_type: string;
  readonly occurred_at: string;
  readonly received_at: string;
  readonly provider: string;
  readonly channel?: string;
  readonly contact_id?: string;
  readonly conversation_id?: string;
  /** Our intent id when the message was ours, else the provider's message id. */
  readonly message_id?: string;
  readonly campaign_id?: string;
  readonly delivery_status?: string;
  readonly address?: { readonly email?: string; readonly phone?: string; readonly push?: string };
  readonly data: JsonObject;
}

/** The type of what a vendor reports by a word that Heed does not know: the word is `data.type`. */
export const unknownType = "unknown";

/** What makes an event the same event everywhere: ids are unique per provider only. */
export function eventKey(event: CanonicalEvent): string {
  return `${event.provider}:${event.event_id}`;
}
