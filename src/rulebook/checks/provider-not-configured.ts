import { providerRegistry } from "../../providers/registry.ts";
import { type Check, problemAt } from "../check.ts";
import type { ParsedWorkspace } from "../parsed-workspace.ts";
import type { Problem } from "../problem.ts";
import { didYouMean } from "../suggest.ts";

/** A channel whose provider has no settings in heed.yaml. */
export const providerNotConfigured = {
  id: "provider-not-configured",
  pages: {
    HEED202: {
      what: "A channel's provider has no settings under `providers:`.",
      why: "The channel could not send anything.",
      example: {
        in: "heed.yaml",
        bad: 'channels:\n  sms: { kind: sms, provider: twilio, from: "+12025550100" }',
        good: 'channels:\n  sms: { kind: sms, provider: outbox, from: "+12025550100" }',
      },
    },
  },
  run,
} as const satisfies Check;

function run({ workspace }: ParsedWorkspace): readonly Problem[] {
  if (workspace === null) return [];
  const { document, file } = workspace;
  const configured = Object.keys(file.providers);
  return Object.entries(file.channels)
    .filter(([, { provider }]) => !configured.includes(provider))
    .map(([channel, { provider }]) =>
      problemAt(document, {
        code: "HEED202",
        path: ["channels", channel, "provider"],
        message: `the provider \`${provider}\` is not configured`,
        help:
          didYouMean(provider, configured) ??
          (providerRegistry.has(provider)
            ? `add its settings under providers: ${provider}:`
            : `providers here are ${configured.join(", ")}`),
      }),
    );
}
