import { type GateVerdict, pass, skip, type Speaking } from "./gate.ts";

/** A rule in shadow mode has decided all it can without taking anything from others: here it falls silent. */
export function shadow({ rule }: Speaking): GateVerdict {
  return rule.shadow ? skip("rule.shadow") : pass;
}
