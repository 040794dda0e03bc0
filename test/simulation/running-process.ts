import type { Clock } from "../../src/core/model/clock.ts";
import type { Log } from "../../src/observe/log.ts";
import type { Provider } from "../../src/providers/provider.ts";
import { createFactReader } from "../../src/cli/dead-letters-port.ts";
import { type DeadLetters, deadLettersOf } from "../../src/runtime/dead-letters.ts";
import { type Engine, startEngine } from "../../src/runtime/engine.ts";
import type { Deployed, Witnessed } from "../../src/runtime/parts.ts";
import type { Store } from "../../src/store/store.ts";
import { crmOf } from "./crm.ts";
import type { DoorOwner } from "./door.ts";
import type { Ground } from "./ground.ts";
import type { Mutation } from "./mutation.ts";
import type { Version } from "./rule-texts.ts";
import type { SharedStore } from "./shared-store.ts";
import type { Vendor, VendorName } from "./vendor.ts";
import type { Process, Step, World } from "./world.ts";

/** What runs in one process: the door and the engine, over the shared store. */
export interface RunningProcess extends DoorOwner {
  readonly process: Process;
  deploy(version: Version): Promise<void>;
  readonly engine: Pick<Engine, "pause" | "resume">;
  /** What people do with dead letters, by way of this process. */
  readonly letters: DeadLetters;
}

export interface Start {
  readonly world: World;
  readonly ground: Ground;
  readonly process: Process;
  readonly shared: SharedStore;
  readonly vendors: Readonly<Record<VendorName, Vendor>>;
  readonly mutation: Mutation;
  readonly step: Step;
}

const factOf = createFactReader();

export async function startProcess(
  { world, ground, process, shared, vendors, mutation, step }: Start,
  first: Version,
): Promise<RunningProcess> {
  const clock = mutation.clock(clockOf(world, process), process);
  const store: Store = mutation.store(shared.forProcess(process), { world, process, server: shared.server });
  const log = mutation.log(logOf(world, process));
  const lookups = crmOf(world, step, process, clock);
  const deployedOf = (version: Version): Deployed => {
    const workspace = ground.versions.get(version);
    if (workspace === undefined) throw new Error(`there is no version ${version}`);
    const providers = new Map<string, Provider>();
    for (const name of ["sendgrid", "twilio", "outbox"] as const) {
      const outbound = mutation.outbound(vendors[name].outboundFor(process));
      providers.set(name, { name, inbound: ground.providers.get(name)?.inbound ?? null, outbound });
    }
    return {
      workspace: mutation.workspace(workspace, { world, process, versions: ground.versions }),
      providers,
      lookups,
    };
  };
  const witness = (decided: Witnessed): void => {
    process.decide(decided);
    for (const { reason } of decided.decision.records) if (reason !== undefined) world.reach(`reason ${reason}`);
  };
  const parts = { store, clock, log, metrics: ground.metrics, witness };
  const engine: Engine = await startEngine(parts, deployedOf(first));
  let last = Promise.resolve();
  return {
    process,
    clock,
    engine,
    letters: deadLettersOf({ store, clock, factOf }),
    store: mutation.door(store, { world, process, server: shared.server }),
    // One after the other, and one that fails leaves the old rules: as the command does it.
    deploy: (version) =>
      (last = last.then(() => engine.deploy(deployedOf(version))).catch(() => world.reach("deploy failed"))),
  };
}

/** The process's own view of time. Its timers die with it. */
function clockOf({ scheduler }: World, process: Process): Clock {
  const born = scheduler.now();
  return {
    now: () => scheduler.now() + process.skewMs,
    monotonic: () => scheduler.now() - born,
    after: (ms, task) => scheduler.at(scheduler.now() + ms, task, process),
  };
}

function logOf(world: World, process: Process): Log {
  const tell =
    (level: "info" | "warn" | "error"): Log["info"] =>
    (message, fields = {}) => {
      const text = `${message} ${JSON.stringify(fields)}`;
      world.trace.add(`${world.scheduler.now()} ${process.name} ${level} ${text}`);
      world.see({ kind: "logged", level, text });
    };
  return { info: tell("info"), warn: tell("warn"), error: tell("error") };
}
