import { isJsonObject } from "../../core/model/parse-json.ts";
import { providerRegistry } from "../../providers/registry.ts";
import { type Check, problemAt } from "../check.ts";
import { type Environment, substitute, variablesIn } from "../environment.ts";
import { jsonAt } from "../json-at.ts";
import type { ParsedWorkspace } from "../parsed-workspace.ts";
import type { Path, Problem } from "../problem.ts";

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

function run({ workspace }: ParsedWorkspace, env: Environment | null): readonly Problem[] {
  if (workspace === null) return [];
  const { document } = workspace;
  const providers = jsonAt(document.data, ["providers"]);
  if (!isJsonObject(providers)) return [];
  return Object.entries(providers).flatMap(([name, settings]) => {
    const configuration = providerRegistry.get(name)?.configure(substitute(settings, (variable) => env?.[variable]));
    if (configuration === undefined || configuration.ok) return [];
    const open = variablesIn(settings)
      .filter((use) => !env?.[use.name])
      .map(({ path }) => path);
    return configuration.problems
      .filter(({ path }) => !open.some((unset) => isAtOrBelow(unset, path)))
      .map(({ path, message }) => {
        const at: Path = ["providers", name, ...path];
        const text = `${path.length === 0 ? name : `\`${path.join(".")}\``} ${message}`;
        return problemAt(document, {
          code: "HEED213",
          path: at,
          part: jsonAt(document.data, at) === undefined ? "key" : "value",
          message: text,
        });
      });
  });
}

function isAtOrBelow(path: Path, parent: Path): boolean {
  return parent.every((step, index) => String(path[index]) === String(step));
}
