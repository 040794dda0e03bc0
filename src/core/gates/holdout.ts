import { type GateVerdict, pass, skip, type Speaking } from "./gate.ts";

/** The control group is measured and never messaged. */
export function holdout({ enrollment }: Speaking): GateVerdict {
  return enrollment.arm === "holdout" ? skip("holdout") : pass;
}
