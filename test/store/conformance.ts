import { describe } from "vitest";
import { describeBudgets } from "./conformance/budgets.ts";
import { describeDead } from "./conformance/dead.ts";
import { describeDocuments } from "./conformance/documents.ts";
import { describeDue } from "./conformance/due.ts";
import { describeErasure } from "./conformance/erasure.ts";
import { describeExpiry } from "./conformance/expiry.ts";
import type { Harness } from "./conformance/harness.ts";
import { describeHistory } from "./conformance/history.ts";
import { describeIntake } from "./conformance/intake.ts";
import { describeLanes } from "./conformance/lanes.ts";
import { describeLifecycle } from "./conformance/lifecycle.ts";

/**
 * What every store promises, numbered so that a promise can be cited. Where a store can't be asked (several connections
 * to one that allows a single process, say), the harness says so and the test holds the store to saying so itself.
 */
export function describeStore(name: string, harness: Harness): void {
  // Most of a test's time is waiting.
  describe.concurrent(`the ${name} store`, () => {
    describeIntake(harness);
    describeDocuments(harness);
    describeLanes(harness);
    describeDue(harness);
    describeDead(harness);
    describeBudgets(harness);
    describeHistory(harness);
    describeErasure(harness);
    describeExpiry(harness);
    describeLifecycle(harness);
  });
}
