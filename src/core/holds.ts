import type { Enrollment, Hold } from "./model/contact.ts";
import type { Rule } from "./model/rulebook.ts";
import type { JsonObject } from "./model/json.ts";
import type { Run } from "./run.ts";

/** The hold of another enrollment of this contact that lets this one wait longest, or null when none does now. */
export function holdOn(run: Run, rule: Rule, enrollment: Enrollment): Hold | null {
  const holds = run.contact.holds.filter(
    (hold) =>
      hold.until > run.now &&
      hold.by !== enrollment.id &&
      (hold.class === rule.class || hold.rules?.includes(rule.id) === true),
  );
  return holds.reduce<Hold | null>((longest, hold) => (hold.until > (longest?.until ?? 0) ? hold : longest), null);
}

/** Who holds, for the account. */
export function heldTold({ by, rule }: Hold): JsonObject {
  return { by, ...(rule !== undefined && { by_rule: rule }) };
}
