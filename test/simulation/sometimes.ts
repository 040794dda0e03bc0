import { CRASH_LABELS, faultNames } from "./faults.ts";

/** Reasons that no seed can reach, and why not. The list only gets shorter. */
export const NOT_YET: Readonly<Record<string, string>> = {
  quarantined: "is said of what the door sets aside, which no document decides",
};

/** Beside faults, crashes and reasons: what a simulation that never sees it would not be worth much without. */
const MARKS = [
  "commit conflict",
  "lease ended",
  "vendor dropped a copy",
  "outcome accepted",
  "outcome ambiguous",
  "outcome misconfigured",
  "outcome rejected",
  "outcome retryable",
  "lookup found",
  "lookup not_found",
  "lookup unavailable",
  "look-up cached",
  "look-up crm nothing",
  "look-up breaker open",
  "letter replayed",
  "letter discarded",
  "letter refused",
  "letter settled",
  "letter gone",
];

/** Everything that must come about at least once in a batch of seeds, so that silence of an invariant means something. */
function wanted(reasons: readonly string[]): readonly string[] {
  return [
    ...CRASH_LABELS.map((label) => `crash ${label}`),
    ...faultNames,
    ...MARKS,
    ...reasons.filter((reason) => !Object.hasOwn(NOT_YET, reason)).map((reason) => `reason ${reason}`),
  ];
}

/** What of it never came about. */
export function missing(reasons: readonly string[], reached: ReadonlyMap<string, number>): readonly string[] {
  return wanted(reasons).filter((what) => !reached.has(what));
}
