import type { DeadLettersPort, LetterView } from "../console/dead-letters-api.ts";
import type { Clock } from "../core/model/clock.ts";
import type { CanonicalEvent } from "../core/model/event.ts";
import { liftEvent } from "../core/model/lift-event.ts";
import { isJsonObject } from "../core/model/parse-json.ts";
import { formatInstant } from "../core/time/instant.ts";
import { eventFact } from "../ingest/facts.ts";
import { defaultLimits } from "../ingest/limits.ts";
import { createEventValidator, type PostedEvent, withoutNames } from "../ingest/validate-event.ts";
import { type DeadLetterParts, deadLettersOf } from "../runtime/dead-letters.ts";
import { type Letter, mayBePersonal } from "../runtime/read-letter.ts";
import type { Store } from "../store/store.ts";

/** The dead letters of a store in the words of the API. */
export function deadLettersPort(store: Store, clock: Clock): DeadLettersPort {
  const letters = deadLettersOf({ store, clock, factOf: createFactReader() });
  return {
    async list(page) {
      const { letters: found, next } = await letters.list(page);
      return { dead_letters: found.map(viewOf), next };
    },
    async show(id) {
      const letter = await letters.show(id);
      return letter === null ? null : { ...viewOf(letter), body: letter.body };
    },
    replay: (id, wish) => letters.replay(id, wish),
    discard: (id, wish) => letters.discard(id, wish),
  };
}

/** Judges an event anew as the door does. */
export function createFactReader(): DeadLetterParts["factOf"] {
  const validate = createEventValidator();
  return (value, atMs) => {
    const at = formatInstant(atMs);
    const whole = isJsonObject(value) ? { received_at: at, occurred_at: at, ...value } : value;
    const lifted = liftEvent(whole);
    if (lifted.kind === "other version") return { fault: `it is ${lifted.why}` };
    const validated = validate(lifted.kind === "event" ? lifted.event : whole);
    if ("faults" in validated) {
      return { fault: `it is no valid event: ${validated.faults.map(withoutNames).join("; ")}` };
    }
    if (!isCanonical(validated.event)) return { fault: "it is no valid event: it has no event_id or provider" };
    return eventFact(validated.event, defaultLimits);
  };
}

/** What the schema lets your own systems leave out, and a door fills in. */
function isCanonical(event: PostedEvent): event is CanonicalEvent {
  const { schema_version, event_id, provider, data } = event;
  return [schema_version, event_id, provider, data].every((field) => field !== undefined);
}

function viewOf(letter: Letter): LetterView {
  const { place, at, kind, reason, key } = letter;
  return { id: place, at: formatInstant(at), kind, reason, key, about: aboutOf(letter) };
}

/** As others wrote it: what is no type of event, or may be somebody's number, is not told. */
function eventNamed({ event_type: type, event_id: id }: Pick<CanonicalEvent, "event_type" | "event_id">): string {
  const told = (name: string): string => (mayBePersonal(name) || name.length > 100 ? "…" : name);
  return `${told(type)} (${told(id)})`;
}

function aboutOf(letter: Letter): string {
  switch (letter.kind) {
    case "message": {
      const { intent, enrollment } = letter.message;
      const of = enrollment === null ? "" : ` of rule ${enrollment.rule}, step ${enrollment.step}`;
      return `message ${intent}${of}`;
    }
    case "event":
      return `event ${eventNamed(letter.event)}`;
    case "handed":
      return `${letter.what} between documents`;
    case "job":
      return `ticket of message ${letter.job.intent}`;
    case "wake-up":
      return "a moment a document waited for";
    case "unreadable":
      return `${letter.raw.length} bytes`;
  }
}
