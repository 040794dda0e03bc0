import { headers } from "nats";
import type { Clock } from "../core/model/clock.ts";
import { connectTo, describeServer, isOlder, tellNews } from "./jetstream-connection.ts";
import { readHealth, unattendedLanes } from "./jetstream-depth.ts";
import { decodeEnvelope } from "./jetstream-document.ts";
import { createNames } from "./jetstream-names.ts";
import type { Connection } from "./jetstream-operations.ts";
import { asUnavailable, createRequests, isObject } from "./jetstream-request.ts";
import type { JetStreamRequests } from "./jetstream-request.ts";
import { type JudgedStream, judgeStreams, listStreams } from "./jetstream-streams.ts";
import type { NatsAccess } from "./jetstream-access.ts";
import { isHalfMoved } from "./migration.ts";

/** What an operator wants to know of a NATS server as a store. Nothing is made there, but a consumer for a moment. */
export interface JetStreamCheckup {
  readonly server: string;
  readonly version: string;
  /** Several servers that keep the same. */
  readonly clustered: boolean;
  /** Old enough that it cannot be told how often to flush. */
  readonly flushesByItself: boolean;
  readonly streams: readonly JudgedStream[];
  /** Streams some of whose replicas are away or behind. */
  readonly degraded: readonly string[];
  /** Of all systems on this server that our account sees. */
  readonly namespaces: readonly string[];
  /** The server's clock minus ours in milliseconds, give or take `withinMs`; null when it can't be told. */
  readonly clock: { readonly aheadMs: number; readonly withinMs: number } | null;
  /** Bytes in use by this account, and how many it may use; null for as many as there are. */
  readonly storage: { readonly used: number; readonly limit: number | null };
  /** By lane; null when it cannot be told, as some streams are missing. */
  readonly depth: Readonly<Record<string, number>> | null;
  /** Lanes in which something waits and that no process asks for. */
  readonly unattended: readonly string[];
  /** A move into it has begun and has not ended. */
  readonly halfMoved: boolean;
  /** What our user may not do, in words. */
  readonly forbidden: readonly string[];
}

/** Rejects with Unavailable when nothing answers, with Unsupported for a server or login that will not do. */
export async function lookIntoJetStream(
  access: NatsAccess,
  namespace: string,
  clock: Clock,
): Promise<JetStreamCheckup> {
  const names = createNames(namespace);
  const nc = await connectTo(access, 1);
  try {
    const requests = createRequests(nc, clock);
    const forbidden = new Set<string>();
    void tellNews(nc, access, {
      tell: () => undefined,
      forbidden(subject, why) {
        forbidden.add(why);
        requests.forbidden(subject, why);
      },
    });
    const connection: Connection = { nc, requests, names, clock };
    const streams = await judgeStreams(requests, names);
    const whole = streams.every(({ there }) => there);
    await tryToPublish(connection);
    const health = whole ? await readHealth(connection, { due: 0, events: null }) : null;
    const nothing = streams.some(({ there }) => there) ? null : {};
    const version = nc.info?.version ?? "";
    return {
      server: describeServer(nc),
      version,
      clustered: isObject(nc.info) && typeof nc.info["cluster"] === "string",
      flushesByItself: isOlder(version, [2, 10, 0]),
      streams,
      degraded: whole ? await degradedStreams(connection, streams) : [],
      namespaces: await listNamespaces(requests),
      clock: whole ? await compareClocks(connection) : null,
      storage: await readStorage(connection),
      depth: health === null ? nothing : health.ok ? health.depth : null,
      unattended: whole ? await unattendedLanes(connection) : [],
      halfMoved: streams.some(({ name, there }) => there && name === names.contacts) && (await isFilling(connection)),
      forbidden: [...forbidden],
    };
  } catch (error) {
    throw asUnavailable(error);
  } finally {
    await nc.close();
  }
}

/** Names a stream that does not keep those subjects: a server that lets us publish there refuses to store it. */
async function tryToPublish({ nc, names }: Connection): Promise<void> {
  const fields = headers();
  fields.set("Nats-Expected-Stream", "none");
  for (const subject of [names.contact("heed:doctor"), names.subject("events", "heed:doctor")]) {
    nc.publish(subject, new Uint8Array(0), { headers: fields });
  }
  // A refusal comes before the answer to this.
  await nc.flush();
}

function isFilling({ requests, names }: Connection): Promise<boolean> {
  return isHalfMoved(async (key) => {
    const message = await requests.last(names.contacts, names.contact(key));
    return message === null ? null : decodeEnvelope(message);
  });
}

async function degradedStreams({ requests }: Connection, streams: readonly JudgedStream[]): Promise<readonly string[]> {
  const found = await Promise.all(
    streams.map(async ({ name }) => {
      const { cluster } = await requests.api(`STREAM.INFO.${name}`);
      const others: readonly unknown[] =
        isObject(cluster) && Array.isArray(cluster["replicas"]) ? cluster["replicas"] : [];
      const ill = others.filter(
        (other) => isObject(other) && (other["offline"] === true || other["current"] === false),
      );
      return ill.length > 0 ? [name] : [];
    }),
  );
  return found.flat();
}

/** A system has a stream of events and a bucket of contacts. */
export async function listNamespaces(requests: JetStreamRequests): Promise<readonly string[]> {
  const streams = await listStreams(requests);
  return streams
    .flatMap((name) => /^KV_([a-z0-9_-]+)_contacts$/.exec(name)?.[1] ?? [])
    .filter((namespace) => streams.includes(`${namespace.toUpperCase()}_EVENTS`))
    .toSorted();
}

/** A consumer is told when it was made, by the server's clock; in every version. */
async function compareClocks({ requests, names, clock }: Connection): Promise<JetStreamCheckup["clock"]> {
  const stream = names.relays;
  const config = { deliver_policy: "new", ack_policy: "none", mem_storage: true, inactive_threshold: 5_000_000_000 };
  const asked = clock.now();
  const answer = await requests.api(`CONSUMER.CREATE.${stream}`, { stream_name: stream, config });
  const answered = clock.now();
  const { name, created } = answer;
  if (typeof name === "string") requests.api(`CONSUMER.DELETE.${stream}.${name}`).catch(() => undefined);
  const theirs = typeof created === "string" ? Date.parse(created) : Number.NaN;
  if (Number.isNaN(theirs)) return null;
  return { aheadMs: Math.round(theirs - (asked + answered) / 2), withinMs: Math.ceil((answered - asked) / 2) };
}

async function readStorage({ requests }: Connection): Promise<JetStreamCheckup["storage"]> {
  const info = await requests.api("INFO");
  const limits = isObject(info["limits"]) ? info["limits"] : {};
  const limit = Number(limits["max_storage"] ?? -1);
  return { used: Number(info["storage"] ?? 0), limit: limit > 0 ? limit : null };
}
