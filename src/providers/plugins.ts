import type { ChannelKind } from "../core/model/rulebook.ts";
import type { Configuration, ProviderDefinition, ProviderRegistry } from "./definition.ts";
import type { Outbound, Provider, Reconciliation, ReconcileQuery } from "./provider.ts";
import { providerRegistry } from "./registry.ts";
import { compileSettingsSchema } from "./settings-schema.ts";

/** Gives what a package exports, as Node's own `require` does from the workspace's folder; throws when it can't. */
export type RequirePackage = (name: string) => unknown;

/** What a loader throws as `code` of a package that it must not run, because it came with the rules that are judged. */
export const COMMITTED = "HEED_PLUGIN_COMMITTED";

/** The providers that a workspace may name: ours and those of its plugins. */
export interface Plugged {
  readonly registry: ProviderRegistry;
  readonly faults: readonly PluginFault[];
}

/** Why a package adds no provider. */
export interface PluginFault {
  /** Its place in the list of plugins. */
  readonly index: number;
  readonly message: string;
  readonly help: string;
}

/** Providers from packages beside ours. Only the packages that are named are loaded, and nothing when none is. */
export function withPlugins(packages: readonly string[], requirePackage: RequirePackage): Plugged {
  if (packages.length === 0) return { registry: providerRegistry, faults: [] };
  const registry = new Map(providerRegistry);
  const faults: PluginFault[] = [];
  for (const [index, name] of packages.entries()) {
    const read = readPackage(name, requirePackage);
    if ("message" in read) faults.push({ index, ...read });
    for (const definition of "definitions" in read ? read.definitions : []) {
      if (registry.has(definition.name) || ownNames.has(definition.name)) {
        const message = `the package \`${name}\` adds a provider \`${definition.name}\`, and there is one of that name`;
        faults.push({ index, message, help: "a provider of a package needs a name of its own" });
      } else registry.set(definition.name, definition);
    }
  }
  return { registry, faults };
}

/** Who reports what Heed itself or your own systems say. */
const ownNames: ReadonlySet<string> = new Set(["api", "heed", "nats", "cli"]);

type ReadPackage =
  | { readonly definitions: readonly ProviderDefinition[] }
  | { readonly message: string; readonly help: string };

function readPackage(name: string, requirePackage: RequirePackage): ReadPackage {
  let exported: unknown;
  try {
    exported = requirePackage(name);
  } catch (error) {
    return whyNotLoaded(name, error);
  }
  const one = field(exported, "heedProvider");
  const several = field(exported, "heedProviders");
  const given: unknown = several ?? (one === undefined ? undefined : [one]);
  if (!isList(given) || given.length === 0) {
    const message = `the package \`${name}\` exports no provider`;
    return { message, help: "expected `heedProvider`, a definition, or `heedProviders`, a list of them" };
  }
  for (const definition of given) {
    const fault = faultOf(definition);
    if (fault !== null) {
      const message = `the package \`${name}\` exports what is no provider: ${fault}`;
      return { message, help: "see src/providers/README.md of heed for what a definition is" };
    }
  }
  return { definitions: given.filter(isDefinition).map((definition) => guarded(name, definition)) };
}

/** Only the name of a failure is told: its message may hold anything. */
function whyNotLoaded(name: string, error: unknown): ReadPackage {
  const code = field(error, "code");
  if (code === "MODULE_NOT_FOUND" && String(field(error, "message")).includes(`'${name}'`)) {
    const message = `the package \`${name}\` is not installed where heed.yaml is`;
    return { message, help: `install it there: npm install ${name}` };
  }
  if (code === COMMITTED) {
    const message = `the package \`${name}\` lies in the repository of these rules, so its code was not run`;
    const help = "install it with npm, outside of git; if you have read its code, set HEED_TRUST_PLUGINS=yes";
    return { message, help };
  }
  if (code === "ERR_REQUIRE_ASYNC_MODULE") {
    const message = `the package \`${name}\` waits for something while it is loaded, which a plugin must not`;
    return { message, help: "its author must move the top-level `await` into `create`" };
  }
  const what = typeof code === "string" && /^[A-Z_]{3,40}$/.test(code) ? code : nameOf(error);
  return {
    message: `the package \`${name}\` failed when it was loaded: ${what}`,
    help: `run node -e 'require("${name}")' there to see why`,
  };
}

function nameOf(error: unknown): string {
  return error instanceof Error && /^[A-Za-z]{1,40}$/.test(error.name) ? error.name : "it threw";
}

const kinds: ReadonlySet<unknown> = new Set<ChannelKind>([
  "email",
  "sms",
  "push",
  "voice",
  "slack",
  "ticket",
  "webhook",
]);

