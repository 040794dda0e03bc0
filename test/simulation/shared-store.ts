import type { Contact } from "../../src/core/model/contact.ts";
import type { BuriedMessage, LedgerRecord } from "../../src/core/model/decision.ts";
import { decodeContact, decodeJson } from "../../src/runtime/contact-codec.ts";
import type { StandingPause } from "../../src/runtime/pauses.ts";
import type { Witnessed } from "../../src/runtime/parts.ts";
import { readLetter } from "../../src/runtime/read-letter.ts";
import { openMemoryStore } from "../../src/store/memory.ts";
import {
  type Commit,
  type Committed,
  type Doc,
  type Emit,
  type Fact,
  type Store,
  Unavailable,
} from "../../src/store/store.ts";
import { createLaneRouter } from "./lane-router.ts";
import type { CrashLabel } from "./faults.ts";
import { PAUSE_TARGETS } from "./plan.ts";
import { readEvent } from "./read-event.ts";
import type { Process, Step, World } from "./world.ts";

/**
 * The memory store as a server that several processes share: every call travels, may be refused, may lose its answer,
 * and may be the last thing its process does. What the server itself does is the reference implementation's.
 */
export interface SharedStore {
  forProcess(process: Process): Store;
  /** Past the network, for those who look at the end. */
  readonly server: Store;
  /** Appends as an outside system does, without a process of ours. */
  append(facts: readonly Fact[]): Promise<void>;
  /** Keys of all documents ever written. */
  keys(): readonly string[];
  /** Documents that want to be looked at, with the moment. */
  wakes(): ReadonlyMap<string, number>;
}

interface Known {
  readonly rev: string;
  readonly contact: Contact | null;
}

export function createSharedStore(world: World, step: Step): SharedStore {
  const { scheduler, trace } = world;
  const server = openMemoryStore({ clock: scheduler.polling });
  const known = new Map<string, Known>();
  const wakes = new Map<string, number>();
  const router = createLaneRouter(world, step, server);

  const append = async (facts: readonly Fact[]): Promise<Awaited<ReturnType<Store["append"]>>> => {
    const results = await server.append(facts);
    for (const [index, fact] of facts.entries()) {
      trace.add(`${scheduler.now()} append ${fact.key} ${fact.id} ${String(results[index]?.fresh)}`);
      if (results[index]?.fresh !== true) continue;
      world.reach("event appended");
      if (!world.blind) world.see({ kind: "appended", key: fact.key, id: fact.id, event: readEvent(fact.body) });
      if (fact.dead !== undefined) world.see({ kind: "buried", lane: "door", id: fact.id, reason: fact.dead });
    }
    return results;
  };

  const commit = async (process: Process, change: Commit, found: Found): Promise<Committed> => {
    const committed = await server.commit(change);
    const result = committed.ok ? committed.rev : committed.why;
    trace.add(
      `${scheduler.now()} ${process.name} commits ${change.key} on ${change.base}: ${result}, ${change.body.length} bytes`,
    );
    if (!committed.ok) {
      world.reach(`commit ${committed.why}`);
      return committed;
    }
    world.reach("document committed");
    const isContact = !world.blind && found.decided !== undefined;
    const before = known.get(change.key)?.contact ?? null;
    const doc: Doc = { key: change.key, rev: committed.rev, body: change.body, writtenAt: scheduler.now() };
    const after = isContact ? decodeContact(doc) : null;
    known.set(change.key, { rev: committed.rev, contact: after });
    trace.note(Buffer.from(change.body).toString("utf8"));
    watchWake(change.key, committed.rev, change.wakeAt);
    seeLetters(world, change.emit);
    if (found.decided === undefined) world.see({ kind: "wrote", emits: change.emit });
    if (change.key === "heed:pauses") seePauses(world, change.body);
    if (after !== null && found.decided !== undefined) {
      const { key, body, emit: emits, wakeAt } = change;
      const { read, decided } = found;
      const records = readRecords(change);
      const seen = {
        key,
        before,
        after,
        body,
        emits,
        records,
        wakeAt,
        readAt: read.at,
        readAtStep: read.step,
        decided,
      } as const;
      world.see({ kind: "committed", process: process.name, step: scheduler.steps(), ...seen });
    }
    return committed;
  };

  /** Time must pass to the moment, and on until somebody has looked. */
  const watchWake = (key: string, rev: string, at: number | null): void => {
    if (at === null) {
      wakes.delete(key);
      return;
    }
    wakes.set(key, at);
    let patience = 100;
    const nudge = (): void => {
      if (known.get(key)?.rev !== rev || router.isBuried(rev)) return;
      patience = Math.min(patience * 2, 60_000);
      scheduler.at(scheduler.now() + patience, nudge);
    };
    scheduler.passTo(at);
    scheduler.at(at + patience, nudge);
  };

  return {
    server,
    async append(facts) {
      await append(facts);
    },
    keys: () => [...known.keys()],
    wakes: () => wakes,
    forProcess(process) {
      const cache = new Map<string, Doc | null>();
      const reads = new Map<string, Read>();
      const call = createCall(world, step, process);
      return {
        ...server,
        traits: { ...server.traits, shared: true },
        append: (facts) => call("append", facts[0]?.id ?? "", () => append(facts)),
        async load(key, how) {
          const cached = cache.get(key);
          if (
            how === "cached" &&
            cached !== undefined &&
            (cached === null || world.strikes("store.stale_cache", key))
          ) {
            return cached;
          }
          return call("load", key, async () => {
            reads.set(key, { step: scheduler.steps(), at: scheduler.now() });
            const doc = await server.load(key, how);
            cache.set(key, doc);
            return doc;
          });
        },
        async commit(change) {
          const decided = process.decisionOf(change);
          const found = { read: reads.get(change.key) ?? never, decided };
          const kind = decided?.input.kind ?? (change.key === LETTERS ? "letter" : "control");
          const committed = await call(`commit.${kind}`, change.key, () => commit(process, change, found));
          if (committed.ok) {
            const { key, body } = change;
            cache.set(key, { key, rev: committed.rev, body, writtenAt: scheduler.now() });
            reads.set(key, { step: scheduler.steps(), at: scheduler.now() });
          }
          return committed;
        },
        consume: (lane, options, handle) => router.join(process, lane, options, handle),
        forget: (key, by) =>
          call("forget", key, async () => {
            const forgotten = await server.forget(key, by);
            if (!world.blind) world.see({ kind: "forgotten", key });
            return forgotten;
          }),
        deadLetters: (page) => call("load", "dead letters", () => server.deadLetters(page)),
        settleDead: (place) =>
          call("settle", `letter ${place}`, async () => {
            const [letter] = await server.deadLetters({ after: place - 1, limit: 1 });
            const settled = await server.settleDead(place);
            if (settled && letter !== undefined) world.see({ kind: "taken off", letter });
            return settled;
          }),
        take: (budget, window, limit, want) => call("load", budget, () => server.take(budget, window, limit, want)),
      };
    },
  };
}

