import type { Clock } from "../core/model/clock.ts";
import type { Json, JsonObject } from "../core/model/json.ts";
import { isJsonObject } from "../core/model/parse-json.ts";
import type { FakeNews, RunningFake } from "../providers/fake-vendor.ts";
import type { ProviderRegistry } from "../providers/definition.ts";
import { compileWorkspace } from "../rulebook/compile-workspace.ts";
import { type Environment, substitute } from "../rulebook/environment.ts";
import { jsonAt } from "../rulebook/json-at.ts";
import { type LoadedWorkspace, loadWorkspace } from "../rulebook/load-workspace.ts";
import { parseWorkspace } from "../rulebook/parse-workspace.ts";
import { changesFor, withChanges } from "./fake-settings.ts";
import { BadSetting } from "./run-settings.ts";

export interface FakeOptions {
  readonly env: Environment;
  readonly clock: Clock;
  /** Where Heed takes webhooks; null as long as it does not. */
  readonly door: () => string | null;
  readonly tell: (provider: string, news: FakeNews) => void;
  /** Of the first fake; the next ones take the next. 0 for any. */
  readonly port: number;
}

/** Fakes in the place of a workspace's vendors, started as the workspace names them. */
export interface Fakes {
  readonly running: ReadonlyMap<string, RunningFake>;
  /** Starts those that these providers have and that are not there yet. */
  startFor(providers: JsonObject, definitions: ProviderRegistry): Promise<void>;
  /**
   * As `compileWorkspace`; the providers are those of the files, with settings that lead to the fakes. Throws
   * `BadSetting` when messages could still leave the machine through another one.
   */
  compile(from: string | LoadedWorkspace): ReturnType<typeof compileWorkspace>;
  close(): Promise<void>;
}

export function openFakes({ env, clock, door, tell, port }: FakeOptions): Fakes {
  const running = new Map<string, RunningFake>();

  const start = async (name: string, written: Json, definitions: ProviderRegistry): Promise<void> => {
    const load = definitions.get(name)?.fake;
    if (load === undefined || running.has(name)) return;
    const settings = substitute(written, (variable) => (env[variable] === "" ? undefined : env[variable]));
    const vendor = await load();
    const context = {
      settings: isJsonObject(settings) ? settings : {},
      port: port === 0 ? 0 : port + running.size,
      clock,
      door,
      tell: (news: FakeNews) => tell(name, news),
    };
    running.set(name, await vendor.start(context));
  };

  const startFor = async (providers: JsonObject, definitions: ProviderRegistry): Promise<void> => {
    for (const [name, written] of Object.entries(providers)) await start(name, written, definitions);
  };

  return {
    running,
    startFor,
    async compile(from) {
      const loaded = typeof from === "string" ? loadWorkspace(from) : from;
      const {
        workspace,
        providers: { registry },
      } = parseWorkspace(loaded).parsed;
      const written = jsonAt(workspace?.document.data ?? null, ["providers"]);
      const providers = isJsonObject(written) ? written : {};
      refuseWays(registry, Object.keys(providers));
      await startFor(providers, registry);
      const environment: Record<string, string | undefined> = { ...env };
      for (const [name, fake] of running)
        Object.assign(environment, changesFor(providers[name], fake.settings, env).variables);
      const compiled = await compileWorkspace(loaded, environment);
      if (!compiled.ok) return compiled;
      const faked = [...compiled.workspace.providers].map(([name, settings]): [string, Json] => {
        const fake = running.get(name);
        return [name, fake === undefined ? settings : withChanges(settings, fake.settings)];
      });
      return { ...compiled, workspace: { ...compiled.workspace, providers: new Map(faked) } };
    },
    async close() {
      await Promise.all([...running.values()].map((fake) => fake.close()));
    },
  };
}

function refuseWays(definitions: ProviderRegistry, providers: readonly string[]): void {
  for (const name of providers) {
    const definition = definitions.get(name);
    if (definition === undefined || definition.fake !== undefined || name === "outbox") continue;
    if (definition.capabilities.kinds.length === 0) continue;
    const instead = "let its channels use another provider for now, such as outbox";
    throw new BadSetting(`fake: ${definition.title} has no fake, so its messages would leave this machine; ${instead}`);
  }
}
