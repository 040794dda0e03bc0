import { absencesOf } from "../conditions/absences.ts";
import { type Condition, namesPath } from "../conditions/condition.ts";
import { satisfiable } from "../conditions/logic/satisfiable.ts";
import { ruleArgumentName } from "../providers/correlation.ts";
import { triggerInSight } from "./events-in-sight.ts";
import { literalOf, type MadeEvent, madeEvents, typesIn } from "./made-events.ts";
import { conditionAt, type ParsedRule, type ParsedWorkspace } from "./parsed-workspace.ts";
import type { AttributeValue, Step } from "./rule-file.generated.ts";
import { lengthOf } from "./step-times.ts";
import { stepsOf } from "./steps.ts";
import type { PathTypes } from "./type-of-path.ts";
import { conditionsOn } from "./way-conditions.ts";
import type { WorkspaceFile } from "./workspace-file.generated.ts";

/** A turn that rules may take again and again: an event starts a rule, and the rule comes to a step that makes an event. */
export interface Turn extends MadeEvent {
  /** All that must hold from the start of the rule to the step. */
  readonly condition: Condition;
  /** Whether it asks which rule sent the message that was reported. */
  readonly asksSender: boolean;
}

/** What the turns of a workspace lead to. */
export interface Turns {
  /** Those that nothing bounds: they may come round as often as they like. */
  readonly all: readonly Turn[];
  /** The turns that this one may lead to. */
  after(turn: Turn): readonly Turn[];
  /** Whether one event may lead to both of two turns. */
  takesBoth(event: MadeEvent, one: Turn, other: Turn): boolean;
  /** Whether a turn can be taken again, when these rules and no others have been at work since. */
  canRepeat(turn: Turn, rules: ReadonlySet<ParsedRule>): boolean;
}

/** Slower than this is a rhythm and no runaway: a reminder after 90 silent days comes back after the next 90. */
export const slow = lengthOf("1d");

export function turnsOf({ rules, providers }: ParsedWorkspace, workspace: WorkspaceFile, types: PathTypes): Turns {
  const enabled = rules.filter(({ file }) => file.enabled !== false);
  const heard = new Set(enabled.flatMap((rule) => triggerInSight(rule).trigger));
  const all = madeEvents(enabled, workspace, providers.registry, heard)
    .filter((event) => event.step.soonest < slow || runsInParallel(event.rule))
    .map(turnOf)
    .filter((turn) => !hasCooldown(turn) && !isCapped(turn, workspace) && !looksBack(turn));
  const byTrigger = new Map<string, Turn[]>();
  for (const turn of all) {
    for (const type of triggerInSight(turn.rule).trigger) {
      const known = byTrigger.get(type);
      if (known === undefined) byTrigger.set(type, [turn]);
      else known.push(turn);
    }
  }
  const leadsTo = (event: MadeEvent, turn: Turn): boolean => {
    const others = types.typeOf({ event: [event.type], trigger: [event.type] });
    return satisfiable(turn.condition, typesIn(event, others)).kind !== "no";
  };
  const ofFamily = new Map<string, readonly Turn[]>();
  const takesBoth = (event: MadeEvent, one: Turn, other: Turn): boolean =>
    leadsTo(event, { ...one, condition: { kind: "all", of: [one.condition, other.condition] } });
  const after = (turn: Turn): readonly Turn[] => {
    const started = byTrigger.get(turn.type) ?? [];
    const known = ofFamily.get(turn.family) ?? started.filter((next) => next.asksSender || leadsTo(turn, next));
    ofFamily.set(turn.family, known);
    return known.filter((next) => !next.asksSender || leadsTo(turn, next));
  };
  const canRepeat = (turn: Turn, others: ReadonlySet<ParsedRule>): boolean =>
    canChangeAgain(turn, others) && canHoldAgain(turn, others, types);
  return { all, after, takesBoth, canRepeat };
}

function turnOf(made: MadeEvent): Turn {
  const where = conditionAt(made.rule, ["trigger", "where"]);
  const way = conditionsOn(made.rule, made.step.path).map((place) => place.condition);
  const condition: Condition = { kind: "all", of: [...(where === null ? [] : [where]), ...way] };
  return { ...made, condition, asksSender: namesPath(condition, `event.data.${ruleArgumentName}`) };
}

