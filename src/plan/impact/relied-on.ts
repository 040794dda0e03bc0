import { type Condition, namesPath, type Test } from "../../conditions/condition.ts";
import { not } from "../../conditions/logic/parts.ts";
import { neverHolds } from "../../conditions/logic/satisfiable.ts";
import { parseDuration } from "../../conditions/parse-duration.ts";
import { nominalMs } from "../../core/time/duration.ts";
import { literalOf } from "../../rulebook/made-events.ts";
import type { ParsedCondition, ParsedRule } from "../../rulebook/parsed-workspace.ts";
import type { Step } from "../../rulebook/rule-file.generated.ts";
import { stepsOf } from "../../rulebook/steps.ts";
import type { Side } from "../side.ts";

/** What a step does to a contact that keeps other rules silent: it writes what they ask, or holds them up. */
interface Deed {
  readonly key: string;
  /** Behind `no longer`. */
  readonly words: string;
  readonly silences: (rule: ParsedRule) => boolean;
  /** For how long, where that is said. */
  readonly ms: number;
}

/** A deed that a rule does no more, or for less long. */
export interface Missed {
  readonly words: string;
  /** The rules that it kept silent, in order. */
  readonly rules: readonly string[];
}

/** What a rule of base did, which nobody took over, and by which other rules of head would still be silent. */
export function missedDeeds(base: Side, head: Side, before: string, after: string | null): readonly Missed[] {
  const [was, is] = [deedsOf(base, before), after === null ? [] : deedsOf(head, after)];
  const others = head.parsed.rules.filter(({ file }) => file.rule !== after);
  return [...new Map(was.map((deed) => [deed.key, deed])).values()].flatMap(({ key, words, silences, ms }) => {
    if (is.some((deed) => deed.key === key && deed.ms >= ms)) return [];
    const rules = others.filter(silences).map(({ file }) => file.rule);
    if (rules.length === 0 || isTakenOver(key, base, others, head)) return [];
    return [{ words, rules: rules.toSorted() }];
  });
}

/** Whether another rule does it now that did not do it before. */
function isTakenOver(key: string, base: Side, others: readonly ParsedRule[], head: Side): boolean {
  const does = (side: Side, rule: string): boolean => deedsOf(side, rule).some((deed) => deed.key === key);
  return others.some(({ file: { rule } }) => does(head, rule) && !does(base, rule));
}

function deedsOf({ parsed }: Side, id: string): readonly Deed[] {
  const rule = parsed.rules.find(({ file }) => file.rule === id);
  return rule === undefined || rule.file.enabled === false
    ? []
    : stepsOf(rule.file).flatMap(({ step }) => deedsIn(step));
}

function deedsIn(step: Step): readonly Deed[] {
  if ("set" in step) {
    return Object.entries(step.set).flatMap(([name, value]) => {
      const literal = literalOf(value);
      if (literal === null) return [];
      const words = `sets \`${name}\` to ${JSON.stringify(literal).slice(0, 40)}`;
      return [written(`set ${name} ${String(literal)}`, words, testOf(name, "is", literal))];
    });
  }
  if ("tag" in step)
    return [written(`tag ${step.tag}`, `gives the tag \`${step.tag}\``, testOf("contact.tags", "contains", step.tag))];
  if ("untag" in step) {
    const gone = not(testOf("contact.tags", "contains", step.untag));
    return [written(`untag ${step.untag}`, `takes away the tag \`${step.untag}\``, gone)];
  }
  return "hold" in step ? holds(step.hold) : [];
}

function testOf(name: string, operator: Test["operator"], operand: string | number | boolean): Test {
  return { kind: "test", path: name.split("."), operator, operand, at: [] };
}

function written(key: string, words: string, fact: Condition): Deed {
  return { key, words, ms: 0, silences: (rule) => rule.conditions.some((one) => isSilencedBy(one, fact)) };
}

const silencing: ReadonlySet<string | number | undefined> = new Set(["guard", "when"]);

/** Whether what a condition lets speak can't while this is so; of what ends a rule, whether it asks for it. */
function isSilencedBy({ path, condition }: ParsedCondition, fact: Condition): boolean {
  const [root] = path;
  if (root === "stop_on") {
    const test = fact.kind === "not" ? fact.of : fact;
    return test.kind === "test" && namesPath(condition, test.path.join("."));
  }
  if (root !== "trigger" && !silencing.has(path.at(-1))) return false;
  return !neverHolds(condition) && neverHolds({ kind: "all", of: [condition, fact] });
}

function holds(hold: Extract<Step, { hold: unknown }>["hold"]): readonly Deed[] {
  const length = parseDuration(hold.for);
  const ms = length === null ? 0 : nominalMs(length);
  if ("class" in hold) {
    const words = `holds all ${hold.class} rules for ${hold.for}`;
    return [{ key: `hold all ${hold.class}`, words, ms, silences: ({ file }) => file.class === hold.class }];
  }
  return hold.rules.map((name) => ({
    key: `hold ${name}`,
    words: `holds ${name} for ${hold.for}`,
    ms,
    silences: ({ file }) => file.rule === name,
  }));
}
