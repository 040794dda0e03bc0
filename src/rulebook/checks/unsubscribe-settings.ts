import { type Check, problemAt } from "../check.ts";
import { type Environment, substitute, variablesIn } from "../environment.ts";
import { jsonAt } from "../json-at.ts";
import type { ParsedWorkspace } from "../parsed-workspace.ts";
import type { Problem } from "../problem.ts";
import { readUnsubscribe } from "../unsubscribe-settings.ts";

const at = ["opt_out", "unsubscribe"];

/** Settings with which no link to unsubscribe would work, or anybody could make one. */
export const unsubscribeSettings = {
  id: "unsubscribe-settings",
  pages: {
    HEED410: {
      what: "`opt_out.unsubscribe` has an address that mail programs can't reach, or a secret that is too short.",
      why: "Each marketing email names its own link to unsubscribe in its headers. Big mailbox providers demand it, follow it over https only, and whoever guesses the secret could unsubscribe everybody.",
      example: {
        in: "heed.yaml",
        bad: 'opt_out:\n  unsubscribe: { public_url: hooks.acme.example, secret: "${HEED_UNSUBSCRIBE_SECRET}" }',
        good: 'opt_out:\n  unsubscribe: { public_url: "https://hooks.acme.example", secret: "${HEED_UNSUBSCRIBE_SECRET}" }',
      },
    },
  },
  run,
} as const satisfies Check;

/** What depends on a variable that is not set is left for the start. */
function run({ workspace }: ParsedWorkspace, env: Environment | null): readonly Problem[] {
  const written = workspace === null ? undefined : jsonAt(workspace.document.data, at);
  if (workspace === null || written === undefined) return [];
  const read = readUnsubscribe(substitute(written, (name) => env?.[name]));
  if ("publicUrl" in read) return [];
  const unset = variablesIn(written).filter((use) => !env?.[use.name]);
  const open = new Set(unset.map(({ path }) => path.join(".")));
  return read
    .filter(({ path }) => !open.has(path.join(".")))
    .map(({ path, message, help }) =>
      problemAt(workspace.document, { code: "HEED410", path: [...at, ...path], message, help }),
    );
}
