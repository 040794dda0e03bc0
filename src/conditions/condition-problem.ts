/** From the top of a condition to an entry in it. */
export type Place = readonly (string | number)[];

/** An author's mistake inside a condition. The rulebook gives it a code and a place in the file. */
export interface ConditionProblem {
  readonly kind: "shape" | "path" | "operator" | "operand";
  /** From the top of the condition to the offending entry. */
  readonly at: Place;
  /** Which side of that entry is wrong. */
  readonly on: "key" | "value";
  readonly message: string;
  readonly help?: string;
  /** A name nobody knows, and those it may have been meant to be. */
  readonly unknown?: { readonly word: string; readonly known: readonly string[] };
}
