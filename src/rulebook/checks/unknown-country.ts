import { type Check, problemAt } from "../check.ts";
import type { ParsedWorkspace } from "../parsed-workspace.ts";
import { phoneCountries } from "../phone-countries.ts";
import type { Problem } from "../problem.ts";

/** A country whose phone numbers nobody knows how to read. */
export const unknownCountry = {
  id: "unknown-country",
  pages: {
    HEED209: {
      what: "A country is none whose phone numbers are known.",
      why: "Phone numbers without a prefix could not be read, and nobody would be texted.",
      example: { in: "heed.yaml", bad: "country: UK", good: "country: GB" },
    },
  },
  run,
} as const satisfies Check;

function run({ workspace }: ParsedWorkspace): readonly Problem[] {
  if (workspace === null || phoneCountries.has(workspace.file.country)) return [];
  const message = `\`${workspace.file.country}\` is not a country with phone numbers`;
  return [
    problemAt(workspace.document, {
      code: "HEED209",
      path: ["country"],
      message,
      help: "write its ISO 3166 code, such as US, GB or DE",
    }),
  ];
}
