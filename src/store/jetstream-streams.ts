import type { Names, StreamLane } from "./jetstream-names.ts";
import { partitionsOf } from "./jetstream-names.ts";
import { asUnavailable, ERROR, isObject, JetStreamError, passesByItself } from "./jetstream-request.ts";
import type { JetStreamRequests } from "./jetstream-request.ts";
import { type Retention, Unavailable, Unsupported } from "./store.ts";

const MS_NS = 1_000_000;
const SECOND_NS = 1_000 * MS_NS;
const DAY_MS = 86_400_000;
const DAY_NS = 86_400 * SECOND_NS;
/**
 * An event or job that nobody took for this long is gone. Streams keep what was consumed, too: a stream with work-queue
 * retention would forget the ids of consumed messages at a restart (nats-server issue 3272) and deliver a repeated one.
 */
const TRANSPORT_DAYS = 7;
/** 231 to 307 bytes of the server's memory for each id within it. */
const DUPLICATE_WINDOW_NS = 600 * SECOND_NS;
/** A publisher who waits for the acknowledgement is told at once; as much as the HTTP door takes. */
const MAX_INBOX_BYTES = 1_048_576;
const CONSUMER_NOT_FOUND = 10014;
/** Of as long as a request may take, each. */
const MAKE_TRIES = 4;
/** Deliveries that asked to come again later count towards it. */
const MAX_ACK_PENDING = 10_000;

const NOT_ENABLED_FOR_ACCOUNT = 10039;

/** What people set while the system runs (`keepFor`) is right, whatever it is. */
function freeOf(names: Names, stream: string): readonly string[] {
  return stream === names.events || stream === names.audit ? ["max_age"] : [];
}

type StreamConfig = Readonly<Record<string, unknown>> & { readonly name: string };

/**
 * Makes the streams that are missing and refuses those that are not as they must be; returns how many replicas they have.
 * With `replicas` null those that exist may have any number. Throws Unsupported, Unavailable.
 */
export async function ensureStreams(
  requests: JetStreamRequests,
  names: Names,
  replicas: number | null,
): Promise<number> {
  const found = await Promise.all(
    wantedStreams(names, replicas ?? 1).map((stream) =>
      ensureStream(requests, stream, [...freeOf(names, stream.name), ...(replicas === null ? ["num_replicas"] : [])]),
    ),
  );
  // While the stream is empty: with a filter like theirs, creating a consumer costs a walk over all subjects.
  if (found[0]?.made === true) await ensureConsumers(requests, names, "events", allPartitions("events"), 30_000);
  return Math.max(...found.map((stream) => stream.replicas));
}

/** A stream as it is, for those who only look: nothing is made. */
export interface JudgedStream {
  readonly name: string;
  readonly there: boolean;
  /** What is not as it must be; any number of replicas is right. */
  readonly differing: readonly string[];
  readonly replicas: number;
}

/** Throws Unsupported, Unavailable. */
export function judgeStreams(requests: JetStreamRequests, names: Names): Promise<readonly JudgedStream[]> {
  return Promise.all(
    wantedStreams(names, 1).map(async (wanted) => {
      const found = await streamConfig(requests, wanted.name);
      if (found === null) return { name: wanted.name, there: false, differing: [], replicas: 0 };
      const differing = differences(wanted, found, ["num_replicas", ...freeOf(names, wanted.name)]);
      return { name: wanted.name, there: true, differing, replicas: Number(found["num_replicas"] ?? 1) };
    }),
  );
}

/** Those of ours that are not there. Rejects with JetStreamError, Unavailable. */
export async function missingStreams(
  requests: Pick<JetStreamRequests, "api">,
  names: Names,
): Promise<readonly string[]> {
  const there = await listStreams(requests);
  return wantedStreams(names, 1)
    .map(({ name }) => name)
    .filter((name) => !there.includes(name));
}

/** The names of all streams of the account. */
export async function listStreams(requests: Pick<JetStreamRequests, "api">): Promise<readonly string[]> {
  const streams: string[] = [];
  for (;;) {
    const answer = await requests.api("STREAM.NAMES", { offset: streams.length });
    const page: readonly unknown[] = Array.isArray(answer["streams"]) ? answer["streams"] : [];
    streams.push(...page.map(String));
    if (page.length === 0 || streams.length >= Number(answer["total"] ?? 0)) return streams;
  }
}