/** Where people's word on dead letters is committed. */
const LETTERS = "heed:dead-letters";

/** Tells of messages that were given up. */
function seeLetters(world: World, emits: readonly Emit[]): void {
  for (const { lane, key, body } of emits) {
    const message = lane === "dead" ? messageIn(body) : undefined;
    if (message !== undefined) world.see({ kind: "given up", key, message });
  }
}

function messageIn(body: Uint8Array): BuriedMessage | undefined {
  const letter = readLetter({ place: 0, id: "", key: "", at: 0, reason: "", body });
  return letter.kind === "message" ? letter.message : undefined;
}

/** Tells what is paused now, in the document that the runtime keeps of it. */
function seePauses(world: World, body: Uint8Array): void {
  const read = decodeJson(body);
  const list: unknown = typeof read === "object" && read !== null && "pauses" in read ? read.pauses : [];
  const standing = new Map(Array.isArray(list) ? list.map((pause: StandingPause) => [pause.target, pause]) : []);
  for (const target of PAUSE_TARGETS) {
    const pause = standing.get(target);
    if (pause === undefined) world.see({ kind: "resumed", target });
    else world.see({ kind: "paused", target, until: pause.until, bySelf: pause.reason === "self_paused" });
  }
}

/** What is known of a commit beside what it says. */
interface Found {
  readonly read: Read;
  readonly decided: Witnessed | undefined;
}

/** When a process last read a document. */
interface Read {
  readonly step: number;
  readonly at: number;
}

const never: Read = { step: 0, at: 0 };

/** One call over the network. */
function createCall(world: World, step: Step, process: Process) {
  return async <T>(what: CallName, about: string, serve: () => Promise<T>): Promise<T> => {
    await step(process, `${what}.asked`, about);
    if (world.strikes("store.refuses", about)) throw new Unavailable("the store of the simulation refuses");
    const answer = await serve();
    await step(process, `${what}.done`, about);
    if (world.strikes("store.answer_lost", about))
      throw new Unavailable("the answer of the simulation's store is lost");
    return answer;
  };
}

type CallName = CrashLabel extends infer L ? (L extends `${infer Name}.asked` ? Name : never) : never;

function readRecords({ emit }: Commit): readonly LedgerRecord[] {
  return emit.flatMap(({ lane, body }): readonly LedgerRecord[] => {
    const record = lane === "audit" ? decodeJson(body) : null;
    return isRecord(record) ? [record] : [];
  });
}

function isRecord(value: unknown): value is LedgerRecord {
  return typeof value === "object" && value !== null && "at" in value && "kind" in value;
}
