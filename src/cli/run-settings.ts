import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { type NatsSettings, readNatsSettings } from "./nats-settings.ts";
import { readRoles, ROLES, type Roles } from "./roles.ts";

/** Where and on what `heed run` runs. Flags win over the environment, the environment over the defaults. */
export interface RunSettings {
  readonly workspace: string;
  /** Whether the rules of a folder run, or those that were deployed to the store. */
  readonly rulesFrom: "folder" | "store";
  readonly store: { readonly kind: "embedded" } | ({ readonly kind: "jetstream" } & NatsSettings);
  readonly namespace: string;
  readonly dataDirectory: string;
  readonly host: string;
  readonly port: number;
  readonly apiToken: string | null;
  /** For the console's viewers. */
  readonly viewerToken: string | null;
  readonly watch: boolean;
  /** Speaks to fakes of all vendors, over a store of its own. */
  readonly fake: boolean;
  /** What this process does of it. */
  readonly roles: Roles;
}

export interface RunFlags {
  readonly store?: string;
  readonly replicas?: string;
  readonly namespace?: string;
  readonly dataDir?: string;
  readonly host?: string;
  readonly port?: string;
  readonly watch?: boolean;
  readonly role?: string;
  readonly fake?: boolean;
  readonly rules?: string;
}

/** A setting that cannot be used. The message says which, what was expected, and never quotes a secret. */
export class BadSetting extends Error {
  override readonly name = "BadSetting";
}

export function readRunSettings(workspace: string | undefined, flags: RunFlags, env: NodeJS.ProcessEnv): RunSettings {
  const apiToken = env["HEED_API_TOKEN"] ?? "";
  if (apiToken !== "" && apiToken.length < 16) throw new BadSetting("HEED_API_TOKEN: expected at least 16 characters");
  const viewerToken = env["HEED_VIEWER_TOKEN"] ?? "";
  if (viewerToken !== "" && viewerToken.length < 16)
    throw new BadSetting("HEED_VIEWER_TOKEN: expected at least 16 characters");
  const store = readStore(flags.store ?? setting(env, "HEED_STORE", "embedded"), flags.replicas, env);
  const roles = readRoles(flags.role ?? setting(env, "HEED_ROLE", "all"), store.kind);
  if ("fault" in roles) throw new BadSetting(roles.fault);
  const fake = flags.fake ?? false;
  if (fake && roles.size < ROLES.length) throw new BadSetting("fake: one process plays all, so leave --role out");
  const rulesFrom = readRulesFrom(workspace, flags, env);
  if (fake && rulesFrom === "store") throw new BadSetting("fake: plays the rules of a folder, so leave --rules out");
  const namespace = readNamespace(flags.namespace ?? setting(env, "HEED_NAMESPACE", "heed"));
  const dataDirectory = resolve(flags.dataDir ?? setting(env, "HEED_DATA_DIR", ".heed"));
  return {
    workspace: workspaceDirectory(workspace, env),
    rulesFrom,
    store,
    // Messages of real people that fakes took would be lost for good.
    namespace: fake ? `${namespace}-fake` : namespace,
    dataDirectory: fake ? join(dataDirectory, "fake") : dataDirectory,
    host: flags.host ?? setting(env, "HOST", "127.0.0.1"),
    port: readPort(flags.port ?? setting(env, "PORT", "8080")),
    apiToken: apiToken === "" ? null : apiToken,
    viewerToken: viewerToken === "" ? null : viewerToken,
    watch: flags.watch ?? false,
    fake,
    roles,
  };
}

/** `HEED_RULES=store` says the same as `--rules store`; a folder of that name is `./store`. */
function readRulesFrom(workspace: string | undefined, { rules, watch }: RunFlags, env: NodeJS.ProcessEnv) {
  if (rules !== undefined && rules !== "store")
    throw new BadSetting(`rules: expected store, found "${rules.slice(0, 40)}"; a folder is named without --rules`);
  if (rules === undefined && (workspace !== undefined || env["HEED_RULES"] !== "store")) return "folder";
  if (workspace !== undefined) throw new BadSetting("rules: either a folder or --rules store, not both");
  if (watch === true)
    throw new BadSetting("watch: what is deployed to the store is taken at once, so leave --watch out");
  return "store";
}

/** The folder of the rules: the argument, else `HEED_RULES`, else `rules`, or this one for whoever stands in it. */
export function workspaceDirectory(argument: string | undefined, env: NodeJS.ProcessEnv): string {
  const isHere = existsSync("heed.yaml") && !existsSync(join(USUAL_FOLDER, "heed.yaml"));
  return resolve(argument ?? setting(env, "HEED_RULES", isHere ? "." : USUAL_FOLDER));
}

/** Where one is made that is not there yet. */
export function newWorkspaceDirectory(argument: string | undefined, env: NodeJS.ProcessEnv): string {
  return resolve(argument ?? setting(env, "HEED_RULES", USUAL_FOLDER));
}

const USUAL_FOLDER = "rules";

/** An empty variable counts as one that is not set. */
function setting(env: NodeJS.ProcessEnv, name: string, otherwise: string): string {
  const value = env[name];
  return value === undefined || value === "" ? otherwise : value;
}

function readStore(text: string, replicas: string | undefined, env: NodeJS.ProcessEnv): RunSettings["store"] {
  if (text === "embedded") return { kind: "embedded" };
  const nats = readNatsSettings(text, replicas, env);
  if ("fault" in nats) throw new BadSetting(nats.fault);
  return { kind: "jetstream", ...nats };
}

function readNamespace(text: string): string {
  if (/^[a-z][a-z0-9-]{0,30}$/.test(text)) return text;
  throw new BadSetting("namespace: expected a short name of lower-case letters, digits and dashes");
}

export function readPort(text: string): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port;
  throw new BadSetting(`port: expected a number from 0 to 65535, found "${text}"`);
}
