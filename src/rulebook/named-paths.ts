import { type EventsInSight, triggerInSight } from "./events-in-sight.ts";
import type { ParsedRule } from "./parsed-workspace.ts";
import type { Path } from "./problem.ts";
import type { Part } from "./source-file.ts";
import { stepsOf } from "./steps.ts";

/** A path that a rule names beside its conditions and texts. */
export interface NamedPath {
  readonly role: "key" | "value" | "same" | "on" | "set";
  readonly path: readonly string[];
  /** Where in the file it is written, and on which side of the entry. */
  readonly place: Path;
  readonly part: Part;
  /** In which events it is looked up: `same` is in two. */
  readonly sights: readonly EventsInSight[];
}

/** Every path of a rule that is named as such: of `reentry`, `goal`, `same`, `branch` and `set`. */
export function namedPathsOf(rule: ParsedRule): readonly NamedPath[] {
  const { reentry, goal, stop_on: stops = [] } = rule.file;
  const sight = triggerInSight(rule);
  const found: NamedPath[] = [];
  const add = (role: NamedPath["role"], path: string, place: Path, sights = [sight]): void => {
    found.push({ role, path: path.split("."), place, part: role === "set" ? "key" : "value", sights });
  };
  const of = (event: string | readonly string[]): EventsInSight => ({
    ...sight,
    event: typeof event === "string" ? [event] : event,
  });
  const addSame = (same: string | undefined, place: Path, event: string | readonly string[]): void => {
    if (same !== undefined) add("same", `event.${same}`, place, [sight, of(event)]);
  };
  if (typeof reentry === "object" && reentry.key !== undefined) add("key", reentry.key, ["reentry", "key"]);
  if (goal?.value !== undefined) add("value", goal.value, ["goal", "value"], [of(goal.event)]);
  for (const [index, { same, event }] of stops.entries()) addSame(same, ["stop_on", index, "same"], event);
  for (const { path, step } of stepsOf(rule.file)) {
    if ("wait_for" in step) addSame(step.wait_for.same, [...path, "wait_for", "same"], step.wait_for.event);
    if ("branch" in step && !Array.isArray(step.branch)) add("on", step.branch.on, [...path, "branch", "on"]);
    if ("set" in step) for (const name of Object.keys(step.set)) add("set", name, [...path, "set", name]);
  }
  return found;
}
