import { isJsonObject } from "../core/model/parse-json.ts";
import type { ProviderRegistry } from "../providers/definition.ts";
import { checkWorkspace } from "../rulebook/check-workspace.ts";
import { variablesIn } from "../rulebook/environment.ts";
import { jsonAt } from "../rulebook/json-at.ts";
import { loadWorkspace } from "../rulebook/load-workspace.ts";
import type { Finding } from "./doctor-finding.ts";

/** The rules, the variables that heed.yaml names, and settings of providers that look unfinished. Values are never told. */
export async function examineWorkspace(directory: string, env: NodeJS.ProcessEnv): Promise<readonly Finding[]> {
  const { parsed, problems } = checkWorkspace(loadWorkspace(directory), null);
  const errors = problems.filter(({ severity }) => severity === "error").length;
  const rules: Finding =
    errors === 0
      ? { mark: "good", about: "rules", says: `${parsed.rules.length} in ${directory}` }
      : {
          mark: "bad",
          about: "rules",
          says: `${errors} ${errors === 1 ? "error" : "errors"} in ${directory}`,
          help: `heed check ${directory} tells them`,
        };
  if (parsed.workspace === null) return [rules];
  const { data } = parsed.workspace.document;
  const named = [...new Set(variablesIn(data).map(({ name }) => name))];
  const unset = named.filter((name) => (env[name] ?? "") === "");
  const variables: Finding =
    unset.length === 0
      ? {
          mark: "good",
          about: "environment",
          says:
            named.length === 0 ? "heed.yaml needs no variables" : `all ${named.length} variables of heed.yaml are set`,
        }
      : {
          mark: "bad",
          about: "environment",
          says: `heed.yaml needs ${unset.join(", ")}`,
          help: "set them where Heed runs",
        };
  const providers = jsonAt(data, ["providers"]);
  const settings = isJsonObject(providers) ? Object.entries(providers) : [];
  return [
    rules,
    variables,
    ...settings.flatMap(([name, each]) => examineProvider(parsed.providers.registry, name, each)),
  ];
}

function examineProvider(registry: ProviderRegistry, name: string, settings: unknown): readonly Finding[] {
  const definition = registry.get(name);
  if (definition === undefined || typeof settings !== "object" || settings === null) return [];
  const about = `provider ${name}`;
  const findings: Finding[] = [];
  const sends = definition.capabilities.kinds.length > 0;
  if (sends && definition.door !== undefined && !("webhook" in settings)) {
    findings.push({
      mark: "doubt",
      about,
      says: "has no webhook: Heed will not hear what becomes of its messages, nor who says STOP",
      help: `write providers.${name}.webhook in heed.yaml, and let ${name} call /webhooks/${name}`,
    });
  }
  if ("base_url" in settings) {
    findings.push({
      mark: "doubt",
      about,
      says: "has a base_url of its own: its messages do not go to the vendor itself",
      help: `remove providers.${name}.base_url unless it is meant`,
    });
  }
  return findings.length > 0 ? findings : [{ mark: "good", about, says: "settings look whole" }];
}
