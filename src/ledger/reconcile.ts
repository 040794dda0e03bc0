import { isJsonArray } from "../core/model/parse-json.ts";
import type { Contact, Enrollment, Intent } from "../core/model/contact.ts";
import type { LedgerRecord } from "../core/model/decision.ts";
import type { Key } from "../store/store.ts";

/** One thing that does not add up, by the name under which people find it. */
export interface Orphan {
  readonly kind:
    /** The store has it as it came in, and nobody has decided it, put it aside or waits for it. */
    | "event that nobody decided"
    | "event without a decision"
    | "event that never arrived"
    | "message without an end"
    | "message without a line"
    | "call past its lease"
    | "message without a ticket"
    | "message that waits in the past"
    | "run that waits in the past"
    | "run without its message";
  readonly name: string;
  readonly key: Key;
  /** Epoch milliseconds since when. */
  readonly at: number;
}

export interface Reconciled {
  readonly events: {
    /** Those of them that the store keeps as they came in, whoever decides: each was looked for among the others. */
    readonly kept: number;
    readonly decided: number;
    readonly duplicates: number;
    readonly pending: number;
    readonly quarantined: number;
    readonly lost: number;
  };
  readonly intents: { readonly terminal: number; readonly inFlight: number; readonly lost: number };
  readonly orphans: readonly Orphan[];
}

/** An event as the store keeps it from when it came in. */
export interface CameIn {
  readonly key: Key;
  readonly event: string;
  readonly at: number;
}

/** Deliveries that wait, by lane, and what lies among the dead letters: how many events, and those of them that have an id. */
export interface Aside {
  readonly pending: Readonly<Record<string, number>>;
  readonly quarantined: number;
  readonly quarantinedIds: ReadonlySet<string>;
}

export interface Reconciling {
  /** One event that the store keeps. In any order with the others; before the end. */
  cameIn(event: CameIn): void;
  /** One line of the account, and under whose key it is. */
  line(key: Key, line: LedgerRecord): void;
  contact(contact: Contact): void;
  end(aside: Aside): Reconciled;
}

/** A wake-up, a ticket or a word to another document may be so late on a busy system. */
const LATE_MS = 10 * 60_000;
/** Clocks of processes differ, and whoever finds a call past its lease looks in turns. */
const LEASE_SLACK_MS = 60_000;

/** What became of a message, by its newest line. */
interface LastWord {
  readonly key: Key;
  readonly at: number;
  readonly isLast: boolean;
}

/**
 * Holds the account against what the store keeps of events since they came in, and against the documents. A line and its
 * document were written by the same commit, so that what one knows and the other does not has been lost on the way. Lines
 * come in the order of the account, then every document.
 */
