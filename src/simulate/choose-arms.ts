import type { Rulebook } from "../core/model/rulebook.ts";
import type { Arms } from "../rulebook/test-file.generated.ts";

/** The rulebook of a case that says who is in which arm. Whoever is not named is drawn, as in production. */
export function withArms(rulebook: Rulebook, arms: Arms, keyOf: (name: string) => string | null): Rulebook {
  const byKey = new Map(Object.entries(arms).map(([name, said]) => [keyOf(name), said]));
  if (byKey.size === 0) return rulebook;
  return {
    ...rulebook,
    chosenArm({ id }, contact) {
      const said = byKey.get(contact);
      return typeof said === "string" ? said : (said?.[id] ?? null);
    },
  };
}
