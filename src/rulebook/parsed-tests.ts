import type { Json } from "../core/model/json.ts";
import type { FixtureFile } from "./fixtures-file.generated.ts";
import type { Path, Problem } from "./problem.ts";
import type { SourceDocument } from "./source-file.ts";
import type { Case, Expectations, TestFile } from "./test-file.generated.ts";

/** A test file of the right shape, with each case as often as it runs. */
export interface ParsedTest {
  readonly document: SourceDocument;
  readonly file: TestFile;
  readonly runs: readonly CaseRun[];
  /** What is wrong with its starts and matrices. The runs concerned are left out. */
  readonly caseProblems: readonly Problem[];
}

export interface ParsedFixtures {
  readonly document: SourceDocument;
  readonly file: FixtureFile;
}

/** One run of a case: the case itself, or what one combination of its matrix makes of it. */
export interface CaseRun {
  /** Its place in `cases`. */
  readonly index: number;
  /** The combination's values in the order of the matrix; empty without one. */
  readonly combination: readonly string[];
  /** The case with the combination's values in it. */
  readonly story: Case;
  /** The same as data: what an event carries is any JSON. */
  readonly data: Json;
  /** Epoch milliseconds. */
  readonly start: number;
  readonly horizon: string;
  readonly expect: "none" | Expectations;
  /** From the top of the file to what is expected. */
  readonly expectPath: Path;
}

/** As long as an enrollment lives when its rule does not say. */
export const defaultHorizon = "30d";

/** From the top of the file to an entry of a case. */
export function pathInCase({ index }: CaseRun, ...rest: Path): Path {
  return ["cases", index, ...rest];
}
