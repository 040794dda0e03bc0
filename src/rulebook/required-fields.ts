import type { WorkspaceFile } from "./workspace-file.generated.ts";

/** Contact fields that every contact is promised to have, so that texts may use them without a fallback. */
export function requiredFieldsOf({ contacts }: WorkspaceFile): ReadonlySet<string> {
  const fields = Object.entries(contacts?.fields ?? {});
  return new Set(fields.filter(([, field]) => field.required === true).map(([name]) => name));
}
