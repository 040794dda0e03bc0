import type { CanonicalEvent } from "./model/event.ts";
import type { Facts } from "./model/facts.ts";
import type { EventMatch, StopOn } from "./model/rulebook.ts";

/** Whether this event is one that the trigger or stop looks at. */
export function matches(match: EventMatch, event: CanonicalEvent, facts: Facts): boolean {
  if (!names(match, event)) return false;
  // A mail scanner that opens and clicks everything is not a person: only a condition that names the mark sees it.
  if (event.data["machine"] === true && !match.namesMachine) return false;
  return match.where === null || match.where(facts);
}

/** Whether it looks at events of this type: asked first where the facts would have to be made. */
export function names(match: EventMatch, event: CanonicalEvent): boolean {
  return match.events.includes(event.event_type);
}

/** Words of a person that are no keyword: `recognize` has renamed those already. */
export function isReply(event: CanonicalEvent): boolean {
  return event.event_type === "sms.received" || event.event_type === "email.replied";
}

/** Whether two events are about the same thing, as a stop's `same` demands. A missing value is the same as nothing. */
export function sameThing(stop: StopOn, a: CanonicalEvent, b: CanonicalEvent): boolean {
  if (stop.same === null) return true;
  const left = scalarAt(a, stop.same);
  return left !== undefined && left === scalarAt(b, stop.same);
}

/** The text, number or truth value at a path of an event, root excluded; undefined when there is none. */
export function scalarAt(event: CanonicalEvent, path: readonly string[]): string | number | boolean | undefined {
  let value: unknown = event;
  for (const segment of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, segment)) return undefined;
    value = Reflect.get(value, segment);
  }
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? value : undefined;
}
