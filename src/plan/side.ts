import type { CompiledWorkspace } from "../rulebook/compile-workspace.ts";
import type { ParsedWorkspace } from "../rulebook/parsed-workspace.ts";

/** One of the two revisions that a plan compares: without errors, as it would be deployed. */
export interface Side {
  readonly parsed: ParsedWorkspace;
  readonly compiled: CompiledWorkspace;
}
