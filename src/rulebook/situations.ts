import type { Condition, Leaf } from "../conditions/condition.ts";
import { testsOf } from "../conditions/condition.ts";
import { isAboutNow } from "../conditions/logic/literal.ts";
import { mapLeaves, not } from "../conditions/logic/parts.ts";
import { type Effort, neverHolds } from "../conditions/logic/satisfiable.ts";
import { anything, type TypeOf } from "../conditions/logic/value-type.ts";
import { caseValues } from "./compile-steps.ts";
import { conditionsInSight, type EventsInSight, type SeenCondition, triggerInSight } from "./events-in-sight.ts";
import { misfitOf } from "./operand-fit.ts";
import { type PerRule, perRule } from "./per-rule.ts";
import type { Path } from "./problem.ts";
import type { BranchStep, Step } from "./rule-file.generated.ts";
import { armsOf, type StepArm } from "./steps.ts";
import type { PathTypes } from "./type-of-path.ts";

/** What holds already where something is judged, and where that is written. */
export interface Known {
  readonly from: "trigger" | "guard" | "way";
  readonly path: Path;
  readonly condition: Condition;
}

/** A condition with all that is known when it is judged. Facts have the same names in all of them. */
export interface Situation {
  readonly path: Path;
  readonly condition: Condition;
  readonly known: readonly Known[];
  readonly proof: Proof;
}

/** What can be proven with the types in sight. All proofs of a rule share one effort, so that none takes for ever. */
export interface Proof {
  readonly typeOf: TypeOf;
  neverHolds(condition: Condition): boolean;
}

/** The ways of a branch, in the order in which they are tried, with what is known before the first. */
export interface Fork {
  readonly ways: readonly Way[];
  /** To the steps for all that is left, if there are any. */
  readonly otherwise: Path | null;
  readonly known: readonly Known[];
  readonly proof: Proof;
}

export interface Way {
  /** To its condition, or to the name of its case. */
  readonly path: Path;
  readonly kind: "when" | "case";
  /** Null when it has mistakes of its own. */
  readonly condition: Condition | null;
}

export interface Situations {
  readonly conditions: readonly Situation[];
  readonly forks: readonly Fork[];
}

/**
 * Every condition and branch of a rule with what is known where it stands. What was found out at one moment is known
 * later only as far as it is about the event that started the rule: contacts, messages and the clock go on. Conditions
 * that have mistakes of their own are left out.
 */
export const situationsOf: PerRule<Situations> = perRule((rule, types) => {
  const seen = conditionsInSight(rule).filter((each) => isClean(each, types));
  const past = seen.filter(({ about }) => about === "past");
  const effort: Effort = { left: mostEffort };
  const walk: Walk = {
    conditions: past.map(({ path, condition, sight }) => ({
      path,
      condition,
      known: [],
      proof: proofBy(types.typeOf(sight), effort),
    })),
    forks: [],
    effort,
    proof: proofBy(typeOfNamed(types, triggerInSight(rule)), effort),
    moments: 0,
    at: new Map(seen.filter(({ about }) => about !== "past").map((each) => [each.path.join("/"), each])),
    types,
  };
  const trigger = judged(walk, ["trigger", "where"], []);
  const atStart = remembered(walk, "trigger", ["trigger", "where"], trigger);
  const guard = judged(walk, ["guard"], atStart);
  for (const { path, about } of seen) {
    if (about === "other" && path[0] !== "actions") judged(walk, path, atStart);
  }
  const speaking: readonly Known[] = guard === null ? [] : [{ from: "guard", path: ["guard"], condition: guard }];
  const onTheWay = [...atStart, ...remembered(walk, "guard", ["guard"], guard)];
  walkSteps(walk, rule.file.actions, ["actions"], onTheWay, speaking);
  return { conditions: walk.conditions, forks: walk.forks };
});

interface Walk {
  readonly conditions: Situation[];
  readonly forks: Fork[];
  readonly effort: Effort;
  /** With the event that started the rule in sight. */
  readonly proof: Proof;
  readonly types: PathTypes;
  /** Conditions without mistakes, by their place. */
  readonly at: ReadonlyMap<string, SeenCondition>;
  /** How many moments have been told apart so far. */
  moments: number;
}

function walkSteps(
  walk: Walk,
  steps: readonly Step[],
  path: Path,
  known: readonly Known[],
  speaking: readonly Known[],
): void {
  for (const [index, step] of steps.entries()) {
    const here = [...path, index];
    const whenPath = [...here, "when"];
    // A send is judged by the guard and its own `when` at the same moment.
    const when = judged(walk, whenPath, "send" in step ? [...known, ...speaking] : known);
    const inside = [...known, ...remembered(walk, "way", whenPath, when)];
    if ("wait_for" in step) judged(walk, [...here, "wait_for", "where"], inside);
    const fork = "branch" in step ? forkOf(walk, step, here, inside) : null;
    if (fork !== null) walk.forks.push(fork);
    for (const arm of armsOf(step)) {
      const taken = fork === null ? [] : takenBy(walk, fork, here, arm);
      walkSteps(walk, arm.steps, [...here, ...arm.path], [...inside, ...taken], speaking);
    }
  }
}

