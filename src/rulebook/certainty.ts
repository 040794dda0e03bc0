import { type Condition, leavesOf } from "../conditions/condition.ts";
import { not, partsOf } from "../conditions/logic/parts.ts";
import type { Known, Proof, Situation } from "./situations.ts";

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
  const { condition, proof } = situation;
  const own = within(condition, proof);
  if (own.length === 0) return inContext(situation);
  const [first, ...rest] = own;
  // An inner part that is always true can make all of it never true, which is what matters then.
  const turned = !own.some(({ answer }) => answer === "never") && proof.neverHolds(condition);
  return first !== undefined && turned ? [{ ...first, turnsAround: true }, ...rest] : own;
}

function within(condition: Condition, proof: Proof): readonly Certainty[] {
  switch (condition.kind) {
    case "did":
    case "was_sent":
      return [];
    case "test":
      if (proof.neverHolds(condition)) return [certainly("never", condition)];
      return proof.neverHolds(not(condition)) ? [certainly("always", condition)] : [];
    case "not":
      return within(condition.of, proof);
    case "all":
    case "any": {
      const inner = condition.of.flatMap((part) => within(part, proof));
      if (inner.length > 0 || !asksTwice(condition)) return inner;
      if (condition.kind === "all") return proof.neverHolds(condition) ? [conflict(condition, proof)] : [];
      return proof.neverHolds(not(condition)) ? [certainly("always", condition)] : [];
    }
  }
}

function certainly(answer: Certainty["answer"], condition: Condition): Certainty {
  return { answer, turnsAround: false, parts: [condition], because: [] };
}

function conflict(condition: Condition, proof: Proof): Certainty {
  return { ...certainly("never", condition), parts: smallestConflict(partsOf(condition), proof) };
}

function inContext({ condition, known, proof }: Situation): readonly Certainty[] {
  const facts = new Set(known.flatMap((each) => leavesOf(each.condition)).map(factOf));
  if (!leavesOf(condition).some((leaf) => facts.has(factOf(leaf)))) return [];
  const given = known.flatMap((each) => partsOf(each.condition).map((part) => ({ part, known: each })));
  const parts = given.map(({ part }) => part);
  // Where nobody ever comes, nothing is wrong but that, and it is reported there.
  if (proof.neverHolds(together(parts))) return [];
  const because = (core: readonly Condition[]): readonly KnownPart[] => given.filter(({ part }) => core.includes(part));
  if (proof.neverHolds(together([...parts, condition]))) {
    const core = smallestConflict([...parts, ...partsOf(condition)], proof);
    const own = core.filter((part) => !parts.includes(part));
    return [{ ...certainly("never", condition), parts: own, because: because(core) }];
  }
  const opposite = not(condition);
  if (!proof.neverHolds(together([...parts, opposite]))) return [];
  const core = smallestConflict([...parts, opposite], proof);
  return [{ ...certainly("always", condition), because: because(core) }];
}

/**
 * As few of the parts as cannot hold together, by halving (QuickXplain, U. Junker 2004), so that few of many are found
 * with few questions. When the proofs give up, it is some more.
 */
function smallestConflict(parts: readonly Condition[], proof: Proof): readonly Condition[] {
  const among = (kept: readonly Condition[], added: boolean, rest: readonly Condition[]): readonly Condition[] => {
    if (added && proof.neverHolds(together(kept))) return [];
    if (rest.length <= 1) return rest;
    const middle = Math.floor(rest.length / 2);
    const [first, second] = [rest.slice(0, middle), rest.slice(middle)];
    const ofSecond = among([...kept, ...first], true, second);
    const ofFirst = among([...kept, ...ofSecond], ofSecond.length > 0, first);
    return [...ofFirst, ...ofSecond];
  };
  return among([], false, parts);
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
