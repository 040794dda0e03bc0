import { type Check, problemAt } from "../check.ts";
import type { ParsedWorkspace } from "../parsed-workspace.ts";
import type { Problem } from "../problem.ts";

/** A channel of a kind that its provider cannot carry. */
export const providerKind = {
  id: "provider-kind",
  pages: {
    HEED212: {
      what: "A channel is of a kind that its provider does not carry.",
      why: "Every message of the channel would be refused.",
      example: {
        in: "heed.yaml",
        bad: 'providers: { outbox: {}, sendgrid: { api_key: "${SENDGRID_API_KEY}" } }\nchannels:\n  sms: { kind: sms, provider: sendgrid, from: "+12025550100" }',
        good: 'providers: { outbox: {}, sendgrid: { api_key: "${SENDGRID_API_KEY}" } }\nchannels:\n  sms: { kind: sms, provider: outbox, from: "+12025550100" }',
      },
    },
  },
  run,
} as const satisfies Check;

function run({ workspace, providers: { registry } }: ParsedWorkspace): readonly Problem[] {
  if (workspace === null) return [];
  const { document, file } = workspace;
  return Object.entries(file.channels).flatMap(([channel, { kind, provider }]) => {
    const kinds = registry.get(provider)?.capabilities.kinds;
    if (kinds === undefined || !Object.hasOwn(file.providers, provider) || kinds.includes(kind)) return [];
    const message = `\`${provider}\` carries ${kinds.join(", ")}, not ${kind}`;
    return [problemAt(document, { code: "HEED212", path: ["channels", channel, "provider"], message })];
  });
}
