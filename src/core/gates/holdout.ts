import { type GateVerdict, pass, passed, skip, type Speaking } from "./gate.ts";

/** The control group is measured and never messaged. */
export function holdout({ enrollment, rule }: Speaking): GateVerdict {
  const saw = () => ({ arm: enrollment.arm, share: rule.holdout });
  if (enrollment.arm === "holdout") return skip("holdout", saw);
  return rule.holdout > 0 ? passed(saw) : pass;
}