function wantedStreams(names: Names, replicas: number): readonly StreamConfig[] {
  const common = {
    retention: "limits",
    storage: "file",
    num_replicas: replicas,
    duplicate_window: DUPLICATE_WINDOW_NS,
    deny_delete: false,
    deny_purge: false,
  };
  // Full, such a stream drops its oldest messages without a word, decided or not: nothing but age may end one.
  const endless = { ...common, discard: "old", max_msgs: -1, max_bytes: -1, max_msgs_per_subject: -1 };
  const transport = { ...endless, max_age: TRANSPORT_DAYS * DAY_NS };
  const kept = { ...endless, max_age: 0 };
  // As the client's key-value buckets are, so that their tools can read them; but with deletion allowed, for erasure.
  const bucket = {
    ...common,
    discard: "new",
    max_msgs_per_subject: 1,
    max_age: 0,
    allow_rollup_hdrs: true,
    duplicate_window: 120 * SECOND_NS,
  };
  return [
    { ...transport, name: names.events, subjects: [names.filters.events] },
    { ...transport, name: names.inbox, subjects: [names.filters.inbox], max_msg_size: MAX_INBOX_BYTES },
    { ...transport, name: names.jobs, subjects: [names.filters.jobs] },
    { ...kept, name: names.dead, subjects: [names.filters.dead] },
    { ...kept, name: names.audit, subjects: [names.filters.audit] },
    { ...bucket, name: names.contacts, subjects: [names.filters.contacts] },
    { ...bucket, name: names.budgets, subjects: [names.filters.budgets] },
    { ...bucket, name: names.relays, subjects: [names.filters.relays] },
  ];
}

/** Has the server keep events and the account for so long; nothing is left for us to do then. Throws Unavailable, Unsupported. */
export async function keepFor(
  requests: JetStreamRequests,
  names: Names,
  { events, ledger }: Retention,
): Promise<false> {
  // An event may wait for as long to be decided, so it is never kept for less.
  const ages = [
    [names.events, Math.max(events ?? 0, TRANSPORT_DAYS * DAY_MS)],
    [names.audit, ledger ?? 0],
  ] as const;
  for (const [name, ms] of ages) {
    const found = await streamConfig(requests, name);
    if (found === null || sameSetting(ms * MS_NS, found["max_age"])) continue;
    try {
      await make(requests, `STREAM.UPDATE.${name}`, { ...found, max_age: ms * MS_NS });
    } catch (error) {
      throw asUnavailable(error);
    }
  }
  return false;
}

function allPartitions(lane: StreamLane): readonly number[] {
  return Array.from({ length: partitionsOf(lane) }, (_, partition) => partition);
}

interface EnsuredStream {
  /** It did not exist. */
  readonly made: boolean;
  readonly replicas: number;
}

async function ensureStream(
  requests: JetStreamRequests,
  wanted: StreamConfig,
  free: readonly string[],
): Promise<EnsuredStream> {
  const found = await streamConfig(requests, wanted.name);
  const returned = found ?? (await createStream(requests, wanted));
  const details = differences(wanted, returned, found === null ? [] : free);
  if (details.length > 0) {
    const help = details.some((detail) => detail.startsWith("num_replicas"))
      ? `; to change the number of replicas: nats stream edit ${wanted.name} --replicas ${String(wanted["num_replicas"])}`
      : "";
    throw new Unsupported(
      `the stream ${wanted.name} ${found === null ? "was not made as asked for; this nats-server does not honour" : "exists with other settings"}: ${details.join("; ")}${help}`,
    );
  }
  return { made: found === null, replicas: Number(returned["num_replicas"] ?? 1) };
}

function differences(
  wanted: Readonly<Record<string, unknown>>,
  found: Readonly<Record<string, unknown>>,
  free: readonly string[],
): readonly string[] {
  return Object.keys(wanted)
    .filter((name) => !free.includes(name) && !sameSetting(wanted[name], found[name]))
    .map((name) => `${name} is ${JSON.stringify(found[name])}, must be ${JSON.stringify(wanted[name])}`);
}

