import type { Restriction } from "./plan.ts";

/**
 * Seeds that have broken a promise, shrunk, with what was wrong. A seed shows that only as long as plans are drawn as they
 * were then; what lasts is the test of the room that was mended.
 */
export const REGRESSIONS: readonly { readonly was: string; readonly restriction: Restriction }[] = [
  {
    was: "a message was parked again by each copy of the same answer",
    restriction: {
      seed: 40,
      events: 6,
      only: new Set([3]),
      faults: new Set(["process.crash", "process.stall_before_call", "vendor.busy"]),
      oneVersion: true,
      noPauses: true,
    },
  },
];
