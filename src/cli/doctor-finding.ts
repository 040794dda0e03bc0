/** One thing that was looked at. `bad`: Heed cannot run so. `doubt`: it can, and somebody should know. */
export interface Finding {
  readonly mark: "good" | "doubt" | "bad";
  readonly about: string;
  readonly says: string;
  /** What to do. */
  readonly help?: string;
}

/** What a check of the store gives: findings, and what waits there by lane, null when nobody could look. */
export interface Examined {
  readonly findings: readonly Finding[];
  readonly depth: Readonly<Record<string, number>> | null;
  /** Lanes in which something waits and that no process asks for. */
  readonly unattended: readonly string[];
}
