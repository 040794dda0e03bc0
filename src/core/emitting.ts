import type { Enrollment } from "./model/contact.ts";
import { type CanonicalEvent, eventKey } from "./model/event.ts";
import type { JsonObject } from "./model/json.ts";
import { idOf } from "./model/sha256.ts";
import { change, record, type Run } from "./run.ts";
import { formatInstant } from "./time/instant.ts";

const HOUR_MS = 3_600_000;
/** No plan needs so many in an hour: rules that trigger each other do. */
const MOST_AN_HOUR = 100;

/** A new event of this contact, which comes in through the events lane like any other. A step emits once. */
export function emitEvent(run: Run, enrollment: Enrollment, step: string, type: string, data: JsonObject): void {
  if (!mayEmit(run)) {
    run.effects.push({ kind: "pause", rule: enrollment.rule, why: "loop" });
    const place = { rule: enrollment.rule, enrollment: enrollment.id, step };
    return record(run, { kind: "step", reason: "self_paused", ...place, detail: { not_emitted: type } });
  }
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

/** The checker finds loops in the rules it sees; this ends those that go by way of somebody else's system. */
function mayEmit(run: Run): boolean {
  const hour = Math.floor(run.now / HOUR_MS);
  const { emitted } = run.contact;
  const count = emitted.hour === hour ? emitted.count : 0;
  if (count >= MOST_AN_HOUR) return false;
  change(run, { emitted: { hour, count: count + 1 } });
  return true;
}
