import type { ConditionTree } from "../core/model/facts.ts";
import type { JsonObject } from "../core/model/json.ts";
import { idOf } from "../core/model/sha256.ts";
import type { Duration } from "../core/model/rulebook.ts";
import type { Condition, Did, WasSent } from "./condition.ts";
import type { Operand } from "./operand.ts";

/**
 * The condition as a condition tree of json-rules-engine: `all`, `any` and `not` over
 * `{ fact, path, operator, value }`, where `fact` is the root of the path. Its top is always `all`, `any` or `not`, as
 * that engine wants.
 */
export function lowerCondition(condition: Condition): ConditionTree {
  const lowered = lower(condition);
  return "fact" in lowered ? { all: [lowered] } : lowered;
}

function lower(condition: Condition): JsonObject {
  switch (condition.kind) {
    case "all":
      return { all: condition.of.map(lower) };
    case "any":
      return { any: condition.of.map(lower) };
    case "not":
      return { not: lower(condition.of) };
    case "test": {
      const [fact = "", ...rest] = condition.path;
      return { fact, path: rest.join("."), operator: condition.operator, value: condition.operand };
    }
    case "did": {
      const path = `did.${historyKey(condition)}`;
      const params = eventsAsked(condition);
      return { fact: "history", path, operator: "happened", value: happenedOperand(condition), params };
    }
    case "was_sent":
      return { fact: "history", path: "sent", operator: "sent", value: sentOperand(condition) };
  }
}

/**
 * The name under which a contact's document keeps the times that answer this question, a path segment. The same for
 * all questions about the same events, however long ago and however many.
 */
export function historyKey(did: Did): string {
  return `k${idOf("did", JSON.stringify(eventsAsked(did))).slice(0, 16)}`;
}

/** Printed beside the key, for people. */
function eventsAsked({ events, where }: Did): JsonObject {
  return { events: events.toSorted(), where: where === null ? null : lowerCondition(where) };
}

/** What `happened` is compared with: how often at least, and since when. */
export function happenedOperand({ atLeast, within }: Did): readonly [number, string] {
  return [atLeast, written(within)];
}

/** What `sent` is compared with: channel, rule, and since when; `*` is any. */
export function sentOperand({ channel, rule, within }: WasSent): Operand {
  return [channel ?? "*", rule ?? "*", written(within)];
}

function written({ count, unit }: Duration): string {
  return `${count}${unit}`;
}
