import { statusOfEvent } from "../../core/model/message-state.ts";
import type { Rule, Rulebook, Step } from "../../core/model/rulebook.ts";

/** Types of events that a rule waits for: they start it, stop it, or let it go on. */
function typesOf({ trigger, stopOn, steps }: Rule): readonly string[] {
  const waits = [...steps.values()].flatMap((step) => (step.verb === "wait_for" ? [step.for] : []));
  const matches = [trigger.match, ...stopOn.map(({ match }) => match), ...waits.map(({ match }) => match)];
  return [...new Set(matches.flatMap(({ events }) => events))];
}

/** Words of people that answer a message. */
const ANSWERS = /^(?:sms\.received|email\.replied)$/;

/** Whether what a rule does hinges on what became of messages. */
export function isReactive(rule: Rule): boolean {
  return typesOf(rule).some((type) => statusOfEvent(type) !== null || ANSWERS.test(type));
}

/** Types that rules emit by themselves. */
export function emittedBy({ rules }: Rulebook): readonly string[] {
  return [...rules.values()].flatMap(({ steps }) => [...steps.values()].flatMap(emittedIn));
}

function emittedIn(step: Step): readonly string[] {
  if (step.verb === "emit") return [step.event];
  if (step.verb === "tag") return ["contact.tagged"];
  return step.verb === "untag" ? ["contact.untagged"] : [];
}

/** What the core makes of the words of people: recorded is what they wrote. */
const RECOGNIZED: Readonly<Record<string, readonly string[]>> = {
  "sms.received": ["sms.opted_out", "sms.opted_in", "sms.help"],
  "email.replied": ["email.unsubscribed"],
};

/** Types that enabled rules wait for and that were not recorded. */
export function missingTypes(rulebook: Rulebook, recorded: ReadonlySet<string>): readonly string[] {
  const emitted = new Set(emittedBy(rulebook));
  const rules = [...rulebook.rules.values()].filter(({ id, enabled }) => enabled && id !== rulebook.confirmation);
  const waited = new Set(rules.flatMap(typesOf));
  const recognized = new Set([...recorded].flatMap((type) => RECOGNIZED[type] ?? []));
  return [...waited].filter((type) => !recorded.has(type) && !emitted.has(type) && !recognized.has(type)).toSorted();
}

/** Whether a rule looks at nothing but what was recorded. */
export function isKnown(rule: Rule, missing: ReadonlySet<string>): boolean {
  return !typesOf(rule).some((type) => missing.has(type)) && !asksSources(rule);
}

/** Whether a condition or a text of it hinges on what a look-up finds. */
function asksSources({ guard, steps }: Rule): boolean {
  const all = [...steps.values()];
  if (all.some((step) => step.lookups !== undefined || (step.verb === "send" && step.toLookups !== undefined)))
    return true;
  const arms = all.flatMap((step) => (step.verb === "branch" ? step.arms.map(({ when }) => when) : []));
  const trees = [...all.map(({ when }) => when), ...arms];
  // Conditions are plain data: a look-up is a fact of this name.
  return JSON.stringify([guard, ...trees]).includes('"fact":"lookup"');
}
