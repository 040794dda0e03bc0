import type { CanonicalEvent } from "../../src/core/model/event.ts";

/** The event in an entry of a lane, bare or in the envelope in which documents hand it on; null when it is none. */
export function readEvent(body: Uint8Array): CanonicalEvent | null {
  let read: unknown;
  try {
    read = JSON.parse(new TextDecoder().decode(body));
  } catch {
    return null;
  }
  const event = typeof read === "object" && read !== null && "kind" in read && "event" in read ? read.event : read;
  return isEvent(event) ? event : null;
}

function isEvent(value: unknown): value is CanonicalEvent {
  return typeof value === "object" && value !== null && "event_type" in value && "event_id" in value;
}
