import { type Check, problemAt } from "../check.ts";
import type { ParsedWorkspace } from "../parsed-workspace.ts";
import type { Problem } from "../problem.ts";
import { didYouMean } from "../suggest.ts";

/** A package of `plugins:` that adds no provider, or a provider that neither Heed nor one of them has. */
export const plugin = {
  id: "plugin",
  pages: {
    HEED223: {
      what: "A package of `plugins:` adds no provider.",
      why: "The channels that use it could not send anything. A plugin is a package that is installed where heed.yaml is and exports `heedProvider`.",
      example: {
        in: "heed.yaml",
        bad: "plugins: [heed-provider-nobody-wrote]",
        good: "plugins: []",
      },
    },
    HEED224: {
      what: "A provider is none of Heed's and of none of the plugins.",
      why: "Nobody would carry its messages.",
      example: {
        in: "words",
        bad: "`twillio:` under `providers:`, beside a plugin that adds another provider",
        good: "`twilio:`",
      },
    },
  },
  run,
} as const satisfies Check;

function run({ workspace, providers: { registry, faults } }: ParsedWorkspace): readonly Problem[] {
  if (workspace === null) return [];
  const { document, file } = workspace;
  const broken = faults.map(({ index, message, help }) =>
    problemAt(document, { code: "HEED223", path: ["plugins", index], message, help }),
  );
  // Which providers a package that can't be read would have added, nobody knows.
  if (broken.length > 0) return broken;
  const strangers = Object.keys(file.providers).filter((name) => !registry.has(name));
  return strangers.map((name) => {
    const message = `there is no provider \`${name}\``;
    const help = didYouMean(name, [...registry.keys()]) ?? "if a package adds it, name that under `plugins:`";
    return problemAt(document, { code: "HEED224", path: ["providers", name], part: "key", message, help });
  });
}
