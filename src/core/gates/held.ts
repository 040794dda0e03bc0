import { heldUntil } from "../holds.ts";
import { defer, type GateVerdict, pass, type Speaking } from "./gate.ts";

/** Another enrollment of this contact has asked this one to wait. */
export function held({ run, rule, enrollment }: Speaking): GateVerdict {
  const until = heldUntil(run, rule, enrollment);
  return until === null ? pass : defer("held", until);
}
