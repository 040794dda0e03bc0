/**
 * How fast the whole system is on JetStream, from an event that was accepted to the call of a provider, beside what the
 * same server and machine could do at most. Prints a report; asserts nothing, because the numbers are the machine's. Run
 * it with `npm run bench:stream`; `-- --contacts 1000000` fills the store with a million people first, `-- --only timers
 * --timers 1000000` sets a million timers.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { connect } from "nats";
import { systemClock } from "../../src/cli/system-clock.ts";
import { openEmbeddedStore } from "../../src/store/embedded.ts";
import { openJetStreamStore } from "../../src/store/jetstream.ts";
import type { Fact, Store } from "../../src/store/store.ts";
import { type NatsServer, startNatsServer } from "../support/nats-server.ts";
import type { BareOrder, BareResult } from "./stream-bare.ts";
import { measureDoor } from "./stream-door.ts";
import { measureTimers } from "./stream-timers.ts";
import {
  cpuSecondsOf,
  type Drained,
  heard,
  type Heed,
  residentBytesOf,
  type Sample,
  slope,
  startChild,
  startHeed,
  startVendor,
  type Vendor,
  watchDrain,
} from "./stream-processes.ts";
import { type EventsOptions, identifyFact, orderFact, writeWorkspace } from "./stream-scene.ts";

const { values: flags } = parseArgs({
  options: {
    contacts: { type: "string", default: "10000" },
    events: { type: "string", default: "40000" },
    timers: { type: "string", default: "100000" },
    /** One part alone, by the first word of its name. */
    only: { type: "string", default: "" },
  },
});
const CONTACTS = Number(flags.contacts);
const EVENTS = Number(flags.events);
/** One event in so many becomes a message, where nothing else is said. */
const ONE_IN = 20;
const FEW_RULES = 10;
/** With `heed.yaml`, as many files as a workspace may have. */
const MANY_RULES = 9_999;
const SETTLED_WITHIN_MS = 120_000;

const print = (line = ""): void => void process.stdout.write(`${line}\n`);
const count = (value: number): string => Math.round(value).toLocaleString("en-US").padStart(8);
const mb = (bytes: number): string => `${(bytes / 1_048_576).toFixed(0)} MB`;

function aim(text: string, met: boolean): string {
  return `   aim ${text}: ${met ? "met" : "MISSED"}`;
}

interface Ground {
  readonly server: NatsServer;
  readonly vendor: Vendor;
  readonly scratch: string;
  readonly store: Store;
}

async function appendAll(store: Store, total: number, fact: (number: number) => Fact): Promise<void> {
  for (let start = 0; start < total; start += 2_000) {
    await store.append(Array.from({ length: Math.min(2_000, total - start) }, (_, index) => fact(start + index)));
  }
}

let folders = 0;

async function startWorkers(ground: Ground, number: number, rules: number): Promise<readonly Heed[]> {
  folders += 1;
  const workspace = join(ground.scratch, `rules-${folders}`);
  writeWorkspace(workspace, rules, ground.vendor.url);
  return await Promise.all(
    Array.from({ length: number }, (_, index) =>
      startHeed({ workspace, dataDirectory: join(ground.scratch, `data-${index}`), store: ground.server.url }),
    ),
  );
}

/** Everybody becomes known; what that costs, and what so many people take up. */
async function fill(ground: Ground): Promise<void> {
  await appendAll(ground.store, CONTACTS, identifyFact);
  const [worker] = await startWorkers(ground, 1, FEW_RULES);
  if (worker === undefined) throw new Error("expected a worker");
  // Each is two documents: the person and the telephone number.
  const { perSecond } = await watchDrain([worker], [worker.pid], CONTACTS);
  await settled(ground);
  print(
    `${count(CONTACTS)} people with a telephone, made known at ${count(perSecond).trim()} people/s; in memory then:`,
  );
  print(`           worker ${mb(residentBytesOf(worker.pid))}, nats-server ${mb(residentBytesOf(ground.server.pid))}`);
  await worker.stop();
}

/** Until nothing waits in any lane. */
async function settled({ store }: Ground): Promise<void> {
  const deadline = performance.now() + SETTLED_WITHIN_MS;
  for (;;) {
    const { depth } = await store.health();
    const waiting = Object.values(depth).reduce((sum, lane) => sum + lane, 0);
    if (waiting === 0) return;
    if (performance.now() > deadline) throw new Error(`deliveries still wait: ${JSON.stringify(depth)}`);
    await sleep(200);
  }
}

interface Whole extends Drained {
  readonly rules: number;
}

async function whole(ground: Ground, workers: number, rules: number, run: string): Promise<Whole> {
  const options: EventsOptions = { run, contacts: CONTACTS, rules, oneIn: ONE_IN };
  await appendAll(ground.store, EVENTS, (number) => orderFact(number, options));
  const heeds = await startWorkers(ground, workers, rules);
  const drained = await watchDrain(heeds, [...heeds.map(({ pid }) => pid), ground.server.pid], EVENTS);
  await settled(ground);
  await Promise.all(heeds.map((heed) => heed.stop()));
  return { ...drained, rules };
}

