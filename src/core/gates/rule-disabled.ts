import { end, type GateVerdict, pass, type Speaking } from "./gate.ts";

/** A rule that was switched off speaks no more, whatever it had already queued, in whichever version. */
export function ruleDisabled({ run, rule }: Speaking): GateVerdict {
  return run.rulebook.rules.get(rule.id)?.enabled === true ? pass : end("rule.disabled");
}
