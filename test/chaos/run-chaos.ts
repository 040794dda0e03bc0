import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { startSendGridFake } from "../../src/providers/sendgrid/fake.ts";
import { startTwilioFake } from "../../src/providers/twilio/fake.ts";
import { freePorts } from "../support/free-ports.ts";
import { type NatsServer, startNatsServer } from "../support/nats-server.ts";
import { createDriver } from "./driver.ts";
import { judge, type Verdict } from "./judge.ts";
import { chanceOf } from "../simulation/chance.ts";
import { type Fault, type Happening, HAPPENINGS_PER_KILL, type Plan, planOf, type ServerFault } from "./plan.ts";
import { ACCOUNT_SID, AUTH_TOKEN, people, type Scene, SENDGRID_KEY, writeScene } from "./scene.ts";
import { openAccounts } from "./accounts.ts";
import { startWorker, type Worker } from "./worker.ts";

/** Every process does one thing, and each thing is done by several. */
const ROLES = ["ingest,console", "ingest,decide", "decide,dispatch", "decide,dispatch", "dispatch"];
const PEOPLE = 40;
const SETTLED_WITHIN_MS = 120_000;
const READY_WITHIN_MS = 60_000;

export interface ChaosOptions {
  readonly seed: number;
  readonly seconds: number;
  /** Kill one process, which does it all, so many times in a row; nothing else goes wrong. */
  readonly kills?: number;
  /** The path of nats-server. */
  readonly binary: string;
  readonly tell: (line: string) => void;
}

export interface ChaosReport extends Verdict {
  /** How often each kind of fault was done. */
  readonly faults: Readonly<Record<string, number>>;
  /** What the processes said, for a run that failed. */
  readonly output: string;
}

/** Plays a plan on real processes, waits until all is quiet, and judges from outside what came of it. */
export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const everybody = people(PEOPLE);
  const kills = options.kills ?? null;
  const roles = kills === null ? ROLES : ["all"];
  const plan = planOf({ ...options, people: everybody, workers: roles.length, kills });
  const began = performance.now();
  const tell = (line: string): void =>
    options.tell(`${((performance.now() - began) / 1_000).toFixed(1).padStart(6)} s  ${line}`);
  const scratch = mkdtempSync(join(tmpdir(), "heed-chaos-"));
  const undo: (() => Promise<unknown>)[] = [];
  try {
    const [port] = await freePorts(1);
    const nats = await startNatsServer({ binary: options.binary, ...(port !== undefined && { port }) });
    undo.push(() => nats.stop());
    const vendors = {
      twilio: await startTwilioFake({ accountSid: ACCOUNT_SID, authToken: AUTH_TOKEN, now: () => Date.now() }),
      sendgrid: await startSendGridFake({ apiKey: SENDGRID_KEY }),
    };
    undo.push(
      () => vendors.twilio.close(),
      () => vendors.sendgrid.close(),
    );
    vendors.twilio.script(...plan.answers.twilio);
    vendors.sendgrid.script(...plan.answers.sendgrid);
    const scene = writeScene(scratch, { twilio: vendors.twilio.url, sendgrid: vendors.sendgrid.url });
    const workers: Worker[] = [];
    undo.push(() => Promise.all(workers.map((worker) => worker.stop())));
    for (const role of roles) workers.push(await startWorker({ role, scene, natsPort: nats.port, scratch }));
    await untilReady(workers);
    const accounts = await openAccounts(nats.url);
    undo.push(() => accounts.close());

    const driver = createDriver(
      workers.filter(({ role }) => /all|ingest/.test(role)),
      scene,
    );
    undo.push(async () => driver.stop());
    await driver.identify(everybody);
    await accounts.settled(SETTLED_WITHIN_MS);
    tell(
      `seed ${plan.seed}: ${plan.happenings.length} events, ${plan.faults.length} faults, ${roles.length} processes`,
    );
    const tellDriver = (happenings: readonly Happening[]): Promise<void> =>
      tellAll(happenings, (happening) => driver.tell(happening));
    const faults =
      kills === null
        ? await together(doAll({ plan, workers, nats, scene }), tellDriver(plan.happenings))
        : await killInARow({ plan, workers, kills, tellDriver, tell });
    tell("the faults are over; waiting until nothing is under way");
    await untilReady(workers);
    const unsettled = await accounts.settled(SETTLED_WITHIN_MS);
    tell(unsettled.length === 0 ? "all is quiet" : "it does not come to rest");
    const verdict = await judge({ plan, everybody, vendors, accounts, unsettled });
    const lives = workers.reduce((sum, worker) => sum + worker.lives(), 0);
    const output = workers.map((worker) => `--- ${worker.role}\n${worker.output()}`).join("\n");
    return { ...verdict, faults: { ...faults, "processes that ran": lives }, output };
  } finally {
    for (const step of undo.toReversed()) await step();
    rmSync(scratch, { recursive: true, force: true });
  }
}

