import type { ProblemCode } from "./codes.ts";

/** What `heed codes HEED301` prints. A page stands beside the code that reports its problem. */
export interface Page {
  /** What is reported, in one sentence. */
  readonly what: string;
  /** What would happen otherwise. */
  readonly why: string;
  readonly example: Example;
  /** Whether `# heed allow` may silence it. Left out for all that would keep a rule from running as it is written. */
  readonly waivable?: true;
}

export type Pages = Readonly<Partial<Record<ProblemCode, Page>>>;

/**
 * The same place done wrong and done right. In a rule, in heed.yaml or in a test it is the lines concerned, which replace
 * those of a file without problems that lacks the keys `without`; where a problem is one of files and folders, it is said in words.
 */
export type Example =
  | {
      readonly in: "rule" | "heed.yaml" | "test";
      readonly bad: string;
      readonly good: string;
      readonly without?: readonly string[];
    }
  | { readonly in: "words"; readonly bad: string; readonly good: string };
