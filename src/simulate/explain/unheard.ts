import { anything } from "../../conditions/logic/value-type.ts";
import { builtInEvents } from "../../rulebook/built-in-events.ts";
import { suggest } from "../../rulebook/suggest.ts";
import type { WatchedEvents } from "../near-misses.ts";

/** Of more types than this one is told enough. */
const MOST_TYPES = 5;

/** Types that Heed itself takes in, rules or no rules: an opt-out silences, a report tells what came of a message. */
const builtIn: ReadonlySet<string> = new Set(builtInEvents(anything).keys());

/**
 * Says of event types that no rule listens to what rules listen to instead; null when each is listened to: by what starts
 * or stops a rule, or by what rules await. Asked about one rule, only types that were likely meant to start it are told.
 */
export function unheardNote(
  types: readonly string[],
  watched: readonly WatchedEvents[],
  awaited: ReadonlySet<string>,
  about: string | null = null,
): string | null {
  const known = [...new Set(watched.flatMap(({ events }) => events))];
  const unheard = [...new Set(types)].filter(
    (type) => type !== "" && !known.includes(type) && !awaited.has(type) && !builtIn.has(type),
  );
  const told = unheard.flatMap((type) => {
    const near = suggest(type, known);
    const starts = watched.filter(({ events, what }) => what === "trigger" && near !== null && events.includes(near));
    const rules = [...new Set(starts.map(({ rule }) => rule))];
    if (about !== null && !rules.includes(about)) return [];
    const by = rules.length === 0 ? "" : `, which starts ${rules.join(", ")}`;
    return near === null ? type : `${type} (did you mean ${near}${by}?)`;
  });
  return told.length === 0 ? null : `no rule listens to ${told.slice(0, MOST_TYPES).join(", ")}`;
}