async function untilReady(workers: readonly Worker[]): Promise<void> {
  const deadline = Date.now() + READY_WITHIN_MS;
  while (workers.some((worker) => worker.url() === null)) {
    if (Date.now() > deadline) {
      const absent = workers.find((worker) => worker.url() === null);
      throw new Error(`the ${absent?.role} process does not come up:\n${absent?.output().slice(-3_000)}`);
    }
    await sleep(50);
  }
}

async function tellAll(happenings: readonly Happening[], tell: (happening: Happening) => Promise<void>): Promise<void> {
  const began = Date.now();
  await Promise.all(
    happenings.map(async (happening, index) => {
      await sleep(Math.max(0, happening.at - (Date.now() - began)));
      await tell(happening);
      // Vendors and applications tell twice what they are not sure that they told.
      if (index % 5 === 0) await tell(happening);
    }),
  );
}

interface Play {
  readonly plan: Plan;
  readonly workers: readonly Worker[];
  readonly nats: NatsServer;
  readonly scene: Scene;
}

async function doAll(play: Play): Promise<Readonly<Record<string, number>>> {
  const began = Date.now();
  const done: Record<string, number> = {};
  await Promise.all(
    play.plan.faults.map(async (fault) => {
      await sleep(Math.max(0, fault.at - (Date.now() - began)));
      done[fault.kind] = (done[fault.kind] ?? 0) + 1;
      await doFault(play, fault);
    }),
  );
  return done;
}

async function doFault({ workers, nats, scene }: Play, fault: Fault): Promise<void> {
  if (fault.kind === "reload rules") return scene.publish(fault.version);
  if (!("worker" in fault)) return await doServerFault(nats, fault);
  const worker = workers[fault.worker];
  if (worker === undefined) throw new RangeError(`there is no worker ${fault.worker}`);
  if (fault.kind === "kill worker") return worker.kill9();
  if (fault.kind === "cut link") {
    worker.link.cut();
    await sleep(fault.forMs);
    return worker.link.mend();
  }
  worker.freeze();
  await sleep(fault.forMs);
  worker.thaw();
}

async function doServerFault(nats: NatsServer, { kind, forMs }: ServerFault): Promise<void> {
  if (kind === "kill server") {
    await nats.kill9();
    await sleep(forMs);
    return await nats.restart();
  }
  process.kill(nats.pid, "SIGSTOP");
  await sleep(forMs);
  process.kill(nats.pid, "SIGCONT");
}

interface KillInARow {
  readonly plan: Plan;
  readonly workers: readonly Worker[];
  readonly kills: number;
  readonly tellDriver: (happenings: readonly Happening[]) => Promise<void>;
  readonly tell: (line: string) => void;
}

/** Each time as soon as it has begun to work, or a moment later. */
async function killInARow(run: KillInARow): Promise<Readonly<Record<string, number>>> {
  const { plan, kills, tellDriver, tell } = run;
  const [worker] = run.workers;
  if (worker === undefined) throw new RangeError("there is nobody to kill");
  const chance = chanceOf(plan.seed, "kills");
  const telling: Promise<void>[] = [];
  for (let killed = 0; killed < kills; killed += 1) {
    telling.push(tellDriver(plan.happenings.slice(killed * HAPPENINGS_PER_KILL, (killed + 1) * HAPPENINGS_PER_KILL)));
    const lives = worker.lives();
    await sleep(chance.between(50, 900));
    worker.kill9();
    while (worker.lives() === lives) await sleep(20);
    if (killed % 10 === 9) tell(`killed ${killed + 1} times`);
  }
  await Promise.all(telling);
  return { "kill worker": kills };
}

async function together<T>(first: Promise<T>, second: Promise<unknown>): Promise<T> {
  const [result] = await Promise.all([first, second]);
  return result;
}

/** The one command that draws the same again. */
export function replayCommand({ seed, seconds, kills }: Pick<ChaosOptions, "seed" | "seconds" | "kills">): string {
  return `npm run chaos -- --seed ${seed} ${kills === undefined ? `--seconds ${seconds}` : `--kills ${kills}`}`;
}