function printWhole(label: string, { perSecond, cpuMicros }: Drained, aims = ""): void {
  const cpu = cpuMicros.slice(0, -1).map((micros) => `${micros.toFixed(0)} µs`);
  const server = cpuMicros.at(-1) ?? Number.NaN;
  print(
    `${label.padEnd(44)}${count(perSecond)} events/s   CPU an event: worker ${cpu.join(" + ")}, nats-server ${server.toFixed(0)} µs${aims}`,
  );
}

/** What the pipeline writes for an event, so that the bare limit writes as much. */
async function sizes({ server }: Ground): Promise<Pick<BareOrder, "documentBytes" | "lineBytes">> {
  const nc = await connect({ servers: server.url });
  const { streams } = await nc.jetstreamManager();
  const mean = async (name: string): Promise<number> => {
    const { state } = await streams.info(name);
    return Math.round(state.bytes / Math.max(1, state.messages));
  };
  const result = { documentBytes: await mean("KV_heed_contacts"), lineBytes: await mean("HEED_AUDIT") };
  await nc.close();
  return result;
}

async function bare(ground: Ground): Promise<BareResult & { readonly serverMicros: number }> {
  const own = await startNatsServer();
  const child = startChild("stream-bare.js");
  const order: BareOrder = { url: own.url, events: EVENTS, contacts: CONTACTS, ...(await sizes(ground)) };
  const answer = heard<BareResult>(child);
  child.send(order);
  const result = await answer;
  const serverMicros = (cpuSecondsOf(own.pid) * 1e6) / EVENTS;
  child.kill();
  await own.stop();
  return { ...result, serverMicros };
}

async function throughput(ground: Ground): Promise<number> {
  const before = await bare(ground);
  const one = await whole(ground, 1, FEW_RULES, "one");
  const after = await bare(ground);
  const many = await whole(ground, 1, MANY_RULES, "many");
  const two = await whole(ground, 2, FEW_RULES, "two");
  const limit = (before.perSecond + after.perSecond) / 2;
  const label = "the bare limit (nothing decided, nothing sent)";
  for (const { perSecond, cpuMicros, serverMicros } of [before, after]) {
    print(
      `${label.padEnd(44)}${count(perSecond)} events/s   CPU an event: worker ${cpuMicros.toFixed(0)} µs, nats-server ${serverMicros.toFixed(0)} µs with its filling`,
    );
  }
  const micros = one.cpuMicros[0] ?? Number.NaN;
  const share = one.perSecond / limit;
  printWhole(`the whole, 1 worker, ${FEW_RULES} rules`, one);
  print(`${"".padEnd(8)}${(share * 100).toFixed(0)} % of the bare limit${aim("50 % or better", share >= 0.5)}`);
  print(`${"".padEnd(8)}${count(one.perSecond).trim()} events/s${aim("5,000", one.perSecond >= 5_000)}`);
  print(
    `${"".padEnd(8)}${(micros / 1_000).toFixed(2)} ms of CPU an event in Heed${aim("0.20 or less", micros <= 200)}`,
  );
  printWhole(`the whole, 1 worker, ${MANY_RULES} rules`, many);
  printWhole(`the whole, 2 workers, ${FEW_RULES} rules`, two);
  return one.perSecond;
}

/** One of two workers is killed in the midst of its work. */
async function kill(ground: Ground): Promise<void> {
  const events = EVENTS * 2;
  const options: EventsOptions = { run: "kill", contacts: CONTACTS, rules: FEW_RULES, oneIn: ONE_IN };
  await appendAll(ground.store, events, (number) => orderFact(number, options));
  const heeds = await startWorkers(ground, 2, FEW_RULES);
  const [victim, survivor] = heeds;
  if (victim === undefined || survivor === undefined) throw new Error("expected two workers");
  await watchDrain(heeds, [], events / 4);
  await victim.kill9();
  const killed = performance.now();
  const samples: Sample[] = [];
  const began = await survivor.decided();
  await watchDrain([survivor], [], began + events / 2, (sample) => samples.push(sample)).catch(() => undefined);
  // Over a second each.
  const rates = samples.slice(4).map((sample, index) => ({
    perSecond: slope(samples[index], sample).perSecond,
    atMs: sample.atMs,
  }));
  const full = Math.max(...rates.slice(Math.floor(rates.length / 2)).map(({ perSecond }) => perSecond)) * 0.9;
  const first = rates.find(({ perSecond }) => perSecond >= full);
  const seconds = first === undefined ? Number.NaN : (first.atMs - killed) / 1_000;
  print(
    `${"one of two workers killed: the other at full speed".padEnd(56)}${seconds.toFixed(1)} s later${aim("5 s", seconds <= 5)}`,
  );
  await settled(ground);
  await survivor.stop();
}

