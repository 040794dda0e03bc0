import { randomUUID } from "node:crypto";
import type { Writable } from "node:stream";
import type { Clock } from "../core/model/clock.ts";
import type { ContactReading } from "../ingest/contact-statement.ts";
import { takeOutsideEvents } from "../ingest/outside-events.ts";
import { startServer } from "../ingest/server.ts";
import { createLog, faultFields, type Log } from "../observe/log.ts";
import { createMetrics } from "../observe/metrics.ts";
import type { Provider } from "../providers/provider.ts";
import { renderProblems } from "../rulebook/report/render-problems.ts";
import { type Engine, startEngine } from "../runtime/engine.ts";
import { keepHouse } from "../runtime/keep-house.ts";
import type { Deployed } from "../runtime/parts.ts";
import type { Store } from "../store/store.ts";
import { apiToken } from "./api-token.ts";
import { banner } from "./banner.ts";
import { type DeployContext, prepareDeploy, unsubscribingOf } from "./deploy.ts";
import { createDoorContext, createHttpApp, type HttpParts } from "./http-app.ts";
import { createOpenedLookups, type OpenedLookups } from "./open-lookups.ts";
import { openStore } from "./open-store.ts";
import { openTracing } from "./open-tracing.ts";
import { pausesPort } from "./pauses-port.ts";
import { RulesRefused } from "./rules-refused.ts";
import type { RunSettings } from "./run-settings.ts";
import { type Reloaded, rulesOfFolder, rulesOfStore, type RulesSource } from "./rules-source.ts";

/** Longer than any provider's time-out at its default, so that a call under way gets to save its result. */
const DRAIN_MS = 20_000;
const DOOR_DRAIN_MS = 10_000;
/** A reload that could not be carried out is tried again after this long. */
const RELOAD_AGAIN_MS = 1_000;
const RELOAD_FAILED = "newer rules could not be taken over yet: the old ones stay live, and it is tried again";

export interface RunIo {
  readonly stdout: Writable;
  readonly stderr: Writable;
  readonly colours: boolean;
  readonly env: NodeJS.ProcessEnv;
  readonly clock: Clock;
}

export interface RunningSystem {
  readonly url: string;
  /** Reads the workspace again. A workspace with problems changes nothing: the old rules stay live. */
  readonly reload: () => Promise<Reloaded>;
  /** Takes no more requests, lets what is under way end, closes everything. */
  stop(): Promise<void>;
}

/** Composes the whole system and starts it: rules, providers, store, engine, door. */
export async function startSystem(settings: RunSettings, io: RunIo): Promise<RunningSystem> {
  const { clock } = io;
  const log = createLog(io.stderr);
  const metrics = createMetrics();
  const traces = await openTracing(io.env, clock, log);
  let door: string | null = null;
  const fakes = settings.fake ? await openFakes(io, () => door) : null;
  const context: DeployContext = {
    clock,
    dataDirectory: settings.dataDirectory,
    env: io.env,
    ...(fakes !== null && { compile: (from) => fakes.compile(from) }),
  };
  const open = (): Promise<Store> =>
    openStore(settings, clock, ({ kind, message }) => {
      metrics.storeConnection(kind);
      log[kind === "restored" ? "info" : "warn"](message);
    });
  const early = settings.rulesFrom === "store" ? await open() : null;
  const rules = early === null ? rulesOfFolder(settings, clock) : rulesOfStore(early, clock, log);
  const prepared = await prepareFirst(rules, context, io).catch(async (fault: unknown): Promise<never> => {
    await early?.close();
    throw fault;
  });

  const providers = new Map<string, Provider>(prepared.deployed.providers);
  const store = early ?? (await open());
  const { roles } = settings;
  const isAsked = roles.has("ingest") || roles.has("console");
  const token = isAsked ? apiToken(settings.apiToken, settings.dataDirectory) : null;
  let running: Engine | null = null;
  let deployment: Deployment | null = null;
  let outcome: Reloaded = "unchanged";
  const parts: HttpParts = {
    store,
    clock,
    log,
    metrics,
    providers,
    // An empty one lets nobody in.
    apiToken: token?.token ?? "",
    viewerToken: settings.viewerToken,
    roles,
    country: prepared.deployed.workspace.country,
    unsubscribing: () => unsubscribingOf((deployment?.deployed() ?? prepared.deployed).workspace),
    contacts: () => contactReading((deployment?.deployed() ?? prepared.deployed).workspace),
    dataDirectory: settings.dataDirectory,
    workspace: () => (deployment?.deployed() ?? prepared.deployed).workspace,
    running() {
      if (running === null) return null;
      const files = outcome === "refused" ? [rules.refused] : outcome === "failed" ? [RELOAD_FAILED] : [];
      return { rulebook: running.rulebook(), troubles: [...running.troubles(), ...files] };
    },
    pauses: () => (running === null ? null : pausesPort(running)),
  };
  const app = createHttpApp(parts);
  // The port first: a second start on a busy one must end before it has decided anything.
  const server = await startServer(app, { host: settings.host, port: settings.port, clock });
  const runs = new Set((["decide", "dispatch"] as const).filter((role) => roles.has(role)));
  const lookups = createOpenedLookups(clock, metrics, log);
  const first = { ...prepared.deployed, lookups: lookups.of(prepared.deployed.workspace, DRAIN_MS) };
  door = server.url;
  const isNewest = settings.rulesFrom === "store";
  const engine = await startEngine(
    { store, clock, log, metrics, runs, member: randomUUID(), isNewest, ...(traces !== null && { traces }) },
    first,
  );
  running = engine;
  const deployed = (): Deployed => deployment?.deployed() ?? first;
  const house = keepHouse({ store, clock, log, metrics, engine, deployed });
  const inbox = roles.has("ingest") ? await takeOutsideEvents({ ...createDoorContext(parts), store }) : null;
  const { workspace } = prepared.deployed;
  const vendors = vendorsOf(providers, fakes === null ? null : [...fakes.running.keys()]);
  io.stdout.write(banner({ url: server.url, workspace, store: store.traits, roles, token, ...vendors }));

  const changing = createDeployment(rules, io, { context, log, engine, providers, lookups, first });
  deployment = changing;
  let cancelRetry = (): void => undefined;
  const reload = async (): Promise<Reloaded> => {
    cancelRetry();
    outcome = await changing.reload();
    // The store was away, perhaps: nobody else would say again that there are newer rules.
    if (outcome === "failed") cancelRetry = clock.after(RELOAD_AGAIN_MS, () => void reload());
    return outcome;
  };
  const unwatch = rules.watch(reload);
  return {
    url: server.url,
    reload,
    async stop() {
      unwatch();
      cancelRetry();
      await Promise.all([server.close(DOOR_DRAIN_MS), inbox?.stop(DOOR_DRAIN_MS)]);
      await house.rest();
      await engine.stop(DRAIN_MS);
      await traces?.close();
      await house.stop();
      await lookups.close();
      for (const provider of providers.values()) await provider.outbound?.close();
      await fakes?.close();
      await store.close();
    },
  };
}

