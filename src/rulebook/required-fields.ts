import type { WorkspaceFile } from "./workspace-file.generated.ts";

const kept = new WeakMap<WorkspaceFile, ReadonlySet<string>>();

/**
 * Contact fields that every contact is promised to have, so that texts may use them without a fallback. The same set
 * each time, by which `compileTemplate` knows the question again.
 */
export function requiredFieldsOf(workspace: WorkspaceFile): ReadonlySet<string> {
  const fields = Object.entries(workspace.contacts?.fields ?? {});
  const required =
    kept.get(workspace) ?? new Set(fields.filter(([, field]) => field.required === true).map(([name]) => name));
  kept.set(workspace, required);
  return required;
}
