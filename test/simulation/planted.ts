import type { Clock } from "../../src/core/model/clock.ts";
import type { Contact } from "../../src/core/model/contact.ts";
import { decodeContact, decodeJson, encodeContact, encodeJson } from "../../src/runtime/contact-codec.ts";
import type { Commit, Committed, Doc, Store } from "../../src/store/store.ts";
import type { CompiledWorkspace } from "../../src/rulebook/compile-workspace.ts";
import { chanceOf } from "./chance.ts";
import { type Mutation, type Surroundings, unchanged } from "./mutation.ts";

/** A mistake that somebody could make, and what must notice it. */
export interface Planted {
  readonly id: string;
  readonly mistake: string;
  /** At least one of these invariants must break. */
  readonly breaks: readonly string[];
  readonly mutation: Mutation;
}

/**
 * Bugs that are planted around the production code, at the places where it meets the store, the clock, the vendors and
 * the rules, to see that the invariants are not blind. None of them is a flag inside the code.
 */
export const planted: readonly Planted[] = [
  {
    id: "ack-before-append",
    mistake: "the door answers before the event is durable",
    breaks: ["I1"],
    mutation: {
      ...unchanged,
      door: (store) => ({
        async append(facts) {
          void store.append(facts).catch(() => undefined);
          return facts.map(() => ({ fresh: true }));
        },
      }),
    },
  },
  {
    id: "done-before-decided",
    mistake: "a delivery is acknowledged before it was decided",
    breaks: ["I1", "I8", "I9"],
    mutation: {
      ...unchanged,
      store: (store) => ({
        ...store,
        consume: (lane, options, handle) =>
          store.consume(lane, options, async (delivery) => {
            void handle(delivery).catch(() => undefined);
            return { done: true };
          }),
      }),
    },
  },
  {
    id: "no-compare-and-set",
    mistake: "the last writer wins, whatever it has read",
    breaks: ["I1", "I4", "I8", "I10"],
    mutation: {
      ...unchanged,
      store: (store) => ({
        ...store,
        async commit(change) {
          const committed = await store.commit(change);
          if (committed.ok || committed.why !== "conflict") return committed;
          const doc = await store.load(change.key, "latest");
          return store.commit({ ...change, base: doc?.rev ?? "new" });
        },
      }),
    },
  },
  {
    id: "new-key-per-attempt",
    mistake: "each attempt has an idempotency key of its own",
    breaks: ["I2"],
    mutation: {
      ...unchanged,
      outbound: (outbound) => ({
        ...outbound,
        send: (message) => outbound.send({ ...message, intentId: `${message.intentId}:${message.attempt}` }),
      }),
    },
  },
  {
    id: "retry-on-ambiguous",
    mistake: "a lost answer is taken for a no",
    breaks: ["I2"],
    mutation: {
      ...unchanged,
      outbound: (outbound) => ({
        ...outbound,
        async send(message) {
          const outcome = await outbound.send(message);
          return outcome.kind === "ambiguous" ? { kind: "retryable", code: outcome.code, afterMs: null } : outcome;
        },
      }),
    },
  },
  {
    id: "caps-read-apart",
    mistake: "caps are counted in a read of their own, before the transaction",
    breaks: ["I4"],
    mutation: { ...unchanged, store: (store, around) => withStale(store, around, ["taken"]) },
  },
  {
    id: "consent-asked-once",
    mistake: "opt-outs and consent are those of the moment at which the message was scheduled",
    breaks: ["I3"],
    mutation: { ...unchanged, store: (store, around) => withStale(store, around, ["suppressions", "consent"]) },
  },
  {
    id: "outbox-apart",
    mistake: "the document and what must happen next are written one after the other",
    breaks: ["I1", "I8", "I9"],
    mutation: { ...unchanged, store: writeOutboxApart },
  },
  {
    id: "no-look-before-the-call",
    mistake: "a process that stood still makes its call although its lease has ended",
    breaks: ["I2"],
    mutation: { ...unchanged, clock: withoutStalls },
  },
  {
    id: "delay-drawn-again",
    mistake: "the moment of a delay is drawn anew whenever the document is read",
    breaks: ["I5"],
    mutation: { ...unchanged, store: drawDelaysAgain },
  },
  {
    id: "silence-is-consent",
    mistake: "a look-up without an answer is taken for one that knows nobody",
    breaks: ["I16"],
    mutation: { ...unchanged, workspace: withoutHolding },
  },
  {
    id: "half-a-reload",
    mistake: "new rules come in while old templates stay",
    breaks: ["I11"],
    mutation: {
      ...unchanged,
      workspace: (workspace, { versions }) => withOldTexts(workspace, [...versions.values()]),
    },
  },
  {
    id: "place-not-given-back",
    mistake: "a message that was surely not sent keeps its place in the caps",
    breaks: ["I4"],
    mutation: { ...unchanged, store: keepPlaces },
  },
  {
    id: "old-copy-decides",
    mistake: "that nothing is to be done is believed of an old copy",
    breaks: ["I1", "I8", "I9"],
    mutation: {
      ...unchanged,
      store(store) {
        const copies = new Map<string, Doc | null>();
        return {
          ...store,
          async load(key) {
            const copy = copies.get(key);
            if (copy !== undefined) return copy;
            const doc = await store.load(key, "latest");
            copies.set(key, doc);
            return doc;
          },
          async commit(change) {
            const committed = await store.commit(change);
            if (!committed.ok) copies.delete(change.key);
            else if (chanceOf(committed.rev).happens(0.7)) copies.delete(change.key);
            return committed;
          },
        };
      },
    },
  },
  logNamesPeople(),
  {
    id: "handover-without-places",
    mistake: "what a contact was sent is lost when it moves",
    breaks: ["I4"],
    mutation: { ...unchanged, store: (store) => withHanded(store, "handover", (body) => ({ ...body, taken: [] })) },
  },
  {
    id: "history-outlives-erasure",
    mistake: "the history of a contact that was erased is kept",
    breaks: ["I15"],
    mutation: { ...unchanged, store: (store) => ({ ...store, forget: async () => ({ removed: 0, residual: [] }) }) },
  },
  {
    id: "addresses-outlive-erasure",
    mistake: "what belongs to a contact is not told that it was erased",
    breaks: ["I15"],
    mutation: { ...unchanged, store: (store) => withHanded(store, "erase", () => null) },
  },
];

