import type { Condition, Did, WasSent } from "./condition.ts";

/** What must not have happened for a condition to hold: every `did_not` and `was_not_sent` that no alternative goes around. */
export function absencesOf(condition: Condition, holds = true): readonly (Did | WasSent)[] {
  switch (condition.kind) {
    case "not":
      return absencesOf(condition.of, !holds);
    case "all":
    case "any": {
      const mustAll = (condition.kind === "all") === holds || condition.of.length === 1;
      return mustAll ? condition.of.flatMap((part) => absencesOf(part, holds)) : [];
    }
    case "did":
    case "was_sent":
      return holds ? [] : [condition];
    case "test":
      return [];
  }
}
