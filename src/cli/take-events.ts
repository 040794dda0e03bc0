import { randomUUID } from "node:crypto";
import type { Clock } from "../core/model/clock.ts";
import type { JsonObject } from "../core/model/json.ts";
import { defaultLimits } from "../ingest/limits.ts";
import { readEvent } from "../ingest/read-event.ts";
import { createEventValidator, type EventFault } from "../ingest/validate-event.ts";
import type { Fact, Store } from "../store/store.ts";
import type { RunningSystem } from "./reach-system.ts";

/** An event that the door takes: as it is posted, and as it is stored. */
export interface SoundEvent {
  readonly type: string;
  readonly event: JsonObject;
  readonly fact: Fact;
}

/** Takes events in, all or none; returns how many of them were new. */
export type TakeEvents = (events: readonly SoundEvent[]) => Promise<number>;

export function takeOverHttp(system: RunningSystem): TakeEvents {
  return async (events) => {
    const answer = await system.ask(
      "POST",
      "/v1/events",
      events.map(({ event }) => event),
    );
    return "accepted" in answer && typeof answer.accepted === "number" ? answer.accepted : 0;
  };
}

export function takeIntoStore(store: Pick<Store, "append">): TakeEvents {
  return async (events) => {
    const results = await store.append(events.map(({ fact }) => fact));
    return results.filter(({ fresh }) => fresh).length;
  };
}

/** Judges events by the door's own law. */
export function createEventJudge(
  country: string,
  clock: Pick<Clock, "now">,
): (event: JsonObject) => SoundEvent | { readonly faults: readonly EventFault[] } {
  const validate = createEventValidator();
  return (event) => {
    const reading = { validate, limits: defaultLimits, country, now: clock.now(), newId: randomUUID };
    const read = readEvent(event, reading);
    return "faults" in read ? read : { type: read.event.event_type, event, fact: read.fact };
  };
}
