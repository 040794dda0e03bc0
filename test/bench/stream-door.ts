import { fork } from "node:child_process";
import { generateKeyPairSync, randomUUID } from "node:crypto";
import { tmpdir } from "node:os";
import { normalizePhone } from "../../src/ingest/normalize-address.ts";
import { systemClock } from "../../src/cli/system-clock.ts";
import { createApp } from "../../src/ingest/app.ts";
import { createDoor } from "../../src/ingest/door.ts";
import { defaultLimits } from "../../src/ingest/limits.ts";
import { startServer } from "../../src/ingest/server.ts";
import { sendgrid } from "../../src/providers/sendgrid/sendgrid.ts";
import { openJetStreamStore } from "../../src/store/jetstream.ts";
import type { Load, LoadResult } from "./ingest-load.ts";

const AIM = 5_000;

export interface Pen {
  readonly print: (line: string) => void;
  readonly count: (value: number) => string;
  readonly aim: (text: string, met: boolean) => string;
}

/** Signed webhooks with one event each, through the whole door, acknowledged when nats-server has them. */
export async function measureDoor(url: string, { print, count, aim }: Pen): Promise<void> {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  const key = publicKey.export({ format: "der", type: "spki" }).toString("base64");
  const configured = sendgrid.configure({ api_key: "SG.bench", webhook: { public_key: key } });
  if (!configured.ok) throw new Error("expected the settings of the bench to be fine");
  const provider = await configured.create({
    clock: systemClock,
    dataDirectory: tmpdir(),
    readPhone: (text) => normalizePhone(text, "US"),
  });
  const store = await openJetStreamStore({ url, namespace: "door", clock: systemClock });
  const context = {
    store,
    providers: new Map([["sendgrid", provider]]),
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
  const pem = privateKey.export({ format: "pem", type: "pkcs8" }).toString();
  const load = { url: `${server.url}/webhooks/sendgrid`, events: 1, connections: 64, privateKey: pem };
  await drive({ ...load, requests: 2_000, name: "warm" });
  const requests = 12_000;
  const taken = await drive({ ...load, requests, name: randomUUID().slice(0, 8) });
  const perSecond = requests / taken.seconds;
  const failed = taken.failed === 0 ? "" : `  ${taken.failed} FAILED`;
  print(
    `${"single signed webhooks, 64 connections".padEnd(44)}${count(perSecond)} /s   p50 ${taken.p50.toFixed(1)}  p99 ${taken.p99.toFixed(1)} ms   CPU each: door ${((taken.serverCpuSeconds * 1e6) / requests).toFixed(0)} µs, load ${((taken.cpuSeconds * 1e6) / requests).toFixed(0)} µs${failed}${aim(`${AIM.toLocaleString("en-US")}/s`, perSecond >= AIM)}`,
  );
  await server.close();
  await store.close();
}

interface Measured extends LoadResult {
  readonly serverCpuSeconds: number;
}

function drive(load: Load): Promise<Measured> {
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
    child.send(load);
  });
}