/** Through whom messages leave this machine, or who is played on it. */
function vendorsOf(providers: ReadonlyMap<string, Provider>, faked: readonly string[] | null) {
  const sending = [...providers].flatMap(([name, { outbound }]) => (outbound === null ? [] : [name]));
  return { outside: faked === null ? sending.filter((name) => name !== "outbox") : [], faked };
}

async function prepareFirst(rules: RulesSource, context: DeployContext, { colours }: RunIo) {
  const prepared = await prepareDeploy(await rules.load(), context, null);
  if (prepared.ok) return prepared;
  throw new RulesRefused(renderProblems(prepared.problems, { format: "pretty", colours }));
}

/** Only those who ask for fakes load them. */
async function openFakes({ env, clock, stdout }: RunIo, door: () => string | null) {
  const [vendors, talk] = await Promise.all([import("./fake-vendors.ts"), import("./fake-talk.ts")]);
  const tell = (...news: Parameters<typeof talk.newsLine>): void => void stdout.write(talk.newsLine(...news));
  return vendors.openFakes({ env, clock, door, tell, port: 0 });
}

interface DeploymentParts {
  readonly context: DeployContext;
  readonly log: Log;
  readonly engine: Engine;
  /** The door's view of the providers: changed in place. */
  readonly providers: Map<string, Provider>;
  readonly lookups: OpenedLookups;
  readonly first: Deployed;
}

interface Deployment {
  readonly reload: () => Promise<Reloaded>;
  readonly deployed: () => Deployed;
}

/** How the doors read contacts. */
function contactReading({ rulebook: { workspace }, country }: Deployed["workspace"]): ContactReading {
  const { fields, timeZone, channels } = workspace;
  return { fields, timeZone, channels, country };
}

/** Whether a reload would change nothing: the same rules, spoken through the same providers. */
function sameAs(a: Deployed, b: Deployed): boolean {
  const kept = [...b.providers].every(([name, provider]) => a.providers.get(name) === provider);
  return kept && a.providers.size === b.providers.size && a.workspace.rulebook.digest === b.workspace.rulebook.digest;
}

/** Holds what is deployed and swaps it as a whole, one reload at a time. */
function createDeployment(
  rules: RulesSource,
  io: RunIo,
  { context, log, engine, providers, lookups, first }: DeploymentParts,
): Deployment {
  let deployed = first;
  let last: Promise<Reloaded> = Promise.resolve("unchanged");
  const reload = async (): Promise<Reloaded> => {
    const prepared = await prepareDeploy(await rules.load(), context, deployed);
    if (!prepared.ok) {
      io.stderr.write(renderProblems(prepared.problems, { format: "pretty", colours: io.colours }));
      log.error("the rules were not reloaded; the old ones stay live", { problems: prepared.problems.length });
      return "refused";
    }
    if (sameAs(deployed, prepared.deployed)) return "unchanged";
    const next = { ...prepared.deployed, lookups: lookups.of(prepared.deployed.workspace, DRAIN_MS) };
    await engine.deploy(next);
    // Not before the engine has them: a reload that failed must find them new when it is tried again.
    deployed = next;
    providers.clear();
    for (const [name, provider] of deployed.providers) providers.set(name, provider);
    log.info("the rules were reloaded", { digest: deployed.workspace.rulebook.digest.slice(0, 12) });
    // Calls that began with a retired provider still need its connections for as long as they may take.
    for (const { outbound } of prepared.retired) {
      if (outbound !== null) context.clock.after(DRAIN_MS, () => void outbound.close());
    }
    return "reloaded";
  };
  return {
    deployed: () => deployed,
    reload() {
      last = last.then(reload).catch((fault: unknown) => {
        log.error("reloading the rules failed; the old ones stay live", faultFields(fault));
        return "failed";
      });
      return last;
    },
  };
}
