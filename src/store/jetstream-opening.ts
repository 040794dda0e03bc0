import type { Clock } from "../core/model/clock.ts";
import { NO_CERTIFICATES, readNatsUrl } from "./jetstream-access.ts";
import type { NatsAccess } from "./jetstream-access.ts";
import { listNamespaces } from "./jetstream-checkup.ts";
import { assertReplicas, connectTo, tellNews } from "./jetstream-connection.ts";
import type { ConnectionNews } from "./jetstream-connection.ts";
import { createNames } from "./jetstream-names.ts";
import type { Connection } from "./jetstream-operations.ts";
import { createRequests } from "./jetstream-request.ts";
import { ensureStreams } from "./jetstream-streams.ts";
import { Unsupported } from "./store.ts";

export interface JetStreamStoreOptions {
  /** `nats://host:port`, several separated by commas, a login before the host; `tls://` for a line that must be encrypted. */
  readonly url: string;
  /** Who we are, when the URL does not say it, and what we trust. */
  readonly security?: Partial<Pick<NatsAccess, "login" | "certificates">>;
  readonly onConnection?: (news: ConnectionNews) => void;
  /** Several stores on one server keep out of each other's way by it: a-z, 0-9, "_" and "-". */
  readonly namespace: string;
  readonly clock: Clock;
  /** Copies of every stream in a cluster. Unless given, streams that exist keep theirs, and new ones get 1. */
  readonly replicas?: number;
  /** Refuses a namespace in which nothing has ever run, instead of making its streams. */
  readonly mustExist?: boolean;
  /** See `REOFFER_MS`. */
  readonly reofferMs?: number;
}

/** A connection with all streams there. */
export async function openConnection(options: JetStreamStoreOptions): Promise<Connection> {
  const { connection, prepare } = await reach(options);
  try {
    if (options.mustExist === true) await assertRunBefore(connection, options.namespace);
    await prepare();
  } catch (error) {
    await connection.nc.close();
    throw error;
  }
  return connection;
}

/** A slip of the pen in a namespace must not make another system, which nobody would look at. */
async function assertRunBefore(connection: Connection, namespace: string): Promise<void> {
  const there = await listNamespaces(connection.requests);
  if (there.includes(namespace)) return;
  const others = there.length === 0 ? "it has none at all" : `it has: ${there.join(", ")}`;
  throw new Unsupported(`no Heed has run in the namespace ${namespace} on this server; ${others}`);
}

interface Reached {
  readonly connection: Connection;
  /** Makes the streams that are missing. */
  readonly prepare: () => Promise<void>;
}

/** A connection through which nothing was made yet. */
export async function reach(options: JetStreamStoreOptions): Promise<Reached> {
  const { clock } = options;
  const names = createNames(options.namespace);
  const access = accessOf(options);
  const nc = await connectTo(access, options.replicas ?? 1);
  const requests = createRequests(nc, clock);
  let forbid = (_why: string): void => undefined;
  const forbidden = new Promise<never>((_, reject) => {
    forbid = (why) => reject(new Unsupported(why));
  });
  forbidden.catch(() => undefined);
  void tellNews(nc, access, {
    tell: (news) => options.onConnection?.(news),
    forbidden(subject, why) {
      forbid(why);
      requests.forbidden(subject, why);
    },
  });
  return {
    connection: { nc, requests, names, clock },
    async prepare() {
      // What the server forbids is told by itself, beside a request that gets no answer.
      assertReplicas(nc, await Promise.race([ensureStreams(requests, names, options.replicas ?? null), forbidden]));
    },
  };
}

export function accessOf({ url, security }: Pick<JetStreamStoreOptions, "url" | "security">): NatsAccess {
  const address = readNatsUrl(url);
  if ("fault" in address) throw new Unsupported(`the URL of the NATS server can't be read: ${address.fault}`);
  const login = address.login ?? security?.login ?? null;
  return { ...address, login, certificates: security?.certificates ?? NO_CERTIFICATES };
}
