/** The same for every command, so that scripts and CI can tell findings from breakage. */
export const EXIT = {
  fine: 0,
  /** Findings, failed tests, a tripped gate. */
  findings: 1,
  /** The rules cannot be read or compiled. */
  unreadable: 2,
  /** Usage, configuration or environment. */
  usage: 3,
  /** Of `heed plan --detailed-exitcode`: something changes, and no gate was tripped. */
  changes: 10,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