/** Whether one contact may be in the rule several times, whatever starts it. */
export function runsInParallel({ file: { reentry } }: ParsedRule): boolean {
  return reentry === "parallel" || (typeof reentry === "object" && reentry.policy === "parallel");
}

/** A cooldown for each event or message would be none. */
function hasCooldown({ rule: { file } }: Turn): boolean {
  if (typeof file.reentry !== "object" || file.reentry.cooldown === undefined) return false;
  return file.reentry.key !== "event.event_id" && file.reentry.key !== "event.message_id";
}

/** A message over a cap is not sent, so nothing is reported of it. A cap keeps nobody from emitting. */
function isCapped({ rule: { file }, channel }: Turn, workspace: WorkspaceFile): boolean {
  if (channel === null) return false;
  return [...(file.caps ?? []), ...(workspace.caps ?? [])].some(
    (cap) =>
      cap.per === "contact" &&
      (cap.channel === undefined || cap.channel === channel) &&
      (cap.class === undefined || cap.class === file.class),
  );
}

/** Whether it is only taken when it has not been before: `did_not`, `was_not_sent`. */
function looksBack({ rule, type, condition, channel }: Turn): boolean {
  const own = new Set([type, ...triggerInSight(rule).trigger]);
  return absencesOf(condition).some((asked) => {
    if (asked.kind === "did") return asked.events.some((event) => own.has(event));
    const isOwn = asked.rule === null || asked.rule === "this" || asked.rule === rule.file.rule;
    return isOwn && (asked.channel === null || channel === null || asked.channel === channel);
  });
}

/** A tag that is there already is not given again: somebody must have taken it away. */
function canChangeAgain({ step: { step } }: Turn, rules: ReadonlySet<ParsedRule>): boolean {
  if (!("tag" in step) && !("untag" in step)) return true;
  const undone = "tag" in step ? step.tag : step.untag;
  // Each time it may be another one.
  if (literalOf(undone) === null) return true;
  return stepsIn(rules).some((other) => {
    const undoing = "tag" in step ? "untag" in other && other.untag : "tag" in other && other.tag;
    return undoing !== false && mayEqual(undone, undoing);
  });
}

/** Whether the rule's own lasting changes of the contact leave room for it to come this way again. */
function canHoldAgain(turn: Turn, rules: ReadonlySet<ParsedRule>, types: PathTypes): boolean {
  const changes = turn.rule.file.actions.filter((step) => step.when === undefined).flatMap(lastingChange);
  const kept = changes.filter(({ undoes }) => !stepsIn(rules).some(undoes)).map(({ fact }) => fact);
  if (kept.length === 0) return true;
  const all: Condition = { kind: "all", of: [turn.condition, ...kept] };
  return satisfiable(all, types.typeOf(triggerInSight(turn.rule))).kind !== "no";
}

interface LastingChange {
  readonly fact: Condition;
  readonly undoes: (step: Step) => boolean;
}

/** What is so after a step of a rule that everybody comes through. */
function lastingChange(step: Step): readonly LastingChange[] {
  if ("tag" in step && literalOf(step.tag) !== null) {
    return [{ fact: hasTag(step.tag), undoes: (other) => "untag" in other && mayEqual(step.tag, other.untag) }];
  }
  if ("untag" in step && literalOf(step.untag) !== null) {
    const fact: Condition = { kind: "not", of: hasTag(step.untag) };
    return [{ fact, undoes: (other) => "tag" in other && mayEqual(step.untag, other.tag) }];
  }
  if (!("set" in step)) return [];
  return Object.entries(step.set).flatMap(([name, value]) => {
    const literal = literalOf(value);
    if (literal === null) return [];
    const path = ["contact", name.slice("contact.".length)];
    return [
      {
        fact: { kind: "test", path, operator: "is", operand: literal, at: [] },
        undoes: (other: Step) => "set" in other && Object.hasOwn(other.set, name) && other.set[name] !== value,
      },
    ];
  });
}

function hasTag(tag: string): Condition {
  return { kind: "test", path: ["contact", "tags"], operator: "contains", operand: tag, at: [] };
}

function mayEqual(one: AttributeValue, other: AttributeValue): boolean {
  return literalOf(one) === null || literalOf(other) === null || one === other;
}

function stepsIn(rules: ReadonlySet<ParsedRule>): readonly Step[] {
  return [...rules].flatMap(({ file }) => stepsOf(file).map(({ step }) => step));
}
