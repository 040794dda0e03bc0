import { isJsonObject } from "../../core/model/parse-json.ts";
import type { Check } from "../check.ts";
import type { Environment } from "../environment.ts";
import { jsonAt } from "../json-at.ts";
import type { ParsedWorkspace } from "../parsed-workspace.ts";
import type { Problem } from "../problem.ts";
import { settingsProblems } from "../settings-problems.ts";

/** Settings that a provider itself does not accept. What depends on a variable that is not set is left for the start. */
export const providerSettings = {
  id: "provider-settings",
  pages: {
    HEED213: {
      what: "A provider does not accept its settings.",
      why: "The system would not start.",
      example: {
        in: "heed.yaml",
        bad: 'providers:\n  outbox: {}\n  twilio: { account_sid: SK123, auth_token: "${TWILIO_AUTH_TOKEN}" }',
        good: 'providers:\n  outbox: {}\n  twilio: { account_sid: "${TWILIO_ACCOUNT_SID}", auth_token: "${TWILIO_AUTH_TOKEN}" }',
      },
    },
  },
  run,
} as const satisfies Check;

function run({ workspace, providers: { registry } }: ParsedWorkspace, env: Environment | null): readonly Problem[] {
  if (workspace === null) return [];
  const { document } = workspace;
  const providers = jsonAt(document.data, ["providers"]);
  if (!isJsonObject(providers)) return [];
  return Object.entries(providers).flatMap(([name, settings]) => {
    const definition = registry.get(name);
    const at = ["providers", name];
    return definition === undefined ? [] : settingsProblems({ document, at, settings, definition }, env, "HEED213");
  });
}
