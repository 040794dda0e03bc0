import type { Changes } from "../compare/changes.ts";
import type { Impact } from "../plan.ts";
import type { Side } from "../side.ts";
import { coveringTests } from "./covering-tests.ts";
import { newlyDead } from "./newly-dead.ts";
import { newLoops } from "./new-loops.ts";
import { sharedWith } from "./shared-with.ts";

/** What else a change concerns, as far as the rules themselves say: no event is looked at. */
export async function impactOf(base: Side, head: Side, changes: Changes): Promise<Impact> {
  return {
    shared: sharedWith(base, head, changes),
    dead: newlyDead(base, head, changes.ruleChanges),
    loops: newLoops(base, head),
    tests: await coveringTests(head, changes.ruleChanges),
  };
}