/** Lets decisions about tickets see some fields as they were when the process first saw the document. */
function withStale(store: Store, { world }: Surroundings, fields: readonly (keyof Contact)[]): Store {
  /** By key: what the process remembers, and the truth of the revision that it decides on. */
  const remembered = new Map<string, Contact>();
  const truths = new Map<string, Contact>();
  const mixed = (of: Contact, from: Contact): Contact =>
    Object.assign({ ...of }, Object.fromEntries(fields.map((field) => [field, from[field]])));
  return {
    ...store,
    async load(key, how) {
      const doc = await store.load(key, how);
      if (doc === null || key.startsWith("heed:")) return doc;
      const truth = decodeContact(doc);
      const old = remembered.get(key) ?? truth;
      // Now and then it looks again, as somebody with a cache would.
      if (!remembered.has(key) || world.luck(`stale ${key}`).happens(0.1)) remembered.set(key, truth);
      truths.set(key, truth);
      return { ...doc, body: encodeContact(mixed(truth, old)) };
    },
    async commit(change) {
      const truth = truths.get(change.key);
      if (truth === undefined) return store.commit(change);
      const decided = decodeContact({ key: change.key, rev: "", body: change.body, writtenAt: 0 });
      return store.commit({
        ...change,
        body: encodeContact(merge(truth, remembered.get(change.key), decided, fields)),
      });
    },
  };
}

/** What was decided, with what the decision has added to the stale fields added to their truth instead. */
function merge(
  truth: Contact,
  seen: Contact | undefined,
  decided: Contact,
  fields: readonly (keyof Contact)[],
): Contact {
  const entries = fields.map((field) => {
    const [before, old, now] = [truth[field], seen?.[field], decided[field]];
    if (Array.isArray(before) && Array.isArray(now)) {
      const known = new Set((Array.isArray(old) ? old : []).map((entry) => JSON.stringify(entry)));
      return [field, [...before, ...now.filter((entry) => !known.has(JSON.stringify(entry)))]] as const;
    }
    return [field, JSON.stringify(old) === JSON.stringify(now) ? before : now] as const;
  });
  return Object.assign({ ...decided }, Object.fromEntries(entries));
}

function writeOutboxApart(store: Store): Store {
  return {
    ...store,
    async commit(change: Commit): Promise<Committed> {
      const first = await store.commit({ ...change, emit: [] });
      if (!first.ok || change.emit.length === 0) return first;
      const second = await store.commit({ ...change, base: first.rev });
      // Somebody was faster: their document stands, and what was to happen next is forgotten.
      return second.ok ? second : first;
    },
  };
}

