import type { Story } from "../simulate/explain/story.ts";

/** What `heed explain` prints, once for each case or for the store. */
export interface Explained {
  /** Where it is from, in words. */
  readonly source: string;
  readonly isTest: boolean;
  /** The first digits of the digest of the rules as the files have them; null when they have problems. */
  readonly rulebook: string | null;
  readonly stories: readonly Story[];
  /** What to say when nothing was found, and beside what was. */
  readonly notes: readonly string[];
}
