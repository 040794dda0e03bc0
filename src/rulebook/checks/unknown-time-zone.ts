import { isTimeZone } from "../../core/time/instant.ts";
import { type Check, problemAt } from "../check.ts";
import type { ParsedWorkspace } from "../parsed-workspace.ts";
import type { Problem } from "../problem.ts";

/** A time zone that the time zone database does not have. */
export const unknownTimeZone = {
  id: "unknown-time-zone",
  pages: {
    HEED208: {
      what: "A time zone is not in the time zone database.",
      why: "Local times, windows and days could not be reckoned.",
      example: { in: "heed.yaml", bad: "time_zone: New York", good: "time_zone: America/New_York" },
    },
  },
  run,
} as const satisfies Check;

function run({ workspace }: ParsedWorkspace): readonly Problem[] {
  if (workspace === null || isTimeZone(workspace.file.time_zone)) return [];
  const message = `\`${workspace.file.time_zone}\` is not a time zone`;
  return [
    problemAt(workspace.document, {
      code: "HEED208",
      path: ["time_zone"],
      message,
      help: "write an IANA name, such as America/New_York or Europe/Berlin",
    }),
  ];
}
