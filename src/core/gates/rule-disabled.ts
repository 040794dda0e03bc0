import { end, type GateVerdict, pass, type Speaking } from "./gate.ts";

/** A rule that was switched off speaks no more, whatever it had already queued. */
export function ruleDisabled({ rule }: Speaking): GateVerdict {
  return rule.enabled ? pass : end("rule.disabled");
}
