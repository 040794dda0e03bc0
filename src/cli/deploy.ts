import { isDeepStrictEqual } from "node:util";
import type { Clock } from "../core/model/clock.ts";
import { normalizePhone } from "../ingest/normalize-address.ts";
import { createUnsubscribing, type Unsubscribing } from "../ingest/unsubscribing.ts";
import type { Json } from "../core/model/json.ts";
import type { Provider } from "../providers/provider.ts";
import { sourceDefinition } from "../providers/registry.ts";
import { type Compiled, type CompiledWorkspace, compileWorkspace } from "../rulebook/compile-workspace.ts";
import type { LoadedWorkspace } from "../rulebook/load-workspace.ts";
import type { Problem } from "../rulebook/problem.ts";
import type { Deployed } from "../runtime/parts.ts";

export interface DeployContext {
  readonly clock: Clock;
  readonly dataDirectory: string;
  readonly env: NodeJS.ProcessEnv;
  /** Puts fakes in the place of vendors. Without it, `compileWorkspace` with the environment. */
  readonly compile?: (from: string | LoadedWorkspace) => Promise<Compiled>;
}

export type Prepared =
  | { readonly ok: true; readonly deployed: Deployed; readonly retired: readonly Provider[] }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/**
 * Reads and compiles a workspace and makes its providers, all or nothing. Providers whose settings are the same as
 * before are kept, with their connections; `retired` are those that the new workspace no longer uses.
 */
export async function prepareDeploy(
  from: string | LoadedWorkspace,
  context: DeployContext,
  before: Deployed | null,
): Promise<Prepared> {
  const compiled = await (context.compile?.(from) ?? compileWorkspace(from, context.env));
  if (!compiled.ok) return compiled;
  const providers = await makeProviders(compiled.workspace, context, before);
  const kept = new Set(providers.values());
  const retired = [...(before?.providers.values() ?? [])].filter((provider) => !kept.has(provider));
  const deployed = { workspace: compiled.workspace, providers, ...linksOf(compiled.workspace) };
  return { ok: true, deployed, retired };
}

/** The way in reads the links that the way out has made. */
function linksOf(workspace: CompiledWorkspace): Pick<Deployed, "unsubscribeUrl"> {
  const unsubscribing = unsubscribingOf(workspace);
  return unsubscribing === null ? {} : { unsubscribeUrl: (message) => unsubscribing.urlOf(message) };
}

export function unsubscribingOf({ unsubscribe }: CompiledWorkspace): Unsubscribing | null {
  return unsubscribe === undefined ? null : createUnsubscribing(unsubscribe);
}

async function makeProviders(
  workspace: CompiledWorkspace,
  { clock, dataDirectory }: DeployContext,
  before: Deployed | null,
): Promise<ReadonlyMap<string, Provider>> {
  const providers = new Map<string, Provider>();
  const { country } = workspace;
  const readPhone = (text: string) => normalizePhone(text, country);
  for (const { name, settings, definition } of wanted(workspace)) {
    const known = before?.workspace.country === country ? before.providers.get(name) : undefined;
    if (known !== undefined && isDeepStrictEqual(settingsOf(before?.workspace, name), settings)) {
      providers.set(name, known);
      continue;
    }
    const configuration = definition?.configure(settings);
    // The rulebook has judged the settings already; what still fails here is a defect.
    if (configuration?.ok !== true) throw new Error(`provider ${name} cannot be configured`);
    providers.set(name, await configuration.create({ clock, dataDirectory, readPhone }));
  }
  return providers;
}

/** Vendors, and the webhooks of `sources:`, whose names differ from all of theirs. */
function wanted({ definitions, providers, webhookSources }: CompiledWorkspace) {
  return [
    ...[...providers].map(([name, settings]) => ({ name, settings, definition: definitions.get(name) })),
    ...[...webhookSources].map(([name, settings]) => ({ name, settings, definition: sourceDefinition(name) })),
  ];
}

function settingsOf(workspace: CompiledWorkspace | undefined, name: string): Json | undefined {
  return workspace?.providers.get(name) ?? workspace?.webhookSources.get(name);
}
