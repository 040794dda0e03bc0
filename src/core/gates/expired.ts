import { end, type GateVerdict, pass, type Speaking } from "./gate.ts";

/** No send later than the rule's `expires` after its trigger: old news is worse than silence. */
export function expired({ run, enrollment }: Speaking): GateVerdict {
  return enrollment.expiresAt > run.now ? pass : end("expired", () => ({ since: enrollment.expiresAt }));
}
