import { isSupportedCountry } from "libphonenumber-js/min";
import { type Check, problemAt } from "../check.ts";
import type { ParsedWorkspace } from "../parsed-workspace.ts";
import type { Problem } from "../problem.ts";

/** A country whose phone numbers nobody knows how to read. */
export const unknownCountry: Check = { id: "unknown-country", run };

function run({ workspace }: ParsedWorkspace): readonly Problem[] {
  if (workspace === null || isSupportedCountry(workspace.file.country)) return [];
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
