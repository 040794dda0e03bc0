import { historyOf } from "../conditions/condition.ts";
import type { ParsedRule } from "./parsed-workspace.ts";
import type { Path } from "./problem.ts";
import { stepsOf } from "./steps.ts";

/** One place at which a rule names event types, and the condition over them if it may have one there. */
export interface EventPlace {
  readonly role: "trigger" | "goal" | "stop_on" | "wait_for" | "did" | "emit";
  readonly types: readonly string[];
  /** To the type, or to the list of them. */
  readonly path: Path;
  /** To the condition that judges these events. */
  readonly where: Path | null;
}

/** Every place of a rule that names event types. */
export function eventPlacesOf(rule: ParsedRule): readonly EventPlace[] {
  const { trigger, goal, stop_on: stops = [] } = rule.file;
  return [
    place("trigger", ["trigger"], trigger.event),
    ...(goal === undefined ? [] : [place("goal", ["goal"], goal.event)]),
    ...stops.map(({ event }, index) => place("stop_on", ["stop_on", index], event)),
    ...stepsOf(rule.file).flatMap(({ path, step }) => {
      if ("wait_for" in step) return [place("wait_for", [...path, "wait_for"], step.wait_for.event)];
      if (!("emit" in step)) return [];
      return [{ ...place("emit", [...path, "emit"], step.emit.event), where: null }];
    }),
    ...rule.conditions.flatMap(({ path, condition }) =>
      historyOf(condition).map(({ events, at }) => place("did", [...path, ...at], events)),
    ),
  ];
}

function place(role: EventPlace["role"], base: Path, event: string | readonly string[]): EventPlace {
  const types = typeof event === "string" ? [event] : event;
  return { role, types, path: [...base, "event"], where: [...base, "where"] };
}
