import type { CaseRun } from "../rulebook/parsed-tests.ts";

/** What names in a test mean. */
export interface Names {
  readonly run: CaseRun;
  /** The key of a contact's document by its name; null when nobody has it. */
  readonly keyOf: (name: string) => string | null;
  /** What people call the owner of a document. */
  readonly nameOf: (key: string) => string;
  readonly zoneOf: (key: string) => string;
  readonly until: number;
}
