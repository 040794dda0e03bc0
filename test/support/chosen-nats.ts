import { setTimeout as sleep } from "node:timers/promises";
import { freePorts } from "./free-ports.ts";
import { startNatsCluster } from "./nats-cluster.ts";
import { startNatsServer } from "./nats-server.ts";
import type { NatsServer } from "./nats-server.ts";
import { findNewerNatsServer } from "./newer-nats-server.ts";

/** Which server a suite runs on: vitest's projects choose by the environment, so that the files are the same for all. */
const CHOICE = process.env["HEED_TEST_NATS"] ?? "on the PATH";

/** What a suite needs of the server it runs on, be it one process or three. */
export interface ChosenNats {
  readonly url: string;
  readonly version: string;
  /** Copies of every stream. */
  readonly replicas: number;
  kill9(): Promise<void>;
  restart(): Promise<void>;
  /** What it should survive on its own: one server dies and is started again, in a cluster another one each time. */
  fail(): Promise<void>;
  stop(): Promise<void>;
}

const DEAD_FOR_MS = 500;

/** In matrices: as often as the invariants ask for, rather than as often as the time of every day allows. */
export const thorough = process.env["HEED_TEST_THOROUGH"] !== undefined;

/** Why the suite can't run here, or null. */
export function whyNoNats(): string | null {
  if (CHOICE === "on the PATH" || findNewerNatsServer() !== null) return null;
  return "no nats-server of 2.10.23 or newer: see what the start of this run printed";
}

export async function startChosenNats(): Promise<ChosenNats> {
  if (CHOICE === "on the PATH") return { ...(await startOne()), replicas: 1 };
  const binary = findNewerNatsServer();
  if (binary === null) throw new Error(whyNoNats() ?? "");
  if (CHOICE === "newer") return { ...(await startOne(binary)), replicas: 1 };
  if (CHOICE !== "cluster") throw new Error(`HEED_TEST_NATS: expected newer or cluster, found "${CHOICE}"`);
  const { url, version, nodes, ready, stop } = await startNatsCluster(binary);
  let failures = 0;
  return {
    url,
    version,
    replicas: nodes.length,
    stop,
    async fail() {
      const node = nodes[failures % nodes.length];
      failures += 1;
      if (node !== undefined) await failOne(node);
      // A second node that died before the first one is back in its place would be more than a cluster promises to bear.
      await ready();
    },
    async kill9() {
      await Promise.all(nodes.map((node) => node.kill9()));
    },
    async restart() {
      await Promise.all(nodes.map((node) => node.restart()));
      await ready();
    },
  };
}

async function startOne(binary?: string): Promise<Omit<ChosenNats, "replicas">> {
  const [port] = await freePorts(1);
  const server = await startNatsServer({
    ...(binary !== undefined && { binary }),
    ...(port !== undefined && { port }),
  });
  const { url, version, kill9, restart, stop } = server;
  return { url, version, kill9, restart, stop, fail: () => failOne(server) };
}

async function failOne(server: NatsServer): Promise<void> {
  await server.kill9();
  await sleep(DEAD_FOR_MS);
  await server.restart();
}
