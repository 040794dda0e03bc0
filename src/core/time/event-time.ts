import type { CanonicalEvent } from "../model/event.ts";
import { parseInstant } from "./instant.ts";

/** When it happened, in epoch milliseconds: never later than it was received, whatever a sender's clock says. */
export function happenedAt(event: CanonicalEvent, now: number): number {
  return Math.min(parseInstant(event.occurred_at) ?? now, arrivedAt(event, now));
}

/** When it reached Heed, in epoch milliseconds. */
export function arrivedAt(event: CanonicalEvent, now: number): number {
  return Math.min(parseInstant(event.received_at) ?? now, now);
}
