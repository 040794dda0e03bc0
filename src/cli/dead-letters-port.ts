import type { DeadLettersPort, LetterView } from "../console/dead-letters-api.ts";
import type { Clock } from "../core/model/clock.ts";
import { formatInstant } from "../core/time/instant.ts";
import { createEventValidator } from "../ingest/validate-event.ts";
import { deadLettersOf } from "../runtime/dead-letters.ts";
import type { Letter } from "../runtime/read-letter.ts";
import type { Store } from "../store/store.ts";

/** The dead letters of a store in the words of the API. */
export function deadLettersPort(store: Store, clock: Clock): DeadLettersPort {
  const letters = deadLettersOf({ store, clock, validate: createEventValidator() });
  return {
    async list(page) {
      const { letters: found, next } = await letters.list(page);
      return { dead_letters: found.map(viewOf), next };
    },
    async show(id) {
      const letter = await letters.show(id);
      return letter === null ? null : { ...viewOf(letter), body: letter.body };
    },
    replay: (id, mayDouble) => letters.replay(id, { mayDouble }),
    discard: (id, note) => letters.discard(id, note),
  };
}

function viewOf(letter: Letter): LetterView {
  const { place, at, kind, reason, key } = letter;
  return { id: place, at: formatInstant(at), kind, reason, key, about: aboutOf(letter) };
}

function aboutOf(letter: Letter): string {
  switch (letter.kind) {
    case "message": {
      const { intent, enrollment } = letter.message;
      const of = enrollment === null ? "" : ` of rule ${enrollment.rule}, step ${enrollment.step}`;
      return `message ${intent}${of}`;
    }
    case "event":
      return `event ${letter.event.event_type} (${letter.event.event_id})`;
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