export function createReconciling({ since, now }: { readonly since: number; readonly now: number }): Reconciling {
  /** By where they were decided, and by their own ids: an address hands on what it has decided. */
  const decided = new Set<string>();
  const ids = new Set<string>();
  const repeated = new Set<string>();
  /** Events that rules speak of, or that an address handed on, by where they belong. */
  const awaited = new Map<string, Orphan>();
  /** What the store keeps from when it came in, by id. */
  const came = new Map<string, CameIn>();
  const words = new Map<string, LastWord>();
  const known = new Set<string>();
  const gone = new Set<Key>();
  /** By address, and by contact that was merged, to whom it handed its messages. */
  const owners = new Map<Key, Set<Key>>();
  const orphans: Orphan[] = [];
  const queued = new Map<string, Orphan[]>();
  let duplicates = 0;
  let terminal = 0;
  let inFlight = 0;

  const takeEvent = (key: Key, { event, reason, detail, at }: LedgerRecord): void => {
    if (event === undefined) return;
    if (reason === "event.duplicate") {
      duplicates += 1;
      repeated.add(event);
      return;
    }
    decided.add(`${key}\n${event}`);
    ids.add(event);
    awaited.delete(`${key}\n${event}`);
    const handedTo = detail?.["handed_to"];
    // Older owners of an address hear only of what is about the address itself.
    const owner = isJsonArray(handedTo) ? handedTo.at(-1) : undefined;
    if (typeof owner !== "string" || decided.has(`${owner}\n${event}`)) return;
    awaited.set(`${owner}\n${event}`, { kind: "event that never arrived", name: event, key: owner, at });
  };
  const takeOwner = (key: Key, { detail }: LedgerRecord): void => {
    const owner = detail?.["linked"] ?? detail?.["merged_into"];
    if (typeof owner === "string") owners.set(key, (owners.get(key) ?? new Set()).add(owner));
  };
  /** Whether the account went with an erasure, or the messages with somebody who was erased since. */
  const isGone = (key: Key): boolean => gone.has(key) || [...(owners.get(key) ?? [])].some((owner) => gone.has(owner));
  const takeIntent = ({ id, state, changedAt, channel, class: messageClass }: Intent, key: Key): void => {
    known.add(id);
    const word = words.get(id);
    if (!isEnded(state)) {
      inFlight += 1;
      const orphan = (kind: Orphan["kind"], at: number): Orphan => ({ kind, name: id, key, at });
      if (state.kind === "calling" && state.leaseUntil < now - LEASE_SLACK_MS)
        orphans.push(orphan("call past its lease", state.leaseUntil));
      if (state.kind === "deferred" && state.until < now - LATE_MS)
        orphans.push(orphan("message that waits in the past", state.until));
      if (state.kind !== "queued") return;
      const lane = `jobs.${channel}.${messageClass}`;
      const waiting = queued.get(lane) ?? [];
      if (changedAt < now - LATE_MS) waiting.push(orphan("message without a ticket", changedAt));
      queued.set(lane, waiting);
      return;
    }
    if (changedAt < since && word === undefined) return;
    terminal += 1;
    // What was written while this looks is in the next one. An erasure may take lines of whoever begins anew at once, too.
    if (gone.has(key)) return;
    if (word?.isLast !== true && changedAt >= since && changedAt < now - LATE_MS)
      orphans.push({ kind: "message without a line", name: id, key, at: changedAt });
  };
  return {
    cameIn(event) {
      if (event.at >= since && !came.has(event.event)) came.set(event.event, event);
    },
    line(key, line) {
      if (line.at < since) return;
      if (line.kind === "event") return takeEvent(key, line);
      const { kind, event, intent, at } = line;
      if ((kind === "enrolled" || kind === "not_enrolled") && event !== undefined) {
        const name = `${key}\n${event}`;
        if (!decided.has(name)) awaited.set(name, { kind: "event without a decision", name: event, key, at });
      }
      if (kind === "identity") takeOwner(key, line);
      if (intent === undefined) return;
      if (kind === "message") words.set(intent, { key, at, isLast: isLastWord(line) });
      if (kind === "intent") words.set(intent, { key, at, isLast: false });
    },
    contact({ key, enrollments, intents, erased }) {
      // Its account went with it.
      if (erased !== null) gone.add(key);
      for (const intent of Object.values(intents)) takeIntent(intent, key);
      for (const enrollment of Object.values(enrollments)) {
        const why = troubleOf(enrollment, intents, now);
        if (why !== null) orphans.push({ ...why, name: enrollment.id, key });
      }
    },
    end({ pending, quarantined, quarantinedIds }) {
      const isMet = (event: string): boolean => ids.has(event) || repeated.has(event) || quarantinedIds.has(event);
      const unmet = [...came.values()].filter(({ event, key }) => !isMet(event) && !gone.has(key));
      // What waits in the lane, or came a moment ago, is still to be decided.
      const waits = ({ at }: CameIn): boolean => at >= now - LATE_MS || (pending["events"] ?? 0) > 0;
      const undecided = unmet.filter((event) => !waits(event));
      const lost = [
        ...undecided.map(({ event, key, at }): Orphan => ({ kind: "event that nobody decided", name: event, key, at })),
        ...[...awaited.values()].filter(({ at, key }) => at < now - LATE_MS && !gone.has(key)),
      ];
      const unended = [...words].flatMap(([name, { key, at, isLast }]): readonly Orphan[] => {
        if (known.has(name) || isGone(key)) return [];
        if (isLast) terminal += 1;
        return isLast || at > now - LATE_MS ? [] : [{ kind: "message without an end", name, key, at }];
      });
      // Each in the lane may be the ticket of one of them; a lane keeps its order, so the oldest have waited in vain.
      const ticketless = [...queued].flatMap(([lane, waiting]) =>
        waiting.toSorted((a, b) => a.at - b.at).slice(0, Math.max(0, waiting.length - (pending[lane] ?? 0))),
      );
      return {
        events: {
          kept: came.size,
          decided: ids.size,
          duplicates,
          // The lane has words between documents as well, and what is in somebody's hands is in no lane.
          pending: Math.max(pending["events"] ?? 0, unmet.length - undecided.length),
          quarantined,
          lost: lost.length,
        },
        intents: { terminal, inFlight, lost: unended.length },
        orphans: [...lost, ...unended, ...orphans, ...ticketless],
      };
    },
  };
}

function isEnded(state: Intent["state"]): boolean {
  if (state.kind === "unknown") return state.askAt === null;
  return state.kind !== "queued" && state.kind !== "deferred" && state.kind !== "calling";
}

/** Whether a line about a message waits for no other. */
function isLastWord({ reason, detail }: LedgerRecord): boolean {
  if (detail?.["until"] !== undefined) return false;
  return reason !== "provider.unknown" || detail?.["code"] === "parked";
}

function troubleOf(
  { state }: Enrollment,
  intents: Contact["intents"],
  now: number,
): Pick<Orphan, "kind" | "at"> | null {
  if (state.kind === "sending") {
    return Object.hasOwn(intents, state.intent) ? null : { kind: "run without its message", at: now };
  }
  return state.until < now - LATE_MS ? { kind: "run that waits in the past", at: state.until } : null;
}
