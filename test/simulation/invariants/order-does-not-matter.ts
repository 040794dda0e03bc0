import type { Contact } from "../../../src/core/model/contact.ts";
import { happenedAt } from "../../../src/core/time/event-time.ts";
import type { Committed, Violate, Watch } from "../sightings.ts";
import { erases } from "./erasures.ts";

/** How far a message has come, as providers tell it: the farthest state that was reported counts, the latest of equals. */
const RANKS: readonly (readonly string[])[] = [
  ["queued", "processed"],
  ["sent"],
  ["deferred"],
  ["blocked"],
  ["delivered"],
  ["opened"],
  ["clicked"],
  ["undelivered", "failed", "dropped"],
  ["bounced"],
  ["complained"],
];

interface Report {
  readonly status: string;
  readonly at: number;
}

/** I7: what a document says of a message is what the set of reports says, in whatever order and number they came. */
export function orderDoesNotMatter(violate: Violate): Watch {
  const reports = new Map<string, Map<string, Report[]>>();
  const contacts = new Map<string, Contact>();

  const learn = (sighting: Committed): void => {
    const { key, decided, after } = sighting;
    const { input, now } = decided;
    contacts.set(key, after);
    // An address that belongs to somebody hands on what it hears, and what has moved says more than was reported here.
    if (input.kind === "handover" || after.pointsTo.length > 0) reports.delete(key);
    // Nor is anything left of what was reported before an erasure.
    if (erases(sighting)) reports.delete(key);
    if (after.pointsTo.length > 0) return;
    if (input.kind !== "event") return;
    const { event } = input;
    const status = /^(?:email|sms)\.([a-z]+)$/.exec(event.event_type)?.[1] ?? "";
    if (event.message_id === undefined || rankOf(status) < 0) return;
    const known = reports.get(key) ?? new Map<string, Report[]>();
    const list = known.get(event.message_id) ?? [];
    list.push({ status, at: happenedAt(event, now) });
    known.set(event.message_id, list);
    reports.set(key, known);
  };

  return {
    see(sighting) {
      if (sighting.kind === "committed") learn(sighting);
    },
    atRest() {
      for (const [key, messages] of reports) {
        for (const [id, list] of messages) {
          const found = contacts.get(key)?.messages[id]?.status;
          // Old ones are forgotten, and what an address knew before may say more.
          if (found === undefined) continue;
          const expected = farthest(list);
          if (rankOf(found) < rankOf(expected)) violate(`message ${id} of ${key} is ${found}, and was ${expected}`);
        }
      }
    },
  };
}

function farthest(reports: readonly Report[]): string {
  const sorted = reports.toSorted((a, b) => rankOf(a.status) - rankOf(b.status) || a.at - b.at);
  return sorted.at(-1)?.status ?? "";
}

function rankOf(status: string): number {
  return RANKS.findIndex((statuses) => statuses.includes(status));
}
