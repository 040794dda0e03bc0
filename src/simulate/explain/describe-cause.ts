import { explainCondition } from "../../conditions/explain-condition.ts";
import { describeTests } from "../describe-test.ts";
import type { NearMiss } from "../happening.ts";

/** What kept an event from doing what events of its type may do to a rule, on the clock of `zone`. */
export async function describeCause(cause: NearMiss["cause"], zone: string): Promise<string> {
  switch (cause.kind) {
    case "machine":
      return "a machine did it, and the rule does not name machines";
    case "same":
      return `its ${cause.path} is not that of the trigger`;
    case "where":
      return describeTests(await explainCondition(cause.tree, cause.facts), zone);
  }
}
