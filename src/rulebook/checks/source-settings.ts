import { isJsonObject } from "../../core/model/parse-json.ts";
import { sourceDefinition } from "../../providers/registry.ts";
import { type Check, problemAt } from "../check.ts";
import type { Environment } from "../environment.ts";
import { jsonAt } from "../json-at.ts";
import type { ParsedWorkspace } from "../parsed-workspace.ts";
import type { Problem } from "../problem.ts";
import { settingsProblems } from "../settings-problems.ts";

/** Webhooks under `sources:` whose settings do not fit each other, or whose name is a vendor's. */
export const sourceSettings = {
  id: "source-settings",
  pages: {
    HEED221: {
      what: "The settings of a webhook under `sources:` do not fit each other.",
      why: "The system would not start.",
      example: {
        in: "heed.yaml",
        bad: 'sources:\n  shop: { auth: hmac_sha256, secret: "${SHOP_SECRET}", events: { event: Order Completed, email: email } }',
        good: 'sources:\n  shop: { auth: hmac_sha256, header: x-signature, secret: "${SHOP_SECRET}", events: { event: Order Completed, email: email } }',
      },
    },
    HEED222: {
      what: "A webhook under `sources:` has the name of a provider that Heed knows.",
      why: "Both would be `/webhooks/<name>`, and ids of the one would be taken for ids of the other.",
      example: {
        in: "heed.yaml",
        bad: 'sources:\n  segment: { auth: bearer, secret: "${SECRET}", events: { event: Order Completed, email: email } }',
        good: 'sources:\n  our_shop: { auth: bearer, secret: "${SECRET}", events: { event: Order Completed, email: email } }',
      },
    },
  },
  run,
} as const satisfies Check;

/** Who reports what Heed itself or your own systems say: no webhook may speak in their name. */
const ownNames: ReadonlySet<string> = new Set(["api", "cli", "heed", "import", "nats", "unsubscribe"]);

function run({ workspace, providers: { registry } }: ParsedWorkspace, env: Environment | null): readonly Problem[] {
  if (workspace === null) return [];
  const { document } = workspace;
  const sources = jsonAt(document.data, ["sources"]);
  if (!isJsonObject(sources)) return [];
  return Object.entries(sources).flatMap(([name, settings]) => {
    const at = ["sources", name];
    if (registry.has(name) || ownNames.has(name)) {
      const message = `\`${name}\` is the name of ${ownNames.has(name) ? "Heed's own" : "a provider"}`;
      const help = registry.has(name)
        ? `Heed reads its webhooks itself, with settings under \`providers:\`; a source of yours needs another name`
        : "give the source another name";
      return [problemAt(document, { code: "HEED222", path: at, part: "key", message, help })];
    }
    return settingsProblems({ document, at, settings, definition: sourceDefinition(name) }, env, "HEED221");
  });
}