async function streamConfig(
  requests: JetStreamRequests,
  name: string,
): Promise<Readonly<Record<string, unknown>> | null> {
  try {
    const { config } = await requests.api(`STREAM.INFO.${name}`);
    return isObject(config) ? config : {};
  } catch (error) {
    if (error instanceof JetStreamError && error.errCode === ERROR.streamNotFound) return null;
    if (error instanceof JetStreamError && error.errCode === NOT_ENABLED_FOR_ACCOUNT) {
      throw new Unsupported(
        "the NATS account we log in to has no JetStream: enable it for that account, or log in to another one",
        { cause: error },
      );
    }
    throw asUnavailable(error);
  }
}

async function createStream(
  requests: JetStreamRequests,
  wanted: StreamConfig,
): Promise<Readonly<Record<string, unknown>>> {
  try {
    const { config } = await make(requests, `STREAM.CREATE.${wanted.name}`, wanted);
    return isObject(config) ? config : {};
  } catch (error) {
    if (passesByItself(error)) throw asUnavailable(error);
    if (error instanceof JetStreamError) {
      throw new Unsupported(`nats-server refused to make the stream ${wanted.name}: ${error.message}`, {
        cause: error,
      });
    }
    throw error;
  }
}

/**
 * In a cluster every stream and every consumer elects a leader of its own before the answer comes, and dozens of them at
 * once take a busy one longer than other requests may. Asked twice for the same, the server makes it once.
 */
async function make(
  requests: JetStreamRequests,
  subject: string,
  wanted: object,
): Promise<Readonly<Record<string, unknown>>> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await requests.api(subject, wanted);
    } catch (error) {
      if (!(error instanceof Unavailable) || tries === MAKE_TRIES) throw error;
    }
  }
}

/** A setting that is off may be absent from the answer. */
function sameSetting(wanted: unknown, returned: unknown): boolean {
  if (returned === undefined) return wanted === 0 || wanted === false;
  return JSON.stringify(wanted) === JSON.stringify(returned);
}

/** Makes the durable consumers of some partitions, or gives them this lease. */
export async function ensureConsumers(
  requests: JetStreamRequests,
  names: Names,
  lane: StreamLane,
  partitions: readonly number[],
  leaseMs: number,
): Promise<void> {
  const stream = names.stream(lane);
  await Promise.all(
    partitions.map((partition) => ensureConsumer(requests, stream, names.consumer(lane, partition), leaseMs)),
  );
}

/**
 * Makes a durable consumer, or gives it this lease. One that is as it must be is left alone: the server writes a consumer
 * down in place each time it is told of one, and when it dies in the midst the consumer is lost (seen with 2.10.27).
 */
export async function ensureConsumer(
  requests: JetStreamRequests,
  stream: string,
  { name, filter }: { readonly name: string; readonly filter: string },
  leaseMs: number,
): Promise<void> {
  const wanted = {
    durable_name: name,
    filter_subject: filter,
    deliver_policy: "all",
    ack_policy: "explicit",
    ack_wait: leaseMs * 1_000_000,
    // A poisonous message is given up on by us, into the dead lane; the server would only stop delivering it.
    max_deliver: -1,
    max_ack_pending: MAX_ACK_PENDING,
    replay_policy: "instant",
  };
  try {
    const found = await consumerConfig(requests, stream, name);
    if (found !== null && differences(wanted, found, []).length === 0) return;
    await make(requests, `CONSUMER.DURABLE.CREATE.${stream}.${name}`, { stream_name: stream, config: wanted });
  } catch (error) {
    throw asUnavailable(error);
  }
}

async function consumerConfig(
  requests: JetStreamRequests,
  stream: string,
  name: string,
): Promise<Readonly<Record<string, unknown>> | null> {
  try {
    const { config } = await requests.api(`CONSUMER.INFO.${stream}.${name}`);
    return isObject(config) ? config : {};
  } catch (error) {
    if (error instanceof JetStreamError && error.errCode === CONSUMER_NOT_FOUND) return null;
    throw error;
  }
}
