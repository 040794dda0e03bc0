import { decisiveOf } from "../../conditions/explain-condition.ts";
import { judgeLazily } from "../../conditions/judge-lazily.ts";
import { describeTests } from "../describe-test.ts";
import type { NearMiss } from "../happening.ts";
import { unseenText } from "./describe-gate.ts";

/** What kept an event from doing what events of its type may do to a rule, on the clock of `zone`. */
export async function describeCause(cause: NearMiss["cause"], zone: string): Promise<string> {
  switch (cause.kind) {
    case "machine":
      return "a machine did it, and the rule does not name machines";
    case "same":
      return `its ${cause.path} is not that of the trigger`;
    case "where": {
      const judged = await judgeLazily(cause.tree, cause.facts);
      if ("unseen" in judged) return unseenText(judged.unseen, zone);
      if ("needs" in judged) return `it hinges on the look-up ${judged.needs}`;
      return describeTests(decisiveOf(judged.saw), zone);
    }
  }
}
