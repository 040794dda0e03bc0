/**
 * How fast the door takes webhooks, and what the time goes into. Prints a report; asserts nothing, because the numbers
 * are the machine's. Run it with `npm run bench:ingest`.
 */
import { fork } from "node:child_process";
import { generateKeyPairSync, randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { RequestListener } from "node:http";
import { availableParallelism, cpus, tmpdir } from "node:os";
import { join } from "node:path";
import express from "express";
import { normalizePhone } from "../../src/ingest/normalize-address.ts";
import { systemClock } from "../../src/cli/system-clock.ts";
import { createApp } from "../../src/ingest/app.ts";
import { createDoor } from "../../src/ingest/door.ts";
import { defaultLimits } from "../../src/ingest/limits.ts";
import { startServer } from "../../src/ingest/server.ts";
import type { Inbound, Provider } from "../../src/providers/provider.ts";
import { sendgrid } from "../../src/providers/sendgrid/sendgrid.ts";
import { openEmbeddedStore } from "../../src/store/embedded.ts";
import type { Store } from "../../src/store/store.ts";
import type { Load, LoadResult } from "./ingest-load.ts";

const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });

/** Milliseconds of the main thread, by part, and how many appends became durable together. */
interface Meter {
  verify: number;
  normalize: number;
  /** Until the store's promise is made: encoding and handing over. */
  append: number;
  /** From there until it resolves, summed over the appends. */
  durable: number;
  appends: number;
  /** Turns of the event loop in which at least one append resolved. */
  groups: number;
}

const newMeter = (): Meter => ({ verify: 0, normalize: 0, append: 0, durable: 0, appends: 0, groups: 0 });
let meter = newMeter();

function timed<T>(part: "verify" | "normalize", work: () => T): T {
  const began = performance.now();
  try {
    return work();
  } finally {
    meter[part] += performance.now() - began;
  }
}

function metered(inbound: Inbound): Inbound {
  return {
    ...inbound,
    verify: (request, now) => timed("verify", () => inbound.verify(request, now)),
    normalize: (request, now) => timed("normalize", () => inbound.normalize(request, now)),
  };
}

function meteredAppend(store: Store): Pick<Store, "append"> {
  let counted = false;
  return {
    async append(facts) {
      const began = performance.now();
      const pending = store.append(facts);
      const handed = performance.now();
      meter.append += handed - began;
      const result = await pending;
      meter.durable += performance.now() - handed;
      meter.appends += 1;
      if (!counted) {
        counted = true;
        meter.groups += 1;
        setImmediate(() => (counted = false));
      }
      return result;
    },
  };
}

async function openProvider(): Promise<Provider> {
  const key = publicKey.export({ format: "der", type: "spki" }).toString("base64");
  const configured = sendgrid.configure({ api_key: "SG.bench", webhook: { public_key: key } });
  if (!configured.ok) throw new Error("expected the settings of the bench to be fine");
  const provider = await configured.create({
    clock: systemClock,
    dataDirectory: tmpdir(),
    readPhone: (text) => normalizePhone(text, "US"),
  });
  if (provider.inbound === null) throw new Error("expected a webhook");
  return { ...provider, inbound: metered(provider.inbound) };
}

/** The same bytes through nothing but the framework: what is left when verification, normalization and storage are free. */
const bareExpress: RequestListener = (() => {
  const app = express();
  app.disable("x-powered-by");
  app.disable("etag");
  app.post("/webhooks/:provider", (request, response) => {
    request.resume();
    request.once("end", () => response.writeHead(200, { "content-length": 0 }).end());
  });
  return app;
})();

const bareNode: RequestListener = (request, response) => {
  request.resume();
  request.once("end", () => response.writeHead(200, { "content-length": 0 }).end());
};

async function withBareServer<T>(listener: RequestListener, use: (url: string) => Promise<T>): Promise<T> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  const result = await use(`http://127.0.0.1:${port}`);
  server.closeAllConnections();
  server.close();
  return result;
}

interface Measured extends LoadResult {
  /** CPU seconds of the server's process, all of its threads. */
  readonly serverCpuSeconds: number;
}

/** One child process per load, so that no load inherits another's heap. */
function drive(load: Omit<Load, "privateKey" | "name">): Promise<Measured> {
  const child = fork(new URL("ingest-load.js", import.meta.url));
  return new Promise((resolve, reject) => {
    let began = process.cpuUsage();
    child.on("message", (message) => {
      if (message === "begin") {
        began = process.cpuUsage();
        return;
      }
      const used = process.cpuUsage(began);
      child.kill();
      resolve({ ...(message as LoadResult), serverCpuSeconds: (used.user + used.system) / 1e6 });
    });
    child.once("error", reject);
    const key = privateKey.export({ format: "pem", type: "pkcs8" }).toString();
    child.send({ ...load, privateKey: key, name: randomUUID().slice(0, 8) } satisfies Load);
  });
}

const print = (line = ""): void => void process.stdout.write(`${line}\n`);
const count = (value: number): string => Math.round(value).toLocaleString("en-US").padStart(8);
const percent = (share: number): string => `${Math.round(share * 100)} %`.padStart(5);
const ms = (value: number): string => value.toFixed(1).padStart(7);

