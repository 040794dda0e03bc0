import type { RuleChange, WorkspaceChange } from "../plan.ts";

/** What two revisions differ in, by what they mean. */
export interface Changes {
  /** In order of rule id. */
  readonly ruleChanges: readonly RuleChange[];
  readonly workspaceChanges: readonly WorkspaceChange[];
  /**
   * The rules that somebody meant to behave otherwise, by their ids in head, or in base where they are gone: more than
   * their wording changed, or a shared text or a setting did that governs them. What happens to others is collateral.
   */
  readonly touched: ReadonlySet<string>;
}
