import type { Rule } from "../core/model/rulebook.ts";

/** Types of events that may be known before the enrollment begins which they concern. */
export function awaitedBy({ stopOn, goal, steps }: Rule): readonly string[] {
  const waits = [...steps.values()].flatMap((step) => (step.verb === "wait_for" ? [step.for] : []));
  return [...[...stopOn, ...waits].flatMap(({ match }) => match.events), ...(goal?.match.events ?? [])];
}