async function measure(
  label: string,
  url: string,
  load: { requests: number; events: number; connections: number },
): Promise<Measured> {
  meter = newMeter();
  const result = await drive({ url: `${url}/webhooks/sendgrid`, ...load });
  const rate = load.requests / result.seconds;
  const events = load.events === 1 ? "" : ` = ${count(rate * load.events)} events/s`;
  const group =
    meter.groups === 0 ? "" : `  ${(meter.appends / meter.groups).toFixed(1).padStart(5)} appends per commit`;
  const failed = result.failed === 0 ? "" : `  ${result.failed} FAILED`;
  print(
    `${label.padEnd(32)}${count(rate)} requests/s${events}  p50${ms(result.p50)} ms  p99${ms(result.p99)} ms${group}` +
      `  CPU: server ${percent(result.serverCpuSeconds / result.seconds)}, load ${percent(result.cpuSeconds / result.seconds)}${failed}`,
  );
  return result;
}

/**
 * Where the CPU time of one request goes. CPU, not wall time: the load generator shares the machine, and while it is
 * the bottleneck the server is idle between requests.
 */
function printShares(requests: number, taken: Measured, bareExpress: Measured, bareNode: Measured): void {
  const perRequest = (seconds: number) => (seconds * 1e6) / requests;
  const total = perRequest(taken.serverCpuSeconds);
  const rows: readonly (readonly [string, number])[] = [
    ["HTTP, as bare node:http", perRequest(bareNode.serverCpuSeconds)],
    ["Express, on top of that", perRequest(bareExpress.serverCpuSeconds - bareNode.serverCpuSeconds)],
    ["verification (ECDSA P-256)", perRequest(meter.verify / 1e3)],
    ["normalization (parse and map)", perRequest(meter.normalize / 1e3)],
    ["store, handing over", perRequest(meter.append / 1e3)],
  ];
  const known = rows.reduce((sum, [, microseconds]) => sum + microseconds, 0);
  for (const [label, microseconds] of [...rows, ["store commit on its thread, the door, GC", total - known] as const]) {
    print(`  ${label.padEnd(44)}${microseconds.toFixed(0).padStart(6)} µs  ${percent(microseconds / total)}`);
  }
  print(
    `  ${"one request".padEnd(44)}${total.toFixed(0).padStart(6)} µs, so at most ${count(1e6 / total).trim()} requests/s per core`,
  );
  print(
    `  an append waits ${(meter.durable / meter.appends).toFixed(2)} ms for the disk, together with those of other requests`,
  );
}

async function main(): Promise<void> {
  const directory = await mkdtemp(join(process.env["BENCH_DIR"] ?? tmpdir(), "heed-bench-"));
  const store = await openEmbeddedStore({ directory, clock: systemClock });
  const context = {
    store: meteredAppend(store),
    providers: new Map([["sendgrid", await openProvider()]]),
    clock: systemClock,
    apiToken: randomUUID(),
    country: "US",
    contacts: () => ({ fields: new Map(), channels: new Map(), timeZone: "UTC", country: "US" }),
    limits: defaultLimits,
    tally: { accepted: () => {}, refused: () => {}, failed: (_: string, error: unknown) => print(String(error)) },
    newId: randomUUID,
  };
  const server = await startServer(createApp(context, createDoor(context)), {
    host: "127.0.0.1",
    port: 0,
    clock: systemClock,
  });

  print(
    `Node ${process.version}, ${availableParallelism()} cores (${cpus()[0]?.model ?? "unknown"}), ${store.traits.version} in ${directory}`,
  );
  print("Acknowledged webhooks: each signed, verified, normalized and on the disk before its 200.");
  print();
  await measure("(warming up)", server.url, { requests: 2_000, events: 1, connections: 64 });
  print();
  await measure("single events, 1 connection", server.url, { requests: 2_000, events: 1, connections: 1 });
  const single = { requests: 12_000, events: 1, connections: 64 };
  const taken = await measure("single events, 64 connections", server.url, single);
  const shares = meter;
  await measure("single events, 500 connections", server.url, { ...single, connections: 500 });
  await measure("batches of 100, 1 connection", server.url, { requests: 200, events: 100, connections: 1 });
  await measure("batches of 100, 64 connections", server.url, { requests: 600, events: 100, connections: 64 });
  print();
  const bareE = await withBareServer(bareExpress, (url) => measure("the same bytes, bare Express", url, single));
  const bareN = await withBareServer(bareNode, (url) => measure("the same bytes, bare node:http", url, single));
  print();
  print("Single events, 64 connections: one request costs the server this much CPU time");
  meter = shares;
  printShares(single.requests, taken, bareE, bareN);
  print();
  print(
    "Not measured: TLS, a network, a reverse proxy, deciding and sending at the same time (they share the thread and",
  );
  print("the disk), a store grown over weeks, and a disk other than this one: every 200 waits for it.");
  await server.close();
  await store.close();
  await rm(directory, { recursive: true });
}

await main();
