import { factsOfEvent } from "./facts-of.ts";
import { matches, names, scalarAt } from "./matching.ts";
import type { Enrollment, OpenGoal } from "./model/contact.ts";
import { type CanonicalEvent, eventKey } from "./model/event.ts";
import { reachesContact, type Rule } from "./model/rulebook.ts";
import { change, record, type Run } from "./run.ts";
import { addDuration } from "./time/duration.ts";
import { happenedAt } from "./time/event-time.ts";
import { zoneOf } from "./zones.ts";

/** Begins to wait for the conversion that the rule's goal names; in the holdout as well, or nothing could be compared. */
export function openGoal(run: Run, rule: Rule, enrollment: Enrollment): void {
  if (rule.goal === null) return;
  const { arm, trigger, triggeredAt } = enrollment;
  const until = addDuration(triggeredAt, rule.goal.within, zoneOf(run.contact, run.rulebook.workspace));
  const goal: OpenGoal = { rule: rule.id, arm, trigger, triggeredAt, until };
  change(run, { goals: { ...run.contact.goals, [enrollment.id]: goal } });
  // News may come in any order.
  for (const earlier of run.contact.recent) reach(run, enrollment.id, goal, earlier);
}

/** Records the conversions that this event is: the first of each enrollment counts. */
export function reachGoals(run: Run, event: CanonicalEvent): void {
  for (const [id, goal] of Object.entries(run.contact.goals)) reach(run, id, goal, event);
}

function reach(run: Run, id: string, open: OpenGoal, event: CanonicalEvent): void {
  const goal = run.rulebook.rules.get(open.rule)?.goal ?? null;
  if (goal === null || run.contact.goals[id] === undefined || !names(goal.match, event)) return;
  if (eventKey(event) === eventKey(open.trigger)) return;
  const at = happenedAt(event, run.now);
  if (at < open.triggeredAt || at > open.until) return;
  if (!matches(goal.match, event, factsOfEvent(run.contact, run.rulebook.workspace, event, open.trigger, run.now)))
    return;
  const { [id]: _reached, ...others } = run.contact.goals;
  change(run, { goals: others });
  const value = goal.value === null ? undefined : scalarAt(event, goal.value);
  record(run, {
    kind: "converted",
    rule: open.rule,
    enrollment: id,
    event: event.event_id,
    detail: {
      arm: open.arm,
      after_ms: at - open.triggeredAt,
      ...(typeof value === "number" && { value }),
      ...lastSpoken(run, open, at),
    },
  });
}

/** The channel of the rule's last message to the contact before it converted, for those who count; nothing without one. */
function lastSpoken(
  { contact, rulebook }: Run,
  { rule, triggeredAt }: OpenGoal,
  convertedAt: number,
): { readonly channel?: string } {
  const place = contact.taken.findLast((taken) => {
    const kind = rulebook.workspace.channels.get(taken.channel)?.kind;
    const isToContact = kind !== undefined && reachesContact(kind);
    return isToContact && taken.rule === rule && taken.at >= triggeredAt && taken.at <= convertedAt;
  });
  return place === undefined ? {} : { channel: place.channel };
}
