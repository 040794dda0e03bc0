import type { Json, JsonObject } from "./json.ts";

/**
 * What conditions and templates may read: one plain object per root of a path (`event`, `trigger`, `contact`,
 * `consent`, `message`, `last`, `rule`, `now`). Roots that make no sense at some place are absent there.
 */
export type Facts = { readonly [root: string]: Json | undefined };

/** A condition compiled to a closure: pure, synchronous, and free of side effects. */
export type Predicate = (facts: Facts) => boolean;

/** A condition lowered to the condition tree of json-rules-engine. Opaque to the core, which only asks for its verdict. */
export type ConditionTree = JsonObject;