/** Notes the condition that stands there with what is known, and gives it. */
function judged(walk: Walk, path: Path, known: readonly Known[]): Condition | null {
  const seen = walk.at.get(path.join("/"));
  if (seen === undefined) return null;
  const condition = mapLeaves(seen.condition, (leaf) => named(leaf, seen.about));
  const proof = seen.about === "trigger" ? walk.proof : proofBy(typeOfNamed(walk.types, seen.sight), walk.effort);
  walk.conditions.push({ path, condition, known, proof });
  return condition;
}

function forkOf(walk: Walk, { branch }: BranchStep, here: Path, known: readonly Known[]): Fork {
  const { proof } = walk;
  const path = [...here, "branch"];
  if (!Array.isArray(branch)) {
    const test = (value: string): Condition => ({
      kind: "test",
      path: branch.on.split("."),
      operator: "in",
      operand: caseValues(value),
      at: [branch.on],
    });
    const ways = Object.keys(branch.cases).map((value): Way => {
      const condition = mapLeaves(test(value), (leaf) => named(leaf, "trigger"));
      return {
        path: [...path, "cases", value],
        kind: "case",
        condition: isSingle(condition, proof) ? condition : null,
      };
    });
    return { ways, otherwise: branch.otherwise === undefined ? null : [...path, "otherwise"], known, proof };
  }
  const last = branch.findIndex((arm) => "otherwise" in arm);
  const arms = last < 0 ? branch : branch.slice(0, last);
  const ways = arms.map((_, index): Way => {
    const at = [...path, index, "when"];
    return { path: at, kind: "when", condition: judged(walk, at, known) };
  });
  return { ways, otherwise: last < 0 ? null : [...path, last, "otherwise"], known, proof };
}

/** What is known in one arm of a branch: its own condition, and that those before it are false. */
function takenBy(walk: Walk, { ways }: Fork, here: Path, arm: StepArm): readonly Known[] {
  const place = [...here, ...arm.path].join("/");
  const index = ways.findIndex(({ path, kind }) => {
    const steps = kind === "case" ? path : [...path.slice(0, -1), "do"];
    return steps.join("/") === place;
  });
  const before = index < 0 ? ways : ways.slice(0, index);
  const own = ways[index];
  return [
    ...before.flatMap(({ path, condition }) =>
      remembered(walk, "way", path, condition === null ? null : not(condition)),
    ),
    ...(own === undefined ? [] : remembered(walk, "way", own.path, own.condition)),
  ];
}

/** In the units of `Effort`: a tenth of a second at the most, for a rule that no person wrote. */
const mostEffort = 100_000;

function proofBy(typeOf: TypeOf, effort: Effort): Proof {
  return { typeOf, neverHolds: (condition) => neverHolds(condition, typeOf, effort) };
}

/** The facts of the event that started the enrollment: they never change. */
const started = "started";

/** One name for each fact: `trigger.url` is `event.data.url` of the event that started the rule. */
function named(leaf: Leaf, about: SeenCondition["about"]): Leaf {
  if (leaf.kind !== "test") return leaf;
  const [root = "", ...rest] = leaf.path;
  if (root === "trigger") return { ...leaf, path: [started, "data", ...rest] };
  return root === "event" && about === "trigger" ? { ...leaf, path: [started, ...rest] } : leaf;
}

/** What is left of a condition when time has gone on since: facts that may change are those of that moment. */
function remembered(walk: Walk, from: Known["from"], path: Path, condition: Condition | null): readonly Known[] {
  if (condition === null) return [];
  walk.moments += 1;
  const moment = `at ${walk.moments}`;
  const then = mapLeaves(condition, (leaf): Condition => {
    if (leaf.kind !== "test") {
      return { kind: "test", path: [moment, JSON.stringify(leaf)], operator: "exists", operand: true, at: leaf.at };
    }
    return leaf.path[0] === started && !isAboutNow(leaf) ? leaf : { ...leaf, path: [moment, ...leaf.path] };
  });
  return [{ from, path, condition: then }];
}

function typeOfNamed(types: PathTypes, sight: EventsInSight): TypeOf {
  const ofTrigger = types.typeOf({ ...sight, event: sight.trigger });
  const ofEvent = types.typeOf(sight);
  return (path) => {
    const [root = "", ...rest] = path;
    if (root === started) return ofTrigger(["event", ...rest]);
    return root.startsWith("at ") ? anything : ofEvent(path);
  };
}

/** Whether a path of cases has one value: of lists and maps it is reported that they have not. */
function isSingle(condition: Condition, { typeOf }: Proof): boolean {
  return testsOf(condition).every(({ path }) =>
    typeOf(path).kinds.some((kind) => kind !== "texts" && kind !== "object"),
  );
}

/** Whether all names in a condition are known, and all values of the right type. */
function isClean({ condition, sight }: SeenCondition, types: PathTypes): boolean {
  return testsOf(condition).every((test) => {
    const found = types.of(test.path, sight);
    return found.kind === "known" && misfitOf(test, found.type) === null;
  });
}
