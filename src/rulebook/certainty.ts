import { type Condition, leavesOf } from "../conditions/condition.ts";
import { not, partsOf } from "../conditions/logic/parts.ts";
import { neverHolds } from "../conditions/logic/satisfiable.ts";
import type { TypeOf } from "../conditions/logic/value-type.ts";
import type { Known, Situation } from "./situations.ts";

/** A part of a condition whose answer is the same for everybody. */
export interface Certainty {
  readonly answer: "never" | "always";
  /** Whether all of the condition never holds because this part always does. */
  readonly turnsAround: boolean;
  /** What is certain together; the last one is where to point. */
  readonly parts: readonly Condition[];
  /** What makes it certain beside the condition itself. */
  readonly because: readonly KnownPart[];
}

/** A part of what is known. */
export interface KnownPart {
  readonly known: Known;
  readonly part: Condition;
}

/**
 * The smallest parts of a condition that are never or always true: by themselves, against each other, or because of
 * what is known where it stands. Finds nothing when it is not proven.
 */
export function certaintiesIn(situation: Situation): readonly Certainty[] {
  const { condition, typeOf } = situation;
  const own = within(condition, typeOf);
  if (own.length === 0) return inContext(situation);
  const [first, ...rest] = own;
  // An inner part that is always true can make all of it never true, which is what matters then.
  const turned = !own.some(({ answer }) => answer === "never") && neverHolds(condition, typeOf);
  return first !== undefined && turned ? [{ ...first, turnsAround: true }, ...rest] : own;
}

function within(condition: Condition, typeOf: TypeOf): readonly Certainty[] {
  switch (condition.kind) {
    case "did":
    case "was_sent":
      return [];
    case "test":
      if (neverHolds(condition, typeOf)) return [certainly("never", condition)];
      return neverHolds(not(condition), typeOf) ? [certainly("always", condition)] : [];
    case "not":
      return within(condition.of, typeOf);
    case "all":
    case "any": {
      const inner = condition.of.flatMap((part) => within(part, typeOf));
      if (inner.length > 0 || !asksTwice(condition)) return inner;
      if (condition.kind === "all") return neverHolds(condition, typeOf) ? [conflict(condition, typeOf)] : [];
      return neverHolds(not(condition), typeOf) ? [certainly("always", condition)] : [];
    }
  }
}

function certainly(answer: Certainty["answer"], condition: Condition): Certainty {
  return { answer, turnsAround: false, parts: [condition], because: [] };
}

function conflict(condition: Condition, typeOf: TypeOf): Certainty {
  return { ...certainly("never", condition), parts: smallestConflict(partsOf(condition), typeOf) };
}

function inContext({ condition, known, typeOf }: Situation): readonly Certainty[] {
  const facts = new Set(known.flatMap((each) => leavesOf(each.condition)).map(factOf));
  if (!leavesOf(condition).some((leaf) => facts.has(factOf(leaf)))) return [];
  const given = known.flatMap((each) => partsOf(each.condition).map((part) => ({ part, known: each })));
  const parts = given.map(({ part }) => part);
  // Where nobody ever comes, nothing is wrong but that, and it is reported there.
  if (neverHolds(together(parts), typeOf)) return [];
  const because = (core: readonly Condition[]): readonly KnownPart[] => given.filter(({ part }) => core.includes(part));
  if (neverHolds(together([...parts, condition]), typeOf)) {
    const core = smallestConflict([...parts, ...partsOf(condition)], typeOf);
    const own = core.filter((part) => !parts.includes(part));
    return [{ ...certainly("never", condition), parts: own, because: because(core) }];
  }
  const opposite = not(condition);
  if (!neverHolds(together([...parts, opposite]), typeOf)) return [];
  const core = smallestConflict([...parts, opposite], typeOf);
  return [{ ...certainly("always", condition), because: because(core) }];
}

/** As few of the parts as cannot hold together. */
function smallestConflict(parts: readonly Condition[], typeOf: TypeOf): readonly Condition[] {
  let kept = parts;
  for (const part of parts) {
    const rest = kept.filter((other) => other !== part);
    if (neverHolds(together(rest), typeOf)) kept = rest;
  }
  return kept;
}

function together(of: readonly Condition[]): Condition {
  return { kind: "all", of };
}

/** Whether some fact is asked for more than once: otherwise nothing in it can contradict. */
function asksTwice(condition: Condition): boolean {
  const facts = leavesOf(condition).map(factOf);
  return new Set(facts).size < facts.length;
}

function factOf(leaf: ReturnType<typeof leavesOf>[number]): string {
  return leaf.kind === "test" ? leaf.path.join(".") : leaf.kind;
}
