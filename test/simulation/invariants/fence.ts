import type { Intent } from "../../../src/core/model/contact.ts";
import type { Committed, Violate, Watch } from "../sightings.ts";

/**
 * I10: what comes late changes nothing newer. Counters only grow, what is settled stays settled, and the result of an old
 * attempt leaves a newer one alone.
 */
export function fence(violate: Violate): Watch {
  const judge = ({ key, before, after, decided: { input } }: Committed): void => {
    for (const [id, earlier] of Object.entries(before?.intents ?? {})) {
      const later = after.intents[id];
      if (later === undefined) continue;
      const name = `message ${id} of ${key}`;
      if (later.attempt < earlier.attempt)
        violate(`${name} went back from attempt ${earlier.attempt} to ${later.attempt}`);
      if (later.ticket < earlier.ticket) violate(`${name} went back from ticket ${earlier.ticket} to ${later.ticket}`);
      if (earlier.state.kind === "accepted" && later.state.kind !== "accepted") {
        violate(`${name} was accepted and now is ${later.state.kind}, by ${input.id}`);
      }
      const isStale = input.kind === "result" && input.intent === id && input.attempt < earlier.attempt;
      if (isStale && !isSame(earlier, later) && later.state.kind !== "accepted") {
        violate(`${name} at attempt ${earlier.attempt} was changed by the result of attempt ${input.attempt}`);
      }
    }
  };
  return {
    see(sighting) {
      if (sighting.kind === "committed") judge(sighting);
    },
  };
}

function isSame(a: Intent, b: Intent): boolean {
  return a.state.kind === b.state.kind && a.attempt === b.attempt && a.ticket === b.ticket;
}
