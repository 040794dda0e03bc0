import type { Enrollment } from "./model/contact.ts";
import { type CanonicalEvent, eventKey } from "./model/event.ts";
import type { JsonObject } from "./model/json.ts";
import { idOf } from "./model/sha256.ts";
import { record, type Run } from "./run.ts";
import { formatInstant } from "./time/instant.ts";

/** A new event of this contact, which comes in through the events lane like any other. A step emits once. */
export function emitEvent(run: Run, enrollment: Enrollment, step: string, type: string, data: JsonObject): void {
  const at = formatInstant(run.now);
  const event: CanonicalEvent = {
    schema_version: 1,
    event_id: idOf(run.contact.key, enrollment.id, step),
    event_type: type,
    occurred_at: at,
    received_at: at,
    provider: "heed",
    ...(run.contact.id !== null && { contact_id: run.contact.id }),
    data,
  };
  run.effects.push({ kind: "hand", key: run.contact.key, id: eventKey(event), what: { kind: "event", event } });
  const detail = { emitted: type, event: event.event_id };
  record(run, { kind: "step", rule: enrollment.rule, enrollment: enrollment.id, step, detail });
}
