import type { Json, JsonObject } from "./json.ts";

/**
 * What conditions and templates may read: one plain object per root of a path (`event`, `trigger`, `contact`,
 * `consent`, `message`, `last`, `lookup`, `rule`, `now`). Roots that make no sense at some place are absent there.
 * `history` answers `did` and `was_sent`: `did` has the times of past events by the key of the question, and `sent` has
 * a map of `channel`, `rule` and `at` for each message, times in epoch milliseconds.
 */
export type Facts = { readonly [root: string]: Json | undefined };

/** A condition compiled to a closure: pure, synchronous, and free of side effects. */
export type Predicate = (facts: Facts) => boolean;

/** A condition lowered to the condition tree of json-rules-engine. Opaque to the core, which only asks for its verdict. */
export type ConditionTree = JsonObject;
