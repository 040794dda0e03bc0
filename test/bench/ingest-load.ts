import { createPrivateKey } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { once } from "node:events";
import { connect } from "node:net";
import type { Socket } from "node:net";
import { signSendGrid } from "../../src/providers/sendgrid/sign.ts";

/** What the child process is asked to do. */
export interface Load {
  readonly url: string;
  readonly requests: number;
  /** Events per request. */
  readonly events: number;
  readonly connections: number;
  readonly privateKey: string;
  /** Keeps the event ids of one load apart from those of others. */
  readonly name: string;
}

export interface LoadResult {
  readonly seconds: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  readonly failed: number;
  /** CPU seconds that the child itself used: near `seconds` it was the bottleneck, not the server. */
  readonly cpuSeconds: number;
}

/** Every request carries events of its own, made and signed before the clock starts: that is the vendor's cost. */
function prepare(load: Load, privateKey: KeyObject): readonly Buffer[] {
  const seconds = Math.floor(Date.now() / 1_000);
  const { host, pathname } = new URL(load.url);
  return Array.from({ length: load.requests }, (_, number) => {
    const body = Buffer.from(
      JSON.stringify(
        Array.from({ length: load.events }, (__, index) => click(`${load.name}-${number}-${index}`, seconds)),
      ),
    );
    const headers = { host, ...signSendGrid(body, seconds, privateKey), "content-length": String(body.length) };
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    return Buffer.concat([Buffer.from(`POST ${pathname} HTTP/1.1\r\n${lines.join("")}\r\n`), body]);
  });
}

/** A click with the fields that real ones have, about 700 bytes. */
function click(id: string, timestamp: number): object {
  return {
    email: `${id}@example.com`,
    timestamp,
    "smtp-id": "<r8Qz1aXbT2u9Lw0xYk3PqA@geopod-ismtpd-7>",
    event: "click",
    category: ["trial_day_3", "lifecycle"],
    sg_event_id: id,
    sg_message_id: "r8Qz1aXbT2u9Lw0xYk3PqA.recvd-7c9f5b7d8-abcde-1-65540E80-1F.0",
    heed_intent: `intent-${id}`,
    heed_rule: "clicked-guide-sms",
    heed_contact: `contact-${id}`,
    useragent: "Mozilla/5.0 (iPhone; CPU iPhone OS 17_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)",
    ip: "198.51.100.7",
    url: "https://app.example.com/upgrade?utm_campaign=trial_day_3",
    url_offset: { index: 0, type: "html" },
  };
}

async function run(load: Load): Promise<LoadResult> {
  const prepared = prepare(load, createPrivateKey(load.privateKey));
  const { port, hostname } = new URL(load.url);
  const sockets = Array.from({ length: load.connections }, () =>
    connect(Number(port), hostname)
      .setNoDelay(true)
      .on("error", () => undefined),
  );
  await Promise.all(sockets.map((socket) => once(socket, "connect")));
  const latencies: number[] = [];
  let failed = 0;
  let next = 0;
  const worker = async (socket: Socket): Promise<void> => {
    for (let item = prepared[next++]; item !== undefined; item = prepared[next++]) {
      const began = performance.now();
      const status = await post(socket, item);
      latencies.push(performance.now() - began);
      if (status !== 200) failed += 1;
    }
  };
  process.send?.("begin");
  const began = performance.now();
  const cpu = process.cpuUsage();
  await Promise.all(sockets.map(worker));
  const used = process.cpuUsage(cpu);
  const seconds = (performance.now() - began) / 1_000;
  for (const socket of sockets) socket.destroy();
  latencies.sort((a, b) => a - b);
  const at = (share: number) => latencies[Math.floor(latencies.length * share)] ?? 0;
  return { seconds, p50: at(0.5), p99: at(0.99), failed, cpuSeconds: (used.user + used.system) / 1e6 };
}

const statusLine = /^HTTP\/1\.1 (\d{3}) /;

/** Over the socket itself: Node's client takes four times as much of the cores that the door shares. Answers 0 for a lost connection. */
function post(socket: Socket, bytes: Buffer): Promise<number> {
  return new Promise((resolve) => {
    let answer = "";
    const end = (status: number): void => {
      socket.off("data", read).off("close", lost).off("error", lost);
      resolve(status);
    };
    const lost = (): void => end(0);
    const read = (chunk: Buffer): void => {
      answer += chunk.toString("latin1");
      const head = answer.indexOf("\r\n\r\n");
      const length = Number(/^content-length: (\d+)\r$/im.exec(answer)?.[1] ?? 0);
      if (head >= 0 && answer.length >= head + 4 + length) end(Number(statusLine.exec(answer)?.[1] ?? 0));
    };
    socket.on("data", read).on("close", lost).on("error", lost);
    if (socket.destroyed) lost();
    else socket.write(bytes);
  });
}

process.on("message", (load: Load) => {
  void run(load).then((result) => process.send?.(result));
});
