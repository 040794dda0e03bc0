import type { Committed } from "../sightings.ts";

/** Whether this commit erases its contact. What was on its way to somebody then is heard after they have begun anew, too, and erases nobody. */
export function erases({ records }: Pick<Committed, "records">): boolean {
  return records.some(
    ({ kind, reason, detail }) => kind === "identity" && reason === "erased" && detail?.["heard"] === undefined,
  );
}
