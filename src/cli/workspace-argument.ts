/** The argument of every command that reads a workspace, and what its help says of it. */
export const WORKSPACE_ARGUMENT = [
  "[workspace]",
  "folder with heed.yaml and the rules (default: $HEED_RULES, else rules, else this folder)",
] as const;
