/** Where a command writes: its result, and what it has to say besides. */
export interface Output {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
}
