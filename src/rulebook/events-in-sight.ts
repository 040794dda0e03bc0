import { type Condition, historyOf, type Test, testsOf } from "../conditions/condition.ts";
import { eventPlacesOf } from "./event-places.ts";
import type { ParsedRule } from "./parsed-workspace.ts";
import type { Path } from "./problem.ts";

/** Which events a condition or a text looks at, by their types. */
export interface EventsInSight {
  /** What `event.*` reads. */
  readonly event: readonly string[];
  /** What started the enrollment: what `trigger.*` reads. */
  readonly trigger: readonly string[];
}

/** What guards, steps and texts of a rule look at: the event that started it. */
export function triggerInSight({ file }: ParsedRule): EventsInSight {
  const { event } = file.trigger;
  const types = typeof event === "string" ? [event] : event;
  return { event: types, trigger: types };
}

export interface SeenCondition {
  /** Where in the file it stands. */
  readonly path: Path;
  readonly condition: Condition;
  readonly sight: EventsInSight;
  /** Whether `event.*` is the event that started the rule, another that just came, or a past one. */
  readonly about: "trigger" | "other" | "past";
}

/** Every condition of a rule with the events it looks at, those inside of `did` by themselves. */
export function conditionsInSight(rule: ParsedRule): readonly SeenCondition[] {
  const { trigger } = triggerInSight(rule);
  const others = new Map(
    eventPlacesOf(rule).flatMap(({ role, where, types }) =>
      role === "trigger" || where === null ? [] : [[where.join("/"), types]],
    ),
  );
  return rule.conditions.flatMap(({ path, condition }): readonly SeenCondition[] => {
    const other = others.get(path.join("/"));
    const past = historyOf(condition).flatMap(({ where, events: event }): readonly SeenCondition[] =>
      where === null ? [] : [{ path, condition: where, sight: { event, trigger }, about: "past" }],
    );
    const about = other === undefined ? "trigger" : "other";
    return [{ path, condition, sight: { event: other ?? trigger, trigger }, about }, ...past];
  });
}

export interface SeenTest {
  readonly test: Test;
  /** Where in the file its path is written. */
  readonly path: Path;
  readonly sight: EventsInSight;
}

/** Every test of a rule with the events it looks at. */
export function testsInSight(rule: ParsedRule): readonly SeenTest[] {
  return conditionsInSight(rule).flatMap(({ path, condition, sight }) =>
    testsOf(condition).map((test) => ({ test, path: [...path, ...test.at], sight })),
  );
}
