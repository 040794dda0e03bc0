import { heldTold, holdOn } from "../holds.ts";
import { defer, type GateVerdict, pass, type Speaking } from "./gate.ts";

/** Another enrollment of this contact has asked this one to wait. */
export function held({ run, rule, enrollment }: Speaking): GateVerdict {
  const hold = holdOn(run, rule, enrollment);
  return hold === null ? pass : defer("held", hold.until, () => heldTold(hold));
}
