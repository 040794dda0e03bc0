/** One thing that was looked at. `bad`: Heed cannot run so. `doubt`: it can, and somebody should know. */
export interface Finding {
  readonly mark: "good" | "doubt" | "bad";
  readonly about: string;
  readonly says: string;
  /** What to do. */
  readonly help?: string;
}

/** What a check of the store gives: findings, and what waits there. */
export interface Examined {
  readonly findings: readonly Finding[];
  readonly depth: Readonly<Record<string, number>>;
}
