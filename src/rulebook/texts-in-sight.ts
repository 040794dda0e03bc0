import { triggerInSight, type EventsInSight } from "./events-in-sight.ts";
import type { ParsedRule, ParsedWorkspace, Text } from "./parsed-workspace.ts";
import { stepsOf } from "./steps.ts";

export interface SeenText {
  readonly text: Text;
  readonly sight: EventsInSight;
}

/** Every text of a workspace with the events it looks at. */
export function textsInSight(parsed: ParsedWorkspace): readonly SeenText[] {
  return [...parsed.rules.flatMap(textsOfRuleInSight), ...sharedTextsInSight(parsed)];
}

export function textsOfRuleInSight(rule: ParsedRule): readonly SeenText[] {
  const sight = triggerInSight(rule);
  return rule.texts.map((text) => ({ text, sight }));
}

/** The shared texts, which look at the events of all rules that use them. */
export function sharedTextsInSight({ rules, templates }: ParsedWorkspace): readonly SeenText[] {
  if (templates.size === 0) return [];
  const users = new Map<string, Set<string>>();
  for (const rule of rules) {
    for (const { step } of stepsOf(rule.file)) {
      if (!("send" in step) || step.template === undefined) continue;
      const types = users.get(step.template) ?? new Set();
      for (const type of triggerInSight(rule).event) types.add(type);
      users.set(step.template, types);
    }
  }
  return [...templates].flatMap(([name, { text, html }]) => {
    const types = [...(users.get(name) ?? [])];
    return [text, html].flatMap((each) =>
      each === null ? [] : [{ text: each, sight: { event: types, trigger: types } }],
    );
  });
}
