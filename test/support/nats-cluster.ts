import { setTimeout as sleep } from "node:timers/promises";
import { connect } from "nats";
import { freePorts } from "./free-ports.ts";
import { startNatsServer } from "./nats-server.ts";
import type { NatsServer } from "./nats-server.ts";

/** Three nodes on the loopback interface, each a process with a port and a directory of its own. */
export interface NatsCluster {
  /** Of all nodes, separated by commas. */
  readonly url: string;
  readonly version: string;
  readonly nodes: readonly NatsServer[];
  /** Resolves when a leader answers for JetStream. */
  ready(): Promise<void>;
  stop(): Promise<void>;
}

const NODES = 3;
const LEADER_WITHIN_MS = 90_000;
const FIRST_LEADER_WITHIN_MS = 30_000;
const START_TRIES = 3;

/** `binary` is the path of nats-server. Now and then three nodes that start at the same moment never find together: then others do. */
export async function startNatsCluster(binary: string): Promise<NatsCluster> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await startThree(binary);
    } catch (error) {
      if (tries === START_TRIES) throw error;
    }
  }
}

async function startThree(binary: string): Promise<NatsCluster> {
  const routes = await freePorts(NODES);
  const nodes = await Promise.all(routes.map((port, index) => startNode(binary, `node_${index}`, port, routes)));
  const url = nodes.map((node) => node.url).join(",");
  const cluster: NatsCluster = {
    url,
    version: nodes[0]?.version ?? "",
    nodes,
    ready: () => untilLeaderAnswers(nodes, LEADER_WITHIN_MS),
    async stop() {
      await Promise.all(nodes.map((node) => node.stop()));
    },
  };
  try {
    await untilLeaderAnswers(nodes, FIRST_LEADER_WITHIN_MS);
    return cluster;
  } catch (error) {
    await cluster.stop();
    throw error;
  }
}

function startNode(binary: string, name: string, port: number, routes: readonly number[]): Promise<NatsServer> {
  const urls = routes.map((route) => `"nats://127.0.0.1:${route}"`).join(", ");
  // A route that is not there yet is tried again after a second by itself.
  const config = `server_name: ${name}\ncluster { name: heed_tests, listen: "127.0.0.1:${port}", routes: [${urls}] }`;
  return startNatsServer({ binary, config });
}

async function untilLeaderAnswers(nodes: readonly NatsServer[], withinMs: number): Promise<void> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    try {
      const nc = await connect({ servers: nodes.map(({ url }) => url), timeout: 2_000, reconnect: false });
      try {
        const { streams } = await nc.jetstreamManager({ timeout: 2_000 });
        // Only a leader that sees enough peers places a stream with replicas.
        await streams.add({ name: "probe", subjects: ["probe"], num_replicas: nodes.length });
        await streams.delete("probe");
        return;
      } finally {
        await nc.close();
      }
    } catch (error) {
      if (Date.now() > deadline) {
        const logs = nodes.map((node) => node.log().slice(-1_500)).join("\n");
        throw new Error(`the NATS cluster has no leader for JetStream: ${String(error)}\n${logs}`, { cause: error });
      }
      await sleep(200);
    }
  }
}