async function latency(
  ground: Ground,
  worker: Heed,
  load: { readonly perSecond: number; readonly oneIn: number; readonly aimMs: number | null },
): Promise<void> {
  const { perSecond, oneIn, aimMs } = load;
  const run = `rate-${perSecond}`;
  const options: EventsOptions = { run, contacts: CONTACTS, rules: FEW_RULES, oneIn };
  const seconds = 6;
  await ground.vendor.latencies();
  const began = performance.now();
  const appends: Promise<unknown>[] = [];
  const total = Math.round(perSecond * seconds);
  for (let next = 0; next < total;) {
    const until = Math.min(total, Math.ceil(((performance.now() - began) / 1_000) * perSecond));
    if (until > next) {
      const facts = Array.from({ length: until - next }, (_, index) => orderFact(next + index, options));
      appends.push(ground.store.append(facts));
      next = until;
    }
    await sleep(2);
  }
  await Promise.all(appends);
  await settled(ground);
  const sorted = (await ground.vendor.latencies()).toSorted((a, b) => a - b);
  const at = (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
  const p99 = at(0.99);
  const judged = aimMs === null ? "" : aim(`p99 < ${aimMs} ms`, p99 < aimMs);
  print(
    `${`at ${count(perSecond).trim()} events/s, one in ${oneIn} sent`.padEnd(44)}p50 ${at(0.5).toFixed(1)}  p99 ${p99.toFixed(1)}  p99.9 ${at(0.999).toFixed(1)} ms  (${sorted.length} messages)${judged}`,
  );
}

async function latencies(ground: Ground, full: number): Promise<void> {
  const [worker] = await startWorkers(ground, 1, FEW_RULES);
  if (worker === undefined) throw new Error("expected a worker");
  // Code that was never run is slow.
  const warm: EventsOptions = { run: "warm", contacts: CONTACTS, rules: FEW_RULES, oneIn: 4 };
  await appendAll(ground.store, 4_000, (number) => orderFact(number, warm));
  await settled(ground);
  print("from receipt to the provider's call, one worker");
  await latency(ground, worker, { perSecond: Math.round(full / 2), oneIn: ONE_IN, aimMs: null });
  await latency(ground, worker, { perSecond: 1_000, oneIn: ONE_IN, aimMs: 250 });
  await latency(ground, worker, { perSecond: 100, oneIn: 2, aimMs: 10 });
  await worker.stop();
}

async function embedded(ground: Ground): Promise<void> {
  const dataDirectory = join(ground.scratch, "embedded");
  const workspace = join(ground.scratch, "rules-embedded");
  writeWorkspace(workspace, FEW_RULES, ground.vendor.url);
  const options: EventsOptions = { run: "embedded", contacts: CONTACTS, rules: FEW_RULES, oneIn: ONE_IN };
  const drain = async (total: number, fact: (number: number) => Fact): Promise<Drained> => {
    const store = await openEmbeddedStore({ directory: dataDirectory, clock: systemClock });
    await appendAll(store, total, fact);
    await store.close();
    const heed = await startHeed({ workspace, dataDirectory, store: "embedded" });
    const drained = await watchDrain([heed], [heed.pid], total);
    await heed.stop();
    return drained;
  };
  await drain(CONTACTS, identifyFact);
  const { perSecond, cpuMicros } = await drain(EVENTS, (number) => orderFact(number, options));
  print(
    `${`embedded, 1 process, ${FEW_RULES} rules`.padEnd(44)}${count(perSecond)} events/s   CPU an event: worker ${(cpuMicros[0] ?? Number.NaN).toFixed(0)} µs, each on the disk before it counts`,
  );
}

async function main(): Promise<void> {
  const scratch = mkdtempSync(join(process.env["BENCH_DIR"] ?? tmpdir(), "heed-bench-stream-"));
  const server = await startNatsServer();
  const vendor = await startVendor();
  const store = await openJetStreamStore({ url: server.url, namespace: "heed", clock: systemClock });
  const ground: Ground = { server, vendor, scratch, store };
  const wants = (part: string): boolean => flags.only === "" || flags.only === part;
  const [load = 0] = loadavg();
  print(
    `Node ${process.version}, ${availableParallelism()} cores (${cpus()[0]?.model ?? "unknown"}), ${store.traits.version} in ${server.storeDir}, load before ${load.toFixed(1)}`,
  );
  print(
    `${count(EVENTS).trim()} events that wait already, one in ${ONE_IN} becomes a text through Twilio's API on this machine`,
  );
  print();
  await fill(ground);
  print();
  let full = 4_000;
  if (wants("throughput")) full = await throughput(ground);
  if (wants("embedded")) await embedded(ground);
  if (wants("kill")) await kill(ground);
  print();
  if (wants("latency")) await latencies(ground, full);
  print();
  if (wants("door")) await measureDoor(server.url, { print, count, aim });
  if (wants("timers")) await measureTimers(Number(flags.timers), { print, count, aim });
  print();
  print(
    "Workers are `heed run` as it is built, with a real Twilio provider; the vendor, nats-server, the load and this",
  );
  print(
    "report share the machine with them. Not measured: a network, TLS, replicas, sync_interval (what is acknowledged",
  );
  print(
    "survives the end of the server's process, not the loss of power), documents with a history of months, look-ups.",
  );
  vendor.stop();
  await store.close();
  await server.stop();
  rmSync(scratch, { recursive: true });
}

await main();
