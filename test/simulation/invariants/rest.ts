import type { Contact } from "../../../src/core/model/contact.ts";
import type { Store } from "../../../src/store/store.ts";
import type { Violate, Watch } from "../sightings.ts";

/** What a dead letter may be there for. */
const TERMINAL = [/^quarantined: /, /^not readable$/];

/**
 * I9: once nothing goes wrong any more, everything comes to rest: no lane holds anything, no document waits, and dead
 * letters are there for good reasons. A ticket that was said to be done has had its answer.
 */
export function rest(violate: Violate, store: Store, wakes: () => ReadonlyMap<string, number>): Watch {
  const contacts = new Map<string, Contact>();
  return {
    see(sighting) {
      if (sighting.kind === "committed") contacts.set(sighting.key, sighting.after);
      if (sighting.kind === "done") {
        const [, intent, ticket] = /^([^.?]+)\.(\d+)$/.exec(sighting.id) ?? [];
        const found = contacts.get(sighting.key)?.intents[intent ?? ""];
        if (sighting.lane.startsWith("jobs.") && found?.state.kind === "queued" && found.ticket === Number(ticket)) {
          violate(`the ticket ${sighting.id} of ${sighting.key} is done, and its message still waits for it`);
        }
      }
      if (sighting.kind === "buried" && !TERMINAL.some((reason) => reason.test(sighting.reason))) {
        violate(`${sighting.id} of lane ${sighting.lane} is a dead letter: ${sighting.reason}`);
      }
      if (sighting.kind === "logged" && /a delivery failed|broke its promise/.test(sighting.text))
        violate(sighting.text);
    },
    async atRest() {
      for (const [lane, depth] of Object.entries((await store.health()).depth)) {
        if (lane !== "dead" && depth > 0) violate(`${depth} entries are left in lane ${lane}`);
      }
      for (const [key, at] of wakes()) violate(`${key} wants to be woken at ${at}`);
    },
  };
}
