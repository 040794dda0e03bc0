import { triggerInSight, type EventsInSight } from "./events-in-sight.ts";
import type { ParsedWorkspace, Text } from "./parsed-workspace.ts";
import { stepsOf } from "./steps.ts";

export interface SeenText {
  readonly text: Text;
  readonly sight: EventsInSight;
}

/** Every text of a workspace with the events it looks at. A shared text looks at those of all rules that use it. */
export function textsInSight({ rules, templates }: ParsedWorkspace): readonly SeenText[] {
  const users = new Map<string, Set<string>>();
  for (const rule of rules) {
    for (const { step } of stepsOf(rule.file)) {
      if (!("send" in step) || step.template === undefined) continue;
      const types = users.get(step.template) ?? new Set();
      for (const type of triggerInSight(rule).event) types.add(type);
      users.set(step.template, types);
    }
  }
  return [
    ...rules.flatMap((rule) => rule.texts.map((text) => ({ text, sight: triggerInSight(rule) }))),
    ...[...templates].flatMap(([name, { text, html }]) => {
      const types = [...(users.get(name) ?? [])];
      return [text, html].flatMap((each) =>
        each === null ? [] : [{ text: each, sight: { event: types, trigger: types } }],
      );
    }),
  ];
}
