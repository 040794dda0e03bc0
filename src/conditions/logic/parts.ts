import type { Condition, Leaf } from "../condition.ts";

/** What all must hold for a condition to hold, taken apart as far as it goes. */
export function partsOf(condition: Condition): readonly Condition[] {
  switch (condition.kind) {
    case "all":
      return condition.of.flatMap(partsOf);
    case "not":
      return negatedParts(condition.of);
    case "any":
    case "test":
    case "did":
    case "was_sent":
      return [condition];
  }
}

function negatedParts(condition: Condition): readonly Condition[] {
  if (condition.kind === "not") return partsOf(condition.of);
  if (condition.kind === "any") return condition.of.flatMap(negatedParts);
  return [{ kind: "not", of: condition }];
}

/** The condition with every test and question in it replaced. */
export function mapLeaves(condition: Condition, map: (leaf: Leaf) => Condition): Condition {
  switch (condition.kind) {
    case "all":
    case "any":
      return { ...condition, of: condition.of.map((part) => mapLeaves(part, map)) };
    case "not":
      return { ...condition, of: mapLeaves(condition.of, map) };
    case "test":
    case "did":
    case "was_sent":
      return map(condition);
  }
}

export function not(of: Condition): Condition {
  return { kind: "not", of };
}
