import type { Rulebook } from "../../core/model/rulebook.ts";

/**
 * A rulebook that hears of events that concern rules which are not the same in another one. Who has none of those is
 * treated alike by both, as long as nothing but rules is different: a run of a rule begins with an event that triggers it.
 */
export function hearingDifferences(rulebook: Rulebook, other: Rulebook, hear: () => void): Rulebook {
  const [here, there] = [differentFrom(rulebook, other), differentFrom(other, rulebook)];
  if (here.size + there.size === 0) return rulebook;
  return {
    ...rulebook,
    triggered(event, facts) {
      const triggered = rulebook.triggered(event, facts);
      const concerns =
        triggered.some(({ id }) => here.has(id)) || other.triggered(event, facts).some(({ id }) => there.has(id));
      if (concerns) hear();
      return triggered;
    },
  };
}

/** Rules that are not in the other rulebook as they are here: a digest covers a rule with all its texts. */
function differentFrom(rulebook: Rulebook, other: Rulebook): ReadonlySet<string> {
  const different = [...rulebook.rules.values()].filter(({ id, digest }) => other.rules.get(id)?.digest !== digest);
  return new Set(different.map(({ id }) => id));
}
