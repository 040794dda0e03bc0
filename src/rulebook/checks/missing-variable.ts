import type { Check } from "../check.ts";
import { type Environment, variablesIn } from "../environment.ts";
import type { ParsedWorkspace } from "../parsed-workspace.ts";
import type { Problem } from "../problem.ts";
import { problemIn } from "../source-file.ts";

/** A `${NAME}` in heed.yaml that is malformed or, at the start of the system, not set. Its value is never shown. */
export const missingVariable = {
  id: "missing-variable",
  pages: {
    HEED210: {
      what: "A `${NAME}` in heed.yaml is malformed or, at the start of the system, not set.",
      why: "The provider would be called with the name of a secret for the secret. `heed check` does not ask the environment, so that a review needs no secrets; `heed run` does.",
      example: {
        in: "heed.yaml",
        bad: 'providers:\n  outbox: {}\n  sendgrid: { api_key: "${SENDGRID API KEY}" }',
        good: 'providers:\n  outbox: {}\n  sendgrid: { api_key: "${SENDGRID_API_KEY}" }',
      },
    },
  },
  run,
} as const satisfies Check;

function run({ workspace }: ParsedWorkspace, env: Environment | null): readonly Problem[] {
  if (workspace === null) return [];
  const { document } = workspace;
  return variablesIn(document.data).flatMap(({ name, wellFormed, path, start, end }) => {
    const range = document.rangeWithin(path, start, end);
    if (!wellFormed) {
      const help = "write ${NAME}, with letters, digits and _";
      return [
        problemIn(document.source, { code: "HEED210", message: "this is not a variable's name", help, range, path }),
      ];
    }
    if (env === null || (env[name] ?? "") !== "") return [];
    const help = `start Heed with ${name} set`;
    return [
      problemIn(document.source, {
        code: "HEED210",
        message: `the environment has no variable ${name}`,
        help,
        range,
        path,
      }),
    ];
  });
}
