import type { Enrollment } from "./model/contact.ts";
import type { Rule } from "./model/rulebook.ts";
import type { Run } from "./run.ts";

/** Until when another enrollment of this contact holds this one, in epoch milliseconds, or null when none does now. */
export function heldUntil(run: Run, rule: Rule, enrollment: Enrollment): number | null {
  const ends = run.contact.holds
    .filter(
      (hold) =>
        hold.until > run.now &&
        hold.by !== enrollment.id &&
        (hold.class === rule.class || hold.rules?.includes(rule.id) === true),
    )
    .map(({ until }) => until);
  return ends.length === 0 ? null : Math.max(...ends);
}
