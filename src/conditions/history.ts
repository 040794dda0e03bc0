import type { Facts } from "../core/model/facts.ts";
import type { Json } from "../core/model/json.ts";
import { subtractDuration } from "../core/time/duration.ts";
import type { Operand } from "./operand.ts";
import { type Judge, nowOf, zoneOf } from "./operators.ts";
import { parseDuration } from "./parse-duration.ts";
import { isList, readPath } from "../core/model/path.ts";

/** Judges `history.did.<key>`, the times of such events in epoch milliseconds. The operand is `[at least, within]`. */
export function happened(operand: Operand): Judge {
  const [atLeast, within] = isList(operand) ? operand : [];
  return (value, facts) => {
    const since = startOf(within, facts);
    if (since === null || typeof atLeast !== "number" || !isList(value)) return false;
    return value.filter((at) => typeof at === "number" && at >= since).length >= atLeast;
  };
}

/**
 * Whether nobody can say that such events did not happen: `history.since.<key>` says from when on they are known, where
 * that is not always, and the question reaches further back. The operand is that of `happened`.
 */
export function reachesBackTooFar(operand: Operand, since: Json | undefined, facts: Facts): boolean {
  const from = startOf(isList(operand) ? operand[1] : null, facts);
  return typeof since === "number" && from !== null && from < since;
}

/** Judges `history.sent`, maps of `channel`, `rule` and `at`. The operand is `[channel or *, rule or *, within]`. */
export function sent(operand: Operand): Judge {
  const [channel, rule, within] = isList(operand) ? operand : [];
  return (value, facts) => {
    const since = startOf(within, facts);
    if (since === null || !isList(value)) return false;
    return value.some((message) => {
      const at = readPath(message, ["at"]);
      const fits = (wanted: unknown, name: string): boolean => wanted === "*" || readPath(message, [name]) === wanted;
      return typeof at === "number" && at >= since && fits(channel, "channel") && fits(rule, "rule");
    });
  };
}

function startOf(within: unknown, facts: Parameters<Judge>[1]): number | null {
  const duration = typeof within === "string" ? parseDuration(within) : null;
  const now = nowOf(facts);
  return duration === null || now === null ? null : subtractDuration(now, duration, zoneOf(facts));
}
