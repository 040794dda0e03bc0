import type { Clock } from "../core/model/clock.ts";
import type { Connection } from "./jetstream-operations.ts";
import { isObject } from "./jetstream-request.ts";
import type { JetStreamRequests } from "./jetstream-request.ts";
import { missingStreams } from "./jetstream-streams.ts";
import type { Health } from "./store.ts";

/** What this process knows of itself, without a question to the server. */
export interface KnownDepth {
  /** Wake-ups that are due. */
  readonly due: number;
  /** Null when others read some of the partitions, or nothing came from one of them yet. */
  readonly events: number | null;
}

interface Asker {
  readonly requests: Pick<JetStreamRequests, "api">;
  readonly clock: Clock;
}

type ListConsumers = (stream: string) => Promise<readonly ConsumerState[]>;

interface ConsumerState {
  readonly name: string;
  readonly waiting: number;
  /** Somebody asks it for more. */
  readonly attended: boolean;
}

/** What waits. A lane that nobody ever consumed is not known to the server, but for events and dead. */
export async function readHealth(
  connection: Connection,
  { due, events }: KnownDepth,
  list: ListConsumers = listing(connection),
): Promise<Health> {
  const { names, requests } = connection;
  const depth: Record<string, number> = { due, ...(events !== null && { events }) };
  try {
    const missing = await missingStreams(requests, names);
    if (missing.length > 0) return { ok: false, problems: [isMissing(missing)], depth };
    for (const stream of events === null ? [names.events, names.jobs] : [names.jobs]) {
      for (const { name, waiting } of await list(stream)) {
        const lane = names.laneOfConsumer(stream, name);
        if (lane !== null) depth[lane] = (depth[lane] ?? 0) + waiting;
      }
    }
    for (const { waiting } of await list(names.inbox)) depth["inbox"] = waiting;
    const { state } = await requests.api(`STREAM.INFO.${names.dead}`);
    // What is dealt with is removed from it.
    depth["dead"] = isObject(state) ? Number(state["messages"] ?? 0) : 0;
    const noRoom = requests.noRoom();
    return { ok: noRoom === null, problems: noRoom === null ? [] : [noRoom], depth };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { ok: false, problems: [why], depth };
  }
}

function isMissing(streams: readonly string[]): string {
  const one = streams.length === 1;
  return `${one ? "the stream" : "the streams"} ${streams.join(", ")} ${one ? "is" : "are"} gone from NATS: the next start of heed run makes ${one ? "it" : "them"}, empty`;
}

/** Lanes in which something waits and that no process asks for. */
export async function unattendedLanes(connection: Connection): Promise<readonly string[]> {
  const { names } = connection;
  const list = listing(connection);
  const lanes = new Map<string, { waiting: boolean; attended: boolean }>();
  for (const stream of [names.events, names.jobs, names.inbox]) {
    for (const { name, waiting, attended } of await list(stream)) {
      const lane = stream === names.inbox ? "inbox" : names.laneOfConsumer(stream, name);
      if (lane === null) continue;
      const known = lanes.get(lane) ?? { waiting: false, attended: false };
      lanes.set(lane, { waiting: known.waiting || waiting > 0, attended: known.attended || attended });
    }
  }
  return [...lanes].flatMap(([lane, { waiting, attended }]) => (waiting && !attended ? [lane] : []));
}

/** A list that took longer is good for `SPARED` times as long: who asks often must not keep the server from its work. */
const CHEAP_MS = 250;
const SPARED = 20;

/**
 * Lists consumers for those who ask again and again, as metrics do. nats-server before 2.10 counts what waits for a
 * consumer by going through the subjects of its stream: a second for 64 consumers and 50,000 subjects, in which it
 * answers nothing else on the connection that asked.
 */
export function listSparingly({ requests, clock }: Asker): ListConsumers {
  const list = listing({ requests });
  const known = new Map<string, { readonly answer: ReturnType<ListConsumers>; goodUntil: number }>();
  return (stream) => {
    const found = known.get(stream);
    if (found !== undefined && clock.monotonic() < found.goodUntil) return found.answer;
    const entry = { answer: list(stream), goodUntil: Number.POSITIVE_INFINITY };
    known.set(stream, entry);
    void keepFor(clock, entry);
    return entry.answer;
  };
}

async function keepFor(clock: Clock, entry: { readonly answer: Promise<unknown>; goodUntil: number }): Promise<void> {
  const asked = clock.monotonic();
  const worked = await entry.answer.then(
    () => true,
    () => false,
  );
  const tookMs = clock.monotonic() - asked;
  entry.goodUntil = worked && tookMs > CHEAP_MS ? clock.monotonic() + SPARED * tookMs : 0;
}

function listing({ requests }: Pick<Asker, "requests">): ListConsumers {
  return async (stream) => {
    const found: ConsumerState[] = [];
    for (;;) {
      const answer = await requests.api(`CONSUMER.LIST.${stream}`, { offset: found.length });
      const page: readonly unknown[] = Array.isArray(answer["consumers"]) ? answer["consumers"] : [];
      for (const consumer of page) {
        if (!isObject(consumer)) continue;
        found.push({
          name: String(consumer["name"]),
          waiting: Number(consumer["num_pending"] ?? 0) + Number(consumer["num_ack_pending"] ?? 0),
          attended: Number(consumer["num_waiting"] ?? 0) > 0,
        });
      }
      if (page.length === 0 || found.length >= Number(answer["total"] ?? 0)) return found;
    }
  };
}
