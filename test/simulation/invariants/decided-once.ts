import type { Committed, Violate, Watch } from "../sightings.ts";
import { eventKey } from "../../../src/core/model/event.ts";
import { isContactKey } from "../../../src/core/model/identity.ts";
import { readEvent } from "../read-event.ts";

/**
 * I1: what was acknowledged is decided, once: no loss whatever dies, no second decision whatever is redelivered; and so
 * is what documents hand on to each other. Nobody is enrolled twice by one event.
 */
export function decidedOnce(violate: Violate): Watch {
  const acknowledged = new Set<string>();
  const handed = new Set<string>();
  const done = new Set<string>();
  const passed = new Set<string>();
  const enrolled = new Set<string>();

  const commit = ({ key, records, emits, decided: { input } }: Committed): void => {
    for (const { kind, event, detail, enrollment } of records) {
      if (kind === "event" && event !== undefined) {
        const provider = detail?.["provider"];
        const name = `${key} ${typeof provider === "string" ? provider : ""}:${event}`;
        // A merged contact hands on; what goes round, because two were merged into each other, may come by twice.
        const passes = isContactKey(key) && detail?.["handed_to"] !== undefined;
        if (passes) passed.add(name);
        if (done.has(name) && !passed.has(name)) violate(`${name} was decided a second time, by ${input.id}`);
        done.add(name);
      }
      if (kind === "enrolled" && enrollment !== undefined) {
        const name = `${key} ${enrollment}`;
        if (enrolled.has(name)) violate(`${name} was enrolled a second time, by ${input.id}`);
        enrolled.add(name);
      }
    }
    for (const { lane, key: target, body } of emits) {
      const event = lane === "events" ? readEvent(body) : null;
      if (event !== null) handed.add(`${target} ${eventKey(event)}`);
    }
  };

  return {
    see(sighting) {
      if (sighting.kind === "committed") commit(sighting);
      if (sighting.kind !== "acknowledged") return;
      for (const { key, event } of sighting.expects) acknowledged.add(`${key} ${event}`);
    },
    atRest() {
      for (const name of acknowledged) if (!done.has(name)) violate(`${name} was acknowledged and never decided`);
      for (const name of handed) if (!done.has(name)) violate(`${name} was handed on and never decided`);
    },
  };
}
