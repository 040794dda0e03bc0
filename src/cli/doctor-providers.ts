import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Clock } from "../core/model/clock.ts";
import type { Json } from "../core/model/json.ts";
import type { ProviderDefinition } from "../providers/definition.ts";
import type { Probe } from "../providers/provider.ts";
import type { Finding } from "./doctor-finding.ts";
import { askableSettings } from "./doctor-settings.ts";

/** Longer than a provider of ours takes; one of a package may take for ever. */
const LONGEST_MS = 10_000;

/**
 * Asks each vendor that has a call that changes nothing whether our credentials are good. Settings that are wrong, or whose
 * variables are not set, are told of elsewhere. With a `base_url`, whoever is there is asked.
 */
export async function examineCredentials(
  directory: string,
  clock: Clock,
  env: NodeJS.ProcessEnv,
): Promise<readonly Finding[]> {
  const askable = askableSettings(directory, "providers", env);
  if (askable === null) return [];
  const { registry } = askable.parsed.providers;
  // What a provider keeps as files is not for a look at it.
  const dataDirectory = mkdtempSync(join(tmpdir(), "heed-doctor-"));
  try {
    const found = askable.settings.map(async ([name, settings]): Promise<readonly Finding[]> => {
      const definition = registry.get(name);
      if (definition === undefined) return [];
      const probe = await probeOf(definition, settings, { clock, dataDirectory });
      return probe === null ? [] : [findingOf(definition, probe)];
    });
    return (await Promise.all(found)).flat();
  } finally {
    rmSync(dataDirectory, { recursive: true, force: true });
  }
}

/** Null where nobody can be asked. */
async function probeOf(
  definition: ProviderDefinition,
  settings: Json,
  { clock, dataDirectory }: { readonly clock: Clock; readonly dataDirectory: string },
): Promise<Probe | null> {
  const configuration = definition.configure(settings);
  if (!configuration.ok) return null;
  let cancel: () => void = () => undefined;
  const late = new Promise<Probe>((resolve) => {
    cancel = clock.after(LONGEST_MS, () => resolve({ kind: "unclear", says: "gave no answer in time" }));
  });
  try {
    const provider = await configuration.create({ clock, dataDirectory, readPhone: () => null });
    try {
      return provider.probe === undefined ? null : await Promise.race([provider.probe(), late]);
    } finally {
      await provider.outbound?.close();
    }
  } catch {
    // Whatever a package throws may quote its settings.
    return { kind: "unclear", says: "could not be asked: its provider failed" };
  } finally {
    cancel();
  }
}

function findingOf({ name, title }: ProviderDefinition, { kind, says }: Probe): Finding {
  const about = `credentials of ${name}`;
  if (kind === "good") return { mark: "good", about, says: `${title} ${says}` };
  const help =
    kind === "refused"
      ? `its channels wait as long as that is so: set what providers.${name} of heed.yaml names to what ${title}'s console shows`
      : `try again, or look at ${title}'s status page and console; --offline asks nobody`;
  return { mark: "doubt", about, says: `${title} ${says}`, help };
}
