import type { Contact } from "../../../src/core/model/contact.ts";
import { addressOfKey, isContactKey } from "../../../src/core/model/identity.ts";
import type { Store } from "../../../src/store/store.ts";
import { CANARY } from "../people.ts";
import type { Committed, Violate, Watch } from "../sightings.ts";
import { beganCalls } from "./calls.ts";
import { erases } from "./erasures.ts";

/** Words after which somebody who was erased is somebody again. */
const BEGINS_ANEW = /^(?:contact\.identified|consent\.granted)$/;

/**
 * I15: contacts that are one end as one, whoever was merged into whom first; whoever has become another keeps nothing. And
 * nobody is spoken to once they were erased, nor is anything of them left but the silence of their addresses.
 */
export function identity(violate: Violate, store: Store): Watch {
  const contacts = new Map<string, Contact>();
  const erased = new Set<string>();
  /** Both ids of every merge that was decided. */
  const merges: (readonly [string, string])[] = [];

  const learn = (sighting: Committed): void => {
    const { key, after, records, decided } = sighting;
    contacts.set(key, after);
    const { input } = decided;
    const tells = input.kind === "event" && BEGINS_ANEW.test(input.event.event_type);
    if (tells || input.kind === "link") erased.delete(key);
    if (erased.has(key) && beganCalls(sighting).length > 0) violate(`${key} was spoken to after it had been erased`);
    if (erases(sighting)) erased.add(key);
    for (const { kind, detail } of records) {
      if (kind !== "identity") continue;
      const into = detail?.["merged_into"];
      if (typeof into === "string") merges.push([key, into]);
    }
  };

  /** Where everything that comes for this contact ends; null when it goes round. */
  const endOf = (start: string): string | null => {
    let key = start;
    for (let hops = 0; hops <= contacts.size; hops++) {
      const next = contacts.get(key)?.pointsTo.at(-1);
      if (next === undefined) return key;
      key = next;
    }
    return null;
  };

  const judgeEnds = (): void => {
    for (const key of contacts.keys()) if (endOf(key) === null) violate(`what comes for ${key} goes round`);
    for (const [one, other] of merges) {
      const gone = [one, other].some((key) => contacts.get(key)?.erased !== null);
      if (!gone && endOf(one) !== endOf(other)) violate(`${one} and ${other} are one, and end in two`);
    }
    for (const [key, { pointsTo }] of contacts) {
      const gone = pointsTo.find((target) => contacts.get(target)?.erased?.anew === false);
      if (gone !== undefined) violate(`${key} still belongs to ${gone}, who was erased`);
    }
    for (const [key, { pointsTo, attributes, taken, history, recent }] of contacts) {
      if (pointsTo.length === 0) continue;
      const left = Object.keys(attributes).length + taken.length + Object.keys(history).length + recent.length;
      if (isContactKey(key) && left > 0) violate(`${key} has become another, and still knows something`);
    }
  };

  const judgeTraces = async (key: string, contact: Contact): Promise<void> => {
    const own = addressOfKey(key)?.address ?? "";
    const left = JSON.stringify(contact).replaceAll(own === "" ? key : own, "");
    if (CANARY.test(left)) violate(`${key} was erased, and still says ${CANARY.exec(left)?.[0]}`);
    for (const { id, body } of await store.history(key, { limit: 1_000_000 })) {
      const line = Buffer.from(body)
        .toString("utf8")
        .replaceAll(own === "" ? key : own, "");
      if (CANARY.test(line)) violate(`the account of ${key} was erased, and still has ${id}`);
    }
  };

  return {
    see(sighting) {
      if (sighting.kind === "committed") learn(sighting);
    },
    async atRest() {
      judgeEnds();
      for (const key of erased) {
        const contact = contacts.get(key);
        if (contact?.erased?.anew === false && contact.pointsTo.length === 0) await judgeTraces(key, contact);
      }
    },
  };
}
