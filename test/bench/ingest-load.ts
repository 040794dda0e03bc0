import { createPrivateKey } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { Agent, request } from "node:http";
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

interface Prepared {
  readonly body: Buffer;
  readonly headers: Readonly<Record<string, string>>;
}

/** Every request carries events of its own, signed before the clock starts: signing is the vendor's cost. */
function prepare(load: Load, privateKey: KeyObject): readonly Prepared[] {
  const seconds = Math.floor(Date.now() / 1_000);
  return Array.from({ length: load.requests }, (_, number) => {
    const body = Buffer.from(
      JSON.stringify(
        Array.from({ length: load.events }, (__, index) => click(`${load.name}-${number}-${index}`, seconds)),
      ),
    );
    return { body, headers: { ...signSendGrid(body, seconds, privateKey), "content-length": String(body.length) } };
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
  const agent = new Agent({ keepAlive: true, maxSockets: load.connections });
  const latencies: number[] = [];
  let failed = 0;
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let item = prepared[next++]; item !== undefined; item = prepared[next++]) {
      const began = performance.now();
      const status = await post(load.url, agent, item);
      latencies.push(performance.now() - began);
      if (status !== 200) failed += 1;
    }
  };
  process.send?.("begin");
  const began = performance.now();
  const cpu = process.cpuUsage();
  await Promise.all(Array.from({ length: load.connections }, worker));
  const used = process.cpuUsage(cpu);
  const seconds = (performance.now() - began) / 1_000;
  agent.destroy();
  latencies.sort((a, b) => a - b);
  const at = (share: number) => latencies[Math.floor(latencies.length * share)] ?? 0;
  return { seconds, p50: at(0.5), p99: at(0.99), failed, cpuSeconds: (used.user + used.system) / 1e6 };
}

function post(url: string, agent: Agent, { body, headers }: Prepared): Promise<number> {
  return new Promise((resolve) => {
    const sent = request(url, { method: "POST", agent, headers }, (response) => {
      response.resume();
      response.once("end", () => resolve(response.statusCode ?? 0));
    });
    sent.once("error", () => resolve(0));
    sent.end(body);
  });
}

process.on("message", (load: Load) => {
  void run(load).then((result) => process.send?.(result));
});
