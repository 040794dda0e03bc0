import { connect, Events } from "nats";
import type { NatsConnection, Status } from "nats";
import type { NatsAccess } from "./jetstream-access.ts";
import { loginOptions } from "./jetstream-login.ts";
import { explainRefusal, whyRefused } from "./jetstream-refusal.ts";
import { Unsupported } from "./store.ts";

/** Below it, replicated streams let several of concurrent compare-and-sets win (2.9.10), or lost whole streams (2.10.20 to 22). */
const REPLICAS_FROM = [2, 10, 23] as const;
const OLDEST = [2, 9, 10] as const;

/** What happens to the connection while it is in use, in words for an operator's log: no secret, nothing personal. */
export interface ConnectionNews {
  readonly kind: "lost" | "restored" | "refused" | "forbidden";
  readonly message: string;
}

/**
 * Connects and checks that the server can keep the store's promises. Throws Unavailable when nothing answers, Unsupported
 * for a login that is refused, a line that can't be trusted, and a server that can't.
 */
export async function connectTo(access: NatsAccess, replicas: number): Promise<NatsConnection> {
  const options = {
    servers: [...access.servers],
    name: "heed",
    ...loginOptions(access),
    // Once running, it waits for its server for as long as it takes, also for one that refuses our login, which may be
    // corrected there; at the start a person wants to be told.
    maxReconnectAttempts: -1,
    ignoreAuthErrorAbort: true,
    waitOnFirstConnect: false,
    reconnectTimeWait: 250,
    timeout: 5_000,
    // A server that is gone without a word is noticed within about three of these.
    pingInterval: 3_000,
    maxPingOut: 2,
  };
  let nc: NatsConnection;
  try {
    nc = await connect(options);
  } catch (error) {
    throw explainRefusal(error, access);
  }
  const problem = whyUnsupported(nc, replicas);
  if (problem !== null) {
    await nc.close();
    throw new Unsupported(problem);
  }
  return nc;
}

export interface NewsListener {
  readonly tell: (news: ConnectionNews) => void;
  /** Each time, with the subject as it is, which may hold a key; null when we may not hear answers. */
  readonly forbidden: (subject: string | null, why: string) => void;
}

/** Tells what happens to the connection until it is closed; of repeated refusals, the first until it is restored. */
export async function tellNews(
  nc: NatsConnection,
  access: NatsAccess,
  { tell, forbidden }: NewsListener,
): Promise<void> {
  const told = new Set<string>();
  for await (const status of nc.status()) {
    const news = newsIn(status, access);
    if (news?.kind === "forbidden") {
      const { operation, subject } = status.permissionContext ?? { operation: "", subject: "" };
      forbidden(operation === "publish" ? subject : null, news.message);
    }
    if (news === null || told.has(news.message)) continue;
    // The client says it once for each of its attempts that failed.
    if (news.kind === "restored" && told.size === 0) continue;
    if (news.kind === "restored") told.clear();
    else told.add(news.message);
    tell(news);
  }
}

function newsIn(status: Status, access: NatsAccess): ConnectionNews | null {
  if (status.type === Events.Disconnect) {
    return { kind: "lost", message: "the connection to NATS is lost; it is being restored" };
  }
  if (status.type === Events.Reconnect) return { kind: "restored", message: "the connection to NATS is restored" };
  if (status.type !== Events.Error) return null;
  if (status.permissionContext !== undefined) {
    const { operation, subject } = status.permissionContext;
    const verb = operation === "publish" ? "publish to" : "subscribe to";
    const message = `our NATS user may not ${verb} ${withoutKeys(subject)}: Heed needs an account of its own, or permission for <namespace>.>, $JS.API.>, $JS.ACK.>, $KV.> and _INBOX.>`;
    return { kind: "forbidden", message };
  }
  const why = whyRefused(typeof status.data === "string" ? status.data : "", access);
  return why === null ? null : { kind: "refused", message: `the NATS server ${why}` };
}

/** The last tokens of a subject may be a contact's key, in base64url. */
function withoutKeys(subject: string): string {
  const shown = subject.startsWith("$JS.API.") ? 5 : 2;
  const tokens = subject.split(".");
  return tokens.length > shown ? `${tokens.slice(0, shown).join(".")}.>` : subject;
}

/** Throws Unsupported for streams with replicas on a server that can't keep them alike. */
export function assertReplicas(nc: NatsConnection, replicas: number): void {
  const problem = whyUnsupported(nc, replicas);
  if (problem !== null) throw new Unsupported(problem);
}

function whyUnsupported(nc: NatsConnection, replicas: number): string | null {
  const { version, jetstream } = nc.info ?? { version: "", jetstream: false };
  if (jetstream !== true)
    return `the NATS server at ${nc.getServer()} runs without JetStream: start it with -js or a jetstream block`;
  if (isOlder(version, OLDEST)) return `nats-server ${version} is too old: at least ${OLDEST.join(".")} is needed`;
  if (replicas > 1 && isOlder(version, REPLICAS_FROM)) {
    return `nats-server ${version} is too old for ${replicas} replicas, which lose compare-and-set races before ${REPLICAS_FROM.join(".")}: use one replica, or a newer server`;
  }
  return null;
}

export function isOlder(version: string, than: readonly [number, number, number]): boolean {
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
    ? ", an old release: Heed keeps one replica of each stream on it, and it flushes to disk every two minutes"
    : "";
  return `JetStream on nats-server ${version}${old}`;
}
