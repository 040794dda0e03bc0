import { connect } from "nats";
import type { NatsConnection } from "nats";
import { Unavailable, Unsupported } from "./store.ts";

/** Below it, replicated streams let several of concurrent compare-and-sets win (2.9.10), or lost whole streams (2.10.20 to 22). */
const REPLICAS_FROM = [2, 10, 23] as const;
const OLDEST = [2, 9, 10] as const;

/** Connects and checks that the server can keep the store's promises. Throws Unavailable when nothing answers, Unsupported otherwise. */
export async function connectTo(url: string, replicas: number): Promise<NatsConnection> {
  let nc: NatsConnection;
  try {
    nc = await connect({
      servers: url,
      name: "heed",
      // Once running, it waits for its server for as long as it takes; at the start a person wants to be told.
      maxReconnectAttempts: -1,
      waitOnFirstConnect: false,
      reconnectTimeWait: 250,
      timeout: 5_000,
      // A server that is gone without a word is noticed within about three of these.
      pingInterval: 3_000,
      maxPingOut: 2,
    });
  } catch (error) {
    throw new Unavailable(
      `no NATS server answers at ${withoutCredentials(url)}: start one with JetStream, or correct the address`,
      { cause: error },
    );
  }
  const problem = whyUnsupported(nc, replicas);
  if (problem !== null) {
    await nc.close();
    throw new Unsupported(problem);
  }
  return nc;
}

function whyUnsupported(nc: NatsConnection, replicas: number): string | null {
  const { version, jetstream, server_name: name } = nc.info ?? { version: "", jetstream: false, server_name: "" };
  if (jetstream !== true)
    return `the NATS server ${name} runs without JetStream: start it with -js or a jetstream block`;
  if (isOlder(version, OLDEST)) return `nats-server ${version} is too old: at least ${OLDEST.join(".")} is needed`;
  if (replicas > 1 && isOlder(version, REPLICAS_FROM)) {
    return `nats-server ${version} is too old for ${replicas} replicas, which lose compare-and-set races before ${REPLICAS_FROM.join(".")}: use one replica, or a newer server`;
  }
  return null;
}

function isOlder(version: string, than: readonly [number, number, number]): boolean {
  const found = version.split(/[.-]/).map(Number);
  for (const [index, part] of than.entries()) {
    const own = found[index] ?? 0;
    if (own !== part) return !(own > part);
  }
  return false;
}

/** For people: what is connected to, and what is special about it. */
export function describeServer(nc: NatsConnection): string {
  const version = nc.info?.version ?? "unknown";
  const old = isOlder(version, [2, 10, 0])
    ? ", an old release: single node only, flushed to disk every two minutes"
    : "";
  return `JetStream on nats-server ${version}${old}`;
}

function withoutCredentials(url: string): string {
  return url.replace(/\/\/[^@/]*@/g, "//");
}
