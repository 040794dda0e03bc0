import { type Check, problemAt } from "../check.ts";
import type { ParsedWorkspace } from "../parsed-workspace.ts";
import type { Path, Problem } from "../problem.ts";
import type { SourceDocument } from "../source-file.ts";
import { stepsOf } from "../steps.ts";
import { didYouMean } from "../suggest.ts";

/** A provider without settings in heed.yaml, of a channel or of one message. */
export const providerNotConfigured = {
  id: "provider-not-configured",
  pages: {
    HEED202: {
      what: "A channel's or a message's provider has no settings under `providers:`.",
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

function run({ workspace, rules, providers: { registry } }: ParsedWorkspace): readonly Problem[] {
  if (workspace === null) return [];
  const configured = Object.keys(workspace.file.providers);
  const judge = (document: SourceDocument, path: Path, provider: string): readonly Problem[] => {
    if (configured.includes(provider)) return [];
    const help =
      (registry.has(provider)
        ? `add \`${provider}:\` with its settings under \`providers:\` in heed.yaml`
        : didYouMean(provider, [...configured, ...registry.keys()])) ?? `providers here are ${configured.join(", ")}`;
    const message = `the provider \`${provider}\` is not configured`;
    return [problemAt(document, { code: "HEED202", path, message, help })];
  };
  const ofChannels = Object.entries(workspace.file.channels).flatMap(([channel, { provider }]) =>
    judge(workspace.document, ["channels", channel, "provider"], provider),
  );
  const ofSends = rules.flatMap(({ document, file }) =>
    stepsOf(file).flatMap(({ step, path }) =>
      "send" in step && step.provider !== undefined ? judge(document, [...path, "provider"], step.provider) : [],
    ),
  );
  return [...ofChannels, ...ofSends];
}