function drawDelaysAgain(store: Store): Store {
  return {
    ...store,
    async load(key, how) {
      const doc = await store.load(key, how);
      if (doc === null || key.startsWith("heed:")) return doc;
      const contact = decodeContact(doc);
      const enrollments = Object.entries(contact.enrollments).map(([id, enrollment]) => {
        if (enrollment.state.kind !== "waiting" || enrollment.begun) return [id, enrollment] as const;
        const until = enrollment.state.until + chanceOf(doc.rev, id).between(-60_000, 60_000);
        return [id, { ...enrollment, state: { ...enrollment.state, until } }] as const;
      });
      return { ...doc, body: encodeContact({ ...contact, enrollments: Object.fromEntries(enrollments) }) };
    },
  };
}

/** Changes what documents tell each other on its way; null loses it. */
function withHanded(
  store: Store,
  kind: string,
  change: (state: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>> | null,
): Store {
  return {
    ...store,
    commit: (commit) =>
      store.commit({
        ...commit,
        emit: commit.emit.flatMap((emit) => {
          const body: unknown = emit.lane === "events" ? decodeJson(emit.body) : null;
          if (!isRecord(body) || body["kind"] !== kind) return [emit];
          const state = change(isRecord(body["state"]) ? body["state"] : {});
          return state === null ? [] : [{ ...emit, body: encodeJson({ ...body, state }) }];
        }),
      }),
  };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

function keepPlaces(store: Store): Store {
  const places = new Map<string, Contact["taken"]>();
  return {
    ...store,
    async commit(change) {
      if (change.key.startsWith("heed:")) return store.commit(change);
      const decided = decodeContact({ key: change.key, rev: "", body: change.body, writtenAt: 0 });
      const kept = (places.get(change.key) ?? []).filter(
        ({ intent }) => !decided.taken.some((place) => place.intent === intent),
      );
      const taken = [...decided.taken, ...kept];
      places.set(change.key, taken);
      return store.commit({ ...change, body: encodeContact({ ...decided, taken }) });
    },
  };
}

function logNamesPeople(): Planted {
  let last = "";
  return {
    id: "log-names-people",
    mistake: "a log line quotes what was being worked on",
    breaks: ["I12"],
    mutation: {
      ...unchanged,
      store: (store) => ({
        ...store,
        consume: (lane, options, handle) =>
          store.consume(lane, options, (delivery) => {
            last = delivery.key;
            return handle(delivery);
          }),
      }),
      log: (log) => ({ ...log, warn: (message, fields) => log.warn(`${message} (${last})`, fields) }),
    },
  };
}

/** A monotonic clock that does not run while its process stands still, as some do while a machine sleeps. */
function withoutStalls(clock: Clock): Clock {
  let read = clock.monotonic();
  let shown = read;
  return {
    ...clock,
    monotonic() {
      const now = clock.monotonic();
      shown += Math.min(now - read, MOST_RUN_MS);
      read = now;
      return shown;
    },
  };
}

const MOST_RUN_MS = 1_000;

/** Look-ups whose trouble nobody minds. */
function withoutHolding(workspace: CompiledWorkspace): CompiledWorkspace {
  const lookups = [...workspace.rulebook.workspace.lookups].map(([name, lookup]) => {
    return [name, { ...lookup, onError: "treat_as_missing" }] as const;
  });
  const rulebook = { ...workspace.rulebook, workspace: { ...workspace.rulebook.workspace, lookups: new Map(lookups) } };
  return { ...workspace, rulebook };
}

/** The subjects of one version with the texts of another. */
function withOldTexts(workspace: CompiledWorkspace, versions: readonly CompiledWorkspace[]): CompiledWorkspace {
  const [first] = versions;
  const rules = [...workspace.rulebook.rules].map(([id, rule]) => {
    const steps = [...rule.steps].map(([name, step]) => {
      const old = first?.rulebook.rules.get(id)?.steps.get(name);
      const subject = old?.verb === "send" ? old.content["subject"] : undefined;
      if (step.verb !== "send" || subject === undefined) return [name, step] as const;
      return [name, { ...step, content: { ...step.content, subject } }] as const;
    });
    return [id, { ...rule, steps: new Map(steps) }] as const;
  });
  const templates = new Map(versions.flatMap((version) => [...version.templates]));
  return { ...workspace, templates, rulebook: { ...workspace.rulebook, rules: new Map(rules) } };
}
