import { createHash } from "node:crypto";
import { PARTITIONS, partitionOf } from "./partition.ts";
import { Unsupported } from "./store.ts";
import type { Emit, JobLane, Key, Lane } from "./store.ts";

/** Lanes that live in a stream. */
export type StreamLane = Exclude<Lane, "due">;

/** Names of streams and subjects of one namespace. Keys and lanes are base64url in them: no character of theirs means anything to NATS. */
export interface Names {
  readonly events: string;
  /** What other systems publish for us to take in. */
  readonly inbox: string;
  readonly jobs: string;
  readonly dead: string;
  readonly audit: string;
  readonly contacts: string;
  readonly budgets: string;
  readonly relays: string;
  /** What each stream stores. */
  readonly filters: Readonly<
    Record<"events" | "inbox" | "jobs" | "dead" | "audit" | "contacts" | "budgets" | "relays", string>
  >;
  subject(lane: Emit["lane"], key: Key): string;
  /** Everything of a key in a stream that holds lanes. */
  allOf(stream: string, key: Key): string;
  contact(key: Key): string;
  budget(name: string, window: { readonly from: number; readonly to: number }): string;
  relay(writer: string): string;
  /** Where it is said that a key is being erased, by its `erasureToken`; `*` is all of them. */
  erasure(token: string): string;
  stream(lane: StreamLane): string;
  /** The durable consumer of one partition of a lane, and the subjects it gets. */
  consumer(lane: StreamLane, partition: number): { readonly name: string; readonly filter: string };
  /** The lane a durable consumer belongs to, or null for one that is not ours. */
  laneOfConsumer(stream: string, name: string): StreamLane | null;
}

/** Jobs need fewer: each lane has its own, and dispatchers wait for providers rather than for decisions. */
const JOB_PARTITIONS = 8;

export function partitionsOf(lane: StreamLane): number {
  if (lane === "events") return PARTITIONS;
  return lane === "dead" ? 1 : JOB_PARTITIONS;
}

function encodeToken(text: string): string {
  return Buffer.from(text, "utf8").toString("base64url");
}

function decodeToken(token: string): string {
  return Buffer.from(token, "base64url").toString("utf8");
}

/** The key is the last token of every subject. */
export function keyOfSubject(subject: string): Key {
  return decodeToken(subject.slice(subject.lastIndexOf(".") + 1));
}

/** What the server knows a message again by. 128 bits keep its table small: it holds every id of the last ten minutes. */
export function messageId(...parts: readonly string[]): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest("base64url").slice(0, 22);
}

/** Short, and nobody reads the key in it. */
export function erasureToken(key: Key): string {
  return messageId("erased", key);
}

/** Throws Unsupported for a namespace that can't be part of a stream's name. */
export function createNames(namespace: string): Names {
  if (!/^[a-z0-9_-]{1,32}$/.test(namespace)) {
    throw new Unsupported(`a namespace has 1 to 32 of a-z, 0-9, "_" and "-", found ${JSON.stringify(namespace)}`);
  }
  const upper = namespace.toUpperCase();
  const [events, jobs, dead, audit] = [`${upper}_EVENTS`, `${upper}_JOBS`, `${upper}_DEAD`, `${upper}_AUDIT`];
  const jobLane = (lane: JobLane): string => encodeToken(lane.slice("jobs.".length));
  return {
    events,
    inbox: `${upper}_INBOX`,
    jobs,
    dead,
    audit,
    contacts: `KV_${namespace}_contacts`,
    budgets: `KV_${namespace}_budgets`,
    relays: `KV_${namespace}_relays`,
    filters: {
      events: `${namespace}.ev.*.*`,
      inbox: `${namespace}.events.in.>`,
      jobs: `${namespace}.job.*.*.*`,
      dead: `${namespace}.dead.*`,
      audit: `${namespace}.audit.*`,
      contacts: `$KV.${namespace}_contacts.>`,
      budgets: `$KV.${namespace}_budgets.>`,
      relays: `$KV.${namespace}_relays.>`,
    },
    allOf(stream, key) {
      const token = encodeToken(key);
      if (stream === jobs) return `${namespace}.job.*.${partitionOf(key) % JOB_PARTITIONS}.${token}`;
      if (stream === events) return `${namespace}.ev.${partitionOf(key)}.${token}`;
      return `${namespace}.${stream === dead ? "dead" : "audit"}.${token}`;
    },
    subject(lane, key) {
      if (lane === "events") return `${namespace}.ev.${partitionOf(key)}.${encodeToken(key)}`;
      if (lane === "dead" || lane === "audit") return `${namespace}.${lane}.${encodeToken(key)}`;
      return `${namespace}.job.${jobLane(lane)}.${partitionOf(key) % JOB_PARTITIONS}.${encodeToken(key)}`;
    },
    contact: (key) => `$KV.${namespace}_contacts.${encodeToken(key)}`,
    budget: (name, { from, to }) => `$KV.${namespace}_budgets.${messageId(name)}.${Math.floor(from)}-${Math.floor(to)}`,
    relay: (writer) => `$KV.${namespace}_relays.${writer}`,
    erasure: (token) => `$KV.${namespace}_relays.erased.${token}`,
    stream(lane) {
      if (lane === "events") return events;
      return lane === "dead" ? dead : jobs;
    },
    consumer(lane, partition) {
      if (lane === "events") return { name: `p${partition}`, filter: `${namespace}.ev.${partition}.*` };
      if (lane === "dead") return { name: "dead", filter: `${namespace}.dead.*` };
      return { name: `${jobLane(lane)}_p${partition}`, filter: `${namespace}.job.${jobLane(lane)}.${partition}.*` };
    },
    laneOfConsumer(stream, name) {
      if (stream === events) return /^p\d+$/.test(name) ? "events" : null;
      if (stream === dead) return name === "dead" ? "dead" : null;
      const lane = /^([\w-]+)_p\d+$/.exec(name)?.[1];
      return stream === jobs && lane !== undefined ? `jobs.${decodeToken(lane)}` : null;
    },
  };
}