/** What is wrong with a definition, as a plain sentence; null when nothing is. */
function faultOf(definition: unknown): string | null {
  if (typeof definition !== "object" || definition === null) return "expected an object";
  const name = field(definition, "name");
  if (typeof name !== "string" || !/^[a-z][a-z0-9_-]{0,49}$/.test(name)) {
    return "`name` must be lower-case letters, digits, `_` and `-`, at most 50";
  }
  const capabilities = field(definition, "capabilities");
  const listed = field(capabilities, "kinds");
  if (!isList(listed) || listed.some((kind) => !kinds.has(kind))) {
    return `\`capabilities.kinds\` of ${name} must be a list of ${[...kinds].join(", ")}`;
  }
  for (const flag of ["idempotencyKey", "lookup"]) {
    if (typeof field(capabilities, flag) !== "boolean")
      return `\`capabilities.${flag}\` of ${name} must be true or false`;
  }
  if (typeof field(definition, "title") !== "string") return `\`title\` of ${name} must be a text`;
  if (typeof field(definition, "configure") !== "function") return `\`configure\` of ${name} must be a function`;
  for (const [key, type] of optional) {
    const value = field(definition, key);
    if (value !== undefined && typeof value !== type) return `\`${key}\` of ${name} must be ${words[type]}`;
  }
  const schema = field(definition, "settingsSchema");
  if (typeof schema === "object" && (schema === null || compileSettingsSchema(schema) === null))
    return `\`settingsSchema\` of ${name} is no JSON Schema`;
  return null;
}

const optional = [
  ["correlation", "string"],
  ["door", "object"],
  ["eventData", "object"],
  ["settingsSchema", "object"],
  ["outcomeOfRefusal", "function"],
  ["fake", "function"],
] as const;
const words = { string: "a text", object: "an object", function: "a function" } as const;

function isDefinition(value: unknown): value is ProviderDefinition {
  return faultOf(value) === null;
}

/** The definition, of which nothing throws: somebody else's mistake must not stop the checker or a dispatcher. */
function guarded(packageName: string, definition: ProviderDefinition): ProviderDefinition {
  const { outcomeOfRefusal, settingsSchema } = definition;
  const judge = settingsSchema === undefined ? null : compileSettingsSchema(settingsSchema);
  return {
    ...definition,
    configure(settings) {
      const problems = judge?.(settings) ?? [];
      if (problems.length > 0) return { ok: false, problems };
      try {
        const configured: unknown = definition.configure(settings);
        return isConfiguration(configured) ? guardedConfiguration(configured) : broken(packageName, "gave no answer");
      } catch (error) {
        return broken(packageName, `threw ${nameOf(error)}`);
      }
    },
    ...(outcomeOfRefusal !== undefined && { outcomeOfRefusal: (refusal) => outcomeOfRefusal(refusal) }),
  };
}

function broken(packageName: string, how: string): Configuration {
  return { ok: false, problems: [{ path: [], message: `cannot be judged: its package ${packageName} ${how}` }] };
}

function isConfiguration(value: unknown): value is Configuration {
  if (field(value, "ok") === true) return typeof field(value, "create") === "function";
  const problems = field(value, "problems");
  return (
    isList(problems) &&
    problems.length > 0 &&
    problems.every((problem) => isList(field(problem, "path")) && typeof field(problem, "message") === "string")
  );
}

function guardedConfiguration(configuration: Configuration): Configuration {
  if (!configuration.ok) return configuration;
  return { ok: true, create: async (context) => guardedProvider(await configuration.create(context)) };
}

/** A send that rejects, against its promise, may have sent. */
function guardedProvider(provider: Provider): Provider {
  const { outbound } = provider;
  if (outbound === null) return provider;
  return {
    ...provider,
    outbound: {
      capabilities: outbound.capabilities,
      timeoutMs: outbound.timeoutMs,
      async send(message) {
        try {
          return await outbound.send(message);
        } catch {
          return { kind: "ambiguous", code: "plugin_threw" };
        }
      },
      ...(outbound.reconcile !== undefined && { reconcile: (query) => reconcileBy(outbound, query) }),
      close: () => outbound.close(),
    },
  };
}

async function reconcileBy(outbound: Outbound, query: ReconcileQuery): Promise<Reconciliation> {
  try {
    return (await outbound.reconcile?.(query)) ?? { kind: "unavailable", code: "plugin_cannot" };
  } catch {
    return { kind: "unavailable", code: "plugin_threw" };
  }
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

function field(value: unknown, name: string): unknown {
  const mayHaveFields = (typeof value === "object" && value !== null) || typeof value === "function";
  return mayHaveFields ? Reflect.get(value, name) : undefined;
}
