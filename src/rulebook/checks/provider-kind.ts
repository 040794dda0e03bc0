import { providerRegistry } from "../../providers/registry.ts";
import { type Check, problemAt } from "../check.ts";
import type { ParsedWorkspace } from "../parsed-workspace.ts";
import type { Problem } from "../problem.ts";

/** A channel of a kind that its provider cannot carry. */
export const providerKind: Check = { id: "provider-kind", run };

function run({ workspace }: ParsedWorkspace): readonly Problem[] {
  if (workspace === null) return [];
  const { document, file } = workspace;
  return Object.entries(file.channels).flatMap(([channel, { kind, provider }]) => {
    const kinds = providerRegistry.get(provider)?.capabilities.kinds;
    if (kinds === undefined || !Object.hasOwn(file.providers, provider) || kinds.includes(kind)) return [];
    const message = `\`${provider}\` carries ${kinds.join(" and ")}, not ${kind}`;
    return [problemAt(document, { code: "HEED212", path: ["channels", channel, "provider"], message })];
  });
}
