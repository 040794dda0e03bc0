import type { Duration } from "../core/model/rulebook.ts";
import type { Operand } from "./operand.ts";
import type { OperatorName } from "./operators.ts";

/** A condition as written, understood: what both evaluators are made from. */
export type Condition = AllOf | AnyOf | Not | Test | Did | WasSent;

export interface AllOf {
  readonly kind: "all";
  readonly of: readonly Condition[];
}

export interface AnyOf {
  readonly kind: "any";
  readonly of: readonly Condition[];
}

export interface Not {
  readonly kind: "not";
  readonly of: Condition;
}

/** One operator applied to the value of one path. */
export interface Test {
  readonly kind: "test";
  /** Root first: `["event", "data", "url"]`. At least two segments. */
  readonly path: readonly string[];
  readonly operator: OperatorName;
  readonly operand: Operand;
  /** Where the path is written, from the top of the condition: `["any", 0, "contact.plan"]`. */
  readonly at: readonly (string | number)[];
}

/** Past events of the contact: at least so many of them, at most so long ago. `did_not` is its negation. */
export interface Did {
  readonly kind: "did";
  readonly events: readonly string[];
  /** Over the past event alone, so that it can be judged once, when that event comes. */
  readonly where: Condition | null;
  readonly within: Duration;
  readonly atLeast: number;
  /** Where it is written: `["did"]`, `["any", 0, "did_not"]`. */
  readonly at: readonly (string | number)[];
}

/** Messages that Heed sent to the contact, or may have sent. `was_not_sent` is its negation. */
export interface WasSent {
  readonly kind: "was_sent";
  /** A channel's name, or null for any. */
  readonly channel: string | null;
  /** A rule's id, `this` for the rule in which it stands, or null for any. */
  readonly rule: string | null;
  readonly within: Duration;
  readonly at: readonly (string | number)[];
}

export type Leaf = Test | Did | WasSent;

/** Every test in a condition, in the order written. What is asked of past events is theirs, and not among them. */
export function testsOf(condition: Condition): readonly Test[] {
  return leavesOf(condition).filter((leaf) => leaf.kind === "test");
}

/** Every question about past events, in the order written. */
export function historyOf(condition: Condition): readonly Did[] {
  return leavesOf(condition).filter((leaf) => leaf.kind === "did");
}

/** Every question about past messages, in the order written. */
export function sendsOf(condition: Condition): readonly WasSent[] {
  return leavesOf(condition).filter((leaf) => leaf.kind === "was_sent");
}

const leavesKept = new WeakMap<Condition, readonly Leaf[]>();

/** What a condition asks, in the order written. Remembered, because every check of a rule wants to know. */
export function leavesOf(condition: Condition): readonly Leaf[] {
  const known = leavesKept.get(condition);
  if (known !== undefined) return known;
  const leaves: Leaf[] = [];
  collectLeaves(condition, leaves);
  leavesKept.set(condition, leaves);
  return leaves;
}

function collectLeaves(condition: Condition, leaves: Leaf[]): void {
  switch (condition.kind) {
    case "not":
      return collectLeaves(condition.of, leaves);
    case "all":
    case "any":
      for (const part of condition.of) collectLeaves(part, leaves);
      return;
    case "test":
    case "did":
    case "was_sent":
      leaves.push(condition);
  }
}

/** Whether some test of the condition reads exactly this path, such as `event.data.machine`. */
export function namesPath(condition: Condition, path: string): boolean {
  return testsOf(condition).some((test) => test.path.join(".") === path);
}

/** The condition with the rule's id in place of `this`. */
export function inRule(condition: Condition, rule: string): Condition {
  switch (condition.kind) {
    case "all":
    case "any":
      return { ...condition, of: condition.of.map((part) => inRule(part, rule)) };
    case "not":
      return { ...condition, of: inRule(condition.of, rule) };
    case "was_sent":
      return condition.rule === "this" ? { ...condition, rule } : condition;
    case "test":
    case "did":
      return condition;
  }
}
