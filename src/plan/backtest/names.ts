import type { Rule, Rulebook, SendStep } from "../../core/model/rulebook.ts";
import type { RuleChange } from "../plan.ts";

/** What the rules of a revision are called, so that the same send has the same name in both. By the rule's id here. */
export type Names = ReadonlyMap<string, RuleNames>;

export interface RuleNames {
  /** Its id in base, where base has it. */
  readonly name: string;
  /** The ids under which production may have known it, its own among them. */
  readonly ids: readonly string[];
  /** Names of steps that are not their ids, by id. */
  readonly steps: ReadonlyMap<string, string>;
}

export function namesOfBase({ rules }: Rulebook): Names {
  return new Map([...rules.values()].map((rule) => [rule.id, { name: rule.id, ids: idsOf([rule]), steps: new Map() }]));
}

export function namesOfHead(head: Rulebook, base: Rulebook, changes: readonly RuleChange[]): Names {
  const previous = new Map(changes.flatMap(({ rule, previous: was }) => (was === null ? [] : [[rule, was] as const])));
  return new Map(
    [...head.rules.values()].map((rule): readonly [string, RuleNames] => {
      const former = base.rules.get(previous.get(rule.id) ?? rule.id);
      if (former === undefined) return [rule.id, { name: rule.id, ids: idsOf([rule]), steps: new Map() }];
      return [rule.id, { name: former.id, ids: idsOf([rule, former]), steps: alignSteps(former, rule) }];
    }),
  );
}

function idsOf(rules: readonly Rule[]): readonly string[] {
  return [...new Set(rules.flatMap(({ id, movedFrom }) => (movedFrom === null ? [id] : [id, movedFrom])))];
}

/** Ids that authors do not give are places, which move when a step comes before them. */
const PLACE = /^\d+(?:\.|$)/;

/**
 * Which send of the new version is which of the old one: the one with its id and text; else with its text; else with its
 * id, an author's before a place; else the next through one of its channels.
 */
function alignSteps(base: Rule, head: Rule): ReadonlyMap<string, string> {
  const left = new Set(sendsOf(base));
  const names = new Map<string, string>();
  const match = (isSame: (was: SendStep, is: SendStep) => boolean): void => {
    for (const is of sendsOf(head)) {
      if (names.has(is.id)) continue;
      const was = [...left].find((one) => isSame(one, is));
      if (was === undefined) continue;
      left.delete(was);
      names.set(is.id, was.id);
    }
  };
  match((was, is) => was.id === is.id && textOf(was) === textOf(is));
  match((was, is) => textOf(was) === textOf(is));
  match((was, is) => was.id === is.id && !PLACE.test(is.id));
  match((was, is) => was.id === is.id);
  match((was, is) => was.channels.some((channel) => is.channels.includes(channel)));
  // A send that is new must not go by the name of an old one.
  for (const { id } of sendsOf(head)) if (!names.has(id)) names.set(id, `+${id}`);
  return new Map([...names].filter(([id, name]) => id !== name));
}

function sendsOf({ steps }: Rule): readonly SendStep[] {
  return [...steps.values()].filter((step) => step.verb === "send");
}

function textOf({ content, body }: SendStep): string {
  return JSON.stringify([content, body]);
}
