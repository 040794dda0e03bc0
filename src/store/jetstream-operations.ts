import type { NatsConnection } from "nats";
import type { Clock } from "../core/model/clock.ts";
import { decodeEnvelope, HEADER } from "./jetstream-document.ts";
import { keyOfSubject } from "./jetstream-names.ts";
import type { Names } from "./jetstream-names.ts";
import { asUnavailable, isObject } from "./jetstream-request.ts";
import type { JetStreamRequests } from "./jetstream-request.ts";
import { Unavailable } from "./store.ts";
import type { Doc, Health, Key } from "./store.ts";

export interface Connection {
  readonly nc: NatsConnection;
  readonly requests: JetStreamRequests;
  readonly names: Names;
  readonly clock: Clock;
}

/** Rounds of compare-and-set on one budget; each round lets at least one of those who contend through. */
const TAKE_ROUNDS = 200;

/** A counter per budget and window, changed by compare-and-set. Dispatchers take many at a time, so contention stays low. */
export async function takeTokens(
  { requests, names }: Connection,
  subject: string,
  limit: number,
  want: number,
): Promise<number> {
  for (let round = 0; round < TAKE_ROUNDS; round += 1) {
    const message = await requests.last(names.budgets, subject);
    const taken = message === null ? 0 : Number(message.data.toString("utf8"));
    const granted = Math.max(0, Math.min(want, limit - taken));
    if (granted === 0) return 0;
    const body = Buffer.from(String(taken + granted), "utf8");
    const answer = await requests.publish(subject, body, { [HEADER.expected]: String(message?.seq ?? 0) });
    if (answer.ok) return granted;
  }
  throw new Unavailable("a budget is asked for by too many at once");
}

/** In the order of the encoded keys. Lists all subjects for every page: for tools. */
export async function scanContacts(
  connection: Connection,
  page: { readonly after?: Key; readonly limit: number },
): Promise<readonly Doc[]> {
  const { requests, names } = connection;
  const subjects = await listSubjects(connection);
  const start = page.after === undefined ? "" : names.contact(page.after);
  const docs: Doc[] = [];
  for (const subject of subjects.filter((candidate) => candidate > start)) {
    if (docs.length >= page.limit) break;
    const message = await requests.last(names.contacts, subject);
    if (message === null) continue;
    const { erased, body, writtenAt } = decodeEnvelope(message);
    if (!erased) docs.push({ key: keyOfSubject(subject), rev: String(message.seq), body, writtenAt });
  }
  return docs;
}

export async function listSubjects({ requests, names }: Connection): Promise<readonly string[]> {
  const found: string[] = [];
  try {
    for (;;) {
      const info = await requests.api(`STREAM.INFO.${names.contacts}`, {
        subjects_filter: names.filters.contacts,
        offset: found.length,
      });
      const state = isObject(info["state"]) ? info["state"] : {};
      const page = isObject(state["subjects"]) ? Object.keys(state["subjects"]) : [];
      found.push(...page);
      if (page.length === 0 || found.length >= Number(info["total"] ?? found.length)) return found.toSorted();
    }
  } catch (error) {
    throw asUnavailable(error);
  }
}

/** What waits, asked of the server. A lane that nobody ever consumed is not known there, but for events and dead. */
export async function readHealth(connection: Connection, due: number): Promise<Health> {
  const { names, requests } = connection;
  const depth: Record<string, number> = { due };
  try {
    for (const stream of [names.events, names.jobs]) {
      for (const { name, waiting } of await listConsumers(connection, stream)) {
        const lane = names.laneOfConsumer(stream, name);
        if (lane !== null) depth[lane] = (depth[lane] ?? 0) + waiting;
      }
    }
    for (const { waiting } of await listConsumers(connection, names.inbox)) depth["inbox"] = waiting;
    const { state } = await requests.api(`STREAM.INFO.${names.dead}`);
    // What is dealt with is removed from it.
    depth["dead"] = isObject(state) ? Number(state["messages"] ?? 0) : 0;
    return { ok: true, problems: [], depth };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { ok: false, problems: [why], depth };
  }
}

interface ConsumerState {
  readonly name: string;
  readonly waiting: number;
  /** Somebody asks it for more. */
  readonly attended: boolean;
}

/** Lanes in which something waits and that no process asks for. */
export async function unattendedLanes(connection: Connection): Promise<readonly string[]> {
  const { names } = connection;
  const lanes = new Map<string, { waiting: boolean; attended: boolean }>();
  for (const stream of [names.events, names.jobs, names.inbox]) {
    for (const { name, waiting, attended } of await listConsumers(connection, stream)) {
      const lane = stream === names.inbox ? "inbox" : names.laneOfConsumer(stream, name);
      if (lane === null) continue;
      const known = lanes.get(lane) ?? { waiting: false, attended: false };
      lanes.set(lane, { waiting: known.waiting || waiting > 0, attended: known.attended || attended });
    }
  }
  return [...lanes].flatMap(([lane, { waiting, attended }]) => (waiting && !attended ? [lane] : []));
}

async function listConsumers({ requests }: Connection, stream: string): Promise<readonly ConsumerState[]> {
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
}
