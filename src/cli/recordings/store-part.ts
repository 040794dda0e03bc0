import { decodeContact } from "../../runtime/contact-codec.ts";
import { hasWords, lineOf } from "../../ledger/account-of.ts";
import type { RecordedEvent, SentMessage } from "../../plan/recorded.ts";
import type { AuditLine, Key, Store } from "../../store/store.ts";
import { readRecordedLine } from "./recorded-line.ts";
import { createGatherer } from "../../plan/backtest/gather.ts";
import type { RecordingPart, Span } from "./recording-part.ts";

type Reading = Pick<Store, "pastEvents" | "audit" | "load" | "close">;
type Read = (page: { readonly after?: number; readonly limit: number }) => Promise<readonly AuditLine[]>;

const PAGE = 500;

/** A recording in a store. */
export interface StorePart {
  readonly name: string;
  /** Moments of the first and last event, epoch milliseconds; null when there is none. */
  readonly span: Span | null;
  /** About how many events it has. */
  readonly count: number;
  /** Whether its account says what was sent. */
  readonly hasSent: boolean;
  /** From a moment on, in the order in which they came in, some at a time. What is left out is counted in `left`. */
  events(since: number, left: LeftOut): AsyncIterable<readonly RecordedEvent[]>;
  sent(since: number): AsyncIterable<SentMessage>;
  close(): Promise<void>;
}

/** What one reading of a store could not use, by why. */
export interface LeftOut {
  /** Lines that are no events. */
  unreadable(why: string): void;
  /** Events that are, and that were left out all the same. */
  other(why: string): void;
}

export function recordingIn(part: StorePart): RecordingPart {
  return {
    name: part.name,
    count: part.count,
    span: async () => part.span,
    async gather(since, { emitted, newFile, onEvents }) {
      const gatherer = createGatherer(newFile(), emitted, onEvents);
      if (part.hasSent) gatherer.sent(null);
      for await (const message of part.sent(since)) gatherer.sent(message);
      for await (const some of part.events(since, gatherer)) for (const recorded of some) gatherer.event(recorded);
      return [gatherer.finish()];
    },
    close: () => part.close(),
  };
}

/**
 * What came into a store, for as long as it keeps that, and what its account says was sent. Everything ends where it ended
 * when it was opened, so that each reading is the same though the system runs.
 */
export async function openStorePart(store: Reading, name: string): Promise<StorePart> {
  const events: Read = (page) => store.pastEvents(page);
  const [first] = await events({ limit: 1 });
  const last = await lastLine(events);
  const lastSaid = await lastLine((page) => store.audit(page));
  return {
    name,
    span: first === undefined || last === null ? null : { from: first.at, to: last.at },
    // Places are those of all that the store numbers: there are no more events than that.
    count: first === undefined || last === null ? 0 : last.place - first.place + 1,
    hasSent: lastSaid !== null,
    events: (since, left) => eventsOf(store, since, last, left),
    sent: (since) => sentOf(store, since, lastSaid),
    close: () => store.close(),
  };
}

async function* eventsOf(
  store: Reading,
  since: number,
  last: AuditLine | null,
  left: LeftOut,
): AsyncGenerator<readonly RecordedEvent[]> {
  const isGone = rememberErased(store);
  for await (const page of linesFrom((asked) => store.pastEvents(asked), since, last)) {
    const gone = await isGone(page);
    const events: RecordedEvent[] = [];
    for (const line of page) {
      // Words that contacts hand on to each other are said again by whoever decides the events; so are replayed events.
      if (line.at < since || line.id.startsWith("replay:") || isHandedOn(line.body)) continue;
      if (gone(line)) {
        left.other("events of contacts that were erased since");
        continue;
      }
      const read = readRecordedLine(Buffer.from(line.body.buffer, line.body.byteOffset, line.body.byteLength));
      if (read.kind === "none") left.unreadable(read.why);
      if (read.kind === "event") events.push({ ...read.event, at: line.at, key: line.key });
    }
    yield events;
  }
}

/** They begin with what they are; an event, with its version or anything else. */
function isHandedOn(body: Uint8Array): boolean {
  return hasWords(body, ['"kind":']) && HANDED_ON.test(Buffer.from(body).toString("utf8"));
}

const HANDED_ON = /^\{"kind":"/;

async function* sentOf(store: Reading, since: number, last: AuditLine | null): AsyncGenerator<SentMessage> {
  for await (const page of linesFrom((asked) => store.audit(asked), since, last)) {
    for (const { at, key, body } of page) {
      const line = at >= since && hasWords(body, ['"reason":"sent"']) ? lineOf(body) : null;
      if (line?.kind !== "message" || line.reason !== "sent") continue;
      const { intent, rule, step, detail } = line;
      const channel = detail?.["channel"];
      if (intent === undefined || rule === undefined || step === undefined || typeof channel !== "string") continue;
      yield { at: line.at, key, intent, rule, step, channel };
    }
  }
}

/** Page by page, from a moment on: what lies before it is not read through. */
async function* linesFrom(read: Read, since: number, last: AuditLine | null): AsyncGenerator<readonly AuditLine[]> {
  if (last === null) return;
  let after = await placeBefore(read, since, last.place);
  while (after < last.place) {
    const page = await read({ after, limit: PAGE });
    const newest = page.at(-1);
    if (newest === undefined) return;
    yield page.filter(({ place }) => place <= last.place);
    after = newest.place;
  }
}

/** The last line that there is now: places only grow, so it is found by halving. */
async function lastLine(read: Read): Promise<AuditLine | null> {
  let [found] = await read({ limit: 1 });
  if (found === undefined) return null;
  let [low, high] = [found.place, Math.max(2, found.place * 2)];
  for (let line = await lineBehind(read, high); line !== null; line = await lineBehind(read, high)) {
    found = line;
    low = line.place;
    high = line.place * 2;
  }
  while (high > low) {
    const middle = Math.floor((low + high) / 2);
    const line = await lineBehind(read, middle);
    if (line === null) high = middle;
    else {
      found = line;
      low = line.place;
    }
  }
  return found;
}

/** A place behind which all that came in since a moment lies, and little else. */
async function placeBefore(read: Read, since: number, last: number): Promise<number> {
  let [low, high] = [0, last];
  while (high - low > PAGE) {
    const middle = Math.floor((low + high) / 2);
    const line = await lineBehind(read, middle);
    if (line === null || line.at >= since) high = middle;
    else low = line.place;
  }
  return low;
}

async function lineBehind(read: Read, after: number): Promise<AuditLine | null> {
  const [line] = await read({ after, limit: 1 });
  return line ?? null;
}

/** Whose contact was erased after it came in: a store that keeps what came in where it waits keeps that of them, too. */
export function rememberErased(store: Pick<Store, "load">) {
  /** Epoch milliseconds; null for those who were not. */
  const known = new Map<Key, number | null>();
  const look = async (key: Key): Promise<void> => {
    const doc = await store.load(key, "cached");
    const erased = doc !== null && hasWords(doc.body, ['"erased":{']) ? decodeContact(doc).erased : null;
    known.set(key, erased?.at ?? null);
  };
  return async (page: readonly AuditLine[]): Promise<(line: AuditLine) => boolean> => {
    const news = new Set(page.map(({ key }) => key).filter((key) => !known.has(key)));
    await Promise.all([...news].map(look));
    return ({ key, at }) => at <= (known.get(key) ?? Number.NEGATIVE_INFINITY);
  };
}
