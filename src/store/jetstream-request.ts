import { createInbox } from "nats";
import type { Msg, MsgHdrs, NatsConnection } from "nats";
import type { Clock } from "../core/model/clock.ts";
import { HEADER, toStoredMessage } from "./jetstream-document.ts";
import type { StoredMessage } from "./jetstream-document.ts";
import { EncodedHeaders } from "./jetstream-headers.ts";
import { Unavailable } from "./store.ts";

/** What the server answered to a publish into a stream. */
export type Published =
  | { readonly ok: true; readonly seq: number; readonly duplicate: boolean }
  /** The expected last sequence of the subject was another one. */
  | { readonly ok: false };

/** Every request to JetStream passes here: one window, one time-out, one reading of errors, one policy of repeating. */
export interface JetStreamRequests {
  /**
   * Rejects with Unavailable when it was refused or nobody knows whether it was stored, with RangeError when it is larger
   * than the server takes. Published again after a time-out unless it expects a sequence: the server, or whoever reads the
   * message, knows it by its id, but a compare-and-set would conflict with itself.
   */
  publish(subject: string, body: Uint8Array, headers: Readonly<Record<string, string>>): Promise<Published>;
  /** A call of the JSON API; `$JS.API.` goes before the subject. Rejects with JetStreamError for an answer that is an error. */
  api(subject: string, payload?: object): Promise<Readonly<Record<string, unknown>>>;
  /** Read from the stream's leader, so it sees every acknowledged write. */
  last(stream: string, subject: string): Promise<StoredMessage | null>;
  /** The same of the first that has this sequence number or a higher one. */
  next(stream: string, subject: string, from: number): Promise<StoredMessage | null>;
  /** Why something was refused for want of room a moment ago; null when nothing was. */
  noRoom(): string | null;
  /** Without an answer: verdicts on deliveries and calls for more of them. Lost when the connection is, as they may be. */
  tell(subject: string, body: string, reply?: string): void;
  /**
   * What was said goes out, and what was asked has its answer, within the time that each may take. Whoever asks from now on
   * gets Unavailable; what is told still goes out.
   */
  close(): Promise<void>;
  /** The connection was lost or came back. While it is lost every request fails at once, and so do those under way. */
  connected(is: boolean): void;
  /** The server says that our user may not publish there: what was asked gets no answer. Null: we may hear none at all. */
  forbidden(subject: string | null, why: string): void;
}

/** An error that the server answered with, as against none at all. */
export class JetStreamError extends Error {
  override readonly name = "JetStreamError";
  readonly errCode: number;
  constructor(errCode: number, description: string) {
    super(`nats-server answered ${errCode}: ${description}`);
    this.errCode = errCode;
  }
}

/** Numbers of `server/errors.json` of nats-server. */
export const ERROR = {
  noMessageFound: 10037,
  /** Deleting a message that is not there. */
  sequenceNotFound: 10043,
  streamNotFound: 10059,
  /** Expected last sequence was another. */
  wrongLastSequence: 10071,
  /** Since 2.11: an update of that subject is under way; without a number, but a conflict all the same. */
  wrongLastSequenceConstant: 10164,
} as const;

/** Answers that say: nothing was done, and soon it can be. */
const COMES_AGAIN: ReadonlySet<number> = new Set([
  // Nobody listens there: JetStream, or the stream's leader, is being elected. A status of NATS itself, not of JetStream.
  503,
  // The cluster has no leader at the moment, or this server is not the one.
  10008, 10009,
  // Since 2.11: the very message is being stored; told again, the server says that it knows it.
  10158,
  // Since 2.11: the server can't tell the last sequence right now.
  10163,
  // Since 2.11: more messages are waiting to be stored than the stream takes in.
  10167,
]);

/** Whether an error says that nothing was done, and soon can be, as while a cluster elects its leader. */
export function passesByItself(error: unknown): boolean {
  return error instanceof JetStreamError && COMES_AGAIN.has(error.errCode);
}

/** Answers that say: the message would never be taken. Of the message itself, of its headers. */
const TOO_LARGE: ReadonlySet<number> = new Set([10054, 10097]);

/** Answers that stay the same until somebody gives JetStream more room: of the account, of the machine, of the stream. */
const FULL: ReadonlySet<number> = new Set([10002, 10023, 10028, 10047, 10077]);
const FULL_RETRY_MS = 10_000;
/** Those who were refused have come again by then. */
const FULL_SHOWN_MS = 3 * FULL_RETRY_MS;

const TIMEOUT_MS = 5_000;
/** Requests under way at once; the others wait. Since 2.11, servers drop what is published far ahead of their answers. */
const WINDOW = 1_000;
const RETRY_FIRST_MS = 50;
const RETRY_MOST_MS = 500;

type Answer = Readonly<Record<string, unknown>>;

export function createRequests(nc: NatsConnection, clock: Clock): JetStreamRequests {
  const pipeline = createPipeline(nc, clock);
  let refused: { readonly why: string; readonly at: number } | null = null;

  /** Asks until the answer is another than "later", for as long as one request may take. */
  async function request(subject: string, body: Uint8Array, headers?: MsgHdrs): Promise<Answer> {
    const until = clock.monotonic() + TIMEOUT_MS;
    for (let pause = RETRY_FIRST_MS; ; pause = Math.min(2 * pause, RETRY_MOST_MS)) {
      const answer = readAnswer(await pipeline.ask(subject, body, headers));
      if (!(answer instanceof JetStreamError)) return answer;
      const isOver = clock.monotonic() + pause > until;
      if (!COMES_AGAIN.has(answer.errCode) || isOver) throw answer;
      await new Promise<void>((resolve) => void clock.after(pause, resolve));
    }
  }

  /** For what may be done twice: a time-out says nothing about whether it was done. */
  async function repeatable(subject: string, body: Uint8Array, headers?: MsgHdrs): Promise<Answer> {
    try {
      return await request(subject, body, headers);
    } catch (error) {
      if (!(error instanceof TimedOut)) throw error;
      return await request(subject, body, headers);
    }
  }

  async function stored(stream: string, which: object): Promise<StoredMessage | null> {
    try {
      const { message } = await repeatable(`$JS.API.STREAM.MSG.GET.${stream}`, encodeJson(which));
      return isObject(message) ? toStoredMessage(message) : null;
    } catch (error) {
      if (error instanceof JetStreamError && error.errCode === ERROR.noMessageFound) return null;
      throw asUnavailable(error);
    }
  }

  return {
    api: (subject, payload) => request(`$JS.API.${subject}`, payload === undefined ? NOTHING : encodeJson(payload)),
    async publish(subject, body, fields) {
      const headers = new EncodedHeaders(fields);
      const isCompared = fields[HEADER.expected] !== undefined;
      try {
        const answer = await (isCompared ? request : repeatable)(subject, body, headers);
        return { ok: true, seq: Number(answer["seq"]), duplicate: answer["duplicate"] === true };
      } catch (error) {
        if (!(error instanceof JetStreamError)) throw error;
        const { errCode } = error;
        if (errCode === ERROR.wrongLastSequence || errCode === ERROR.wrongLastSequenceConstant) return { ok: false };
        if (TOO_LARGE.has(errCode)) throw new RangeError(error.message, { cause: error });
        const unavailable = asUnavailable(error);
        if (FULL.has(errCode) && unavailable instanceof Error)
          refused = { why: unavailable.message, at: clock.monotonic() };
        throw unavailable;
      }
    },
    last: (stream, subject) => stored(stream, { last_by_subj: subject }),
    next: (stream, subject, from) => stored(stream, { seq: from, next_by_subj: subject }),
    // A publish that succeeds says little: a smaller one fits where a larger one does not.
    noRoom: () => (refused !== null && clock.monotonic() - refused.at < FULL_SHOWN_MS ? refused.why : null),
    tell: (subject, body, reply) => pipeline.tell(subject, body, reply),
    close: () => pipeline.close(),
    connected: (is) => pipeline.connected(is),
    forbidden: (subject, why) => pipeline.forbidden(subject, why),
  };
}

/** Nobody knows what came of it. */
class TimedOut extends Unavailable {}

interface Question {
  readonly subject: string;
  readonly body: Uint8Array;
  readonly headers: MsgHdrs | undefined;
  readonly deadline: number;
  readonly answered: (message: Msg) => void;
  readonly failed: (why: Error) => void;
}

interface Pipeline {
  ask(subject: string, body: Uint8Array, headers: MsgHdrs | undefined): Promise<Msg>;
  tell(subject: string, body: string, reply: string | undefined): void;
  close(): Promise<void>;
  connected(is: boolean): void;
  forbidden(subject: string | null, why: string): void;
}

/**
 * Many requests over one subscription: the last token of the subject says which one is answered, and one timer watches
 * over all of them. The client's own `request` costs five times as much (a timer, a race and a stack trace for each).
 */
function createPipeline(nc: NatsConnection, clock: Clock): Pipeline {
  const inbox = createInbox();
  const line = createLine();
  /** Those sent, by number, in the order of their deadlines. */
  const underWay = new Map<number, Question>();
  const waiting: Question[] = [];
  let count = 0;
  let cancelWatch: (() => void) | null = null;
  /** Null while connected. */
  let lost: Unavailable | null = null;
  let isClosing = false;
  let allAnswered = (): void => undefined;

  function received(message: Msg): void {
    const number = Number(message.subject.slice(inbox.length + 1));
    const question = underWay.get(number);
    // One that nobody waits for any more.
    if (question === undefined) return;
    underWay.delete(number);
    question.answered(message);
    sendWaiting();
  }

  function sendWaiting(): void {
    while (underWay.size < WINDOW) {
      const next = waiting.shift();
      if (next === undefined) break;
      send(next);
    }
    if (underWay.size === 0) allAnswered();
  }

  function send(question: Question): void {
    count += 1;
    const number = count;
    underWay.set(number, question);
    if (cancelWatch === null) watch(question.deadline);
    const { subject, body, headers } = question;
    line.say(() => {
      try {
        nc.publish(subject, body, { reply: `${inbox}.${number}`, ...(headers === undefined ? {} : { headers }) });
      } catch (error) {
        underWay.delete(number);
        question.failed(refusedByClient(error));
        sendWaiting();
      }
    });
  }

  function watch(deadline: number): void {
    cancelWatch = clock.after(Math.max(0, deadline - clock.monotonic()), () => {
      const now = clock.monotonic();
      // A request that went out during a reconnect can vanish without a trace (seen with nats 2.29).
      for (const [number, question] of underWay) {
        if (question.deadline > now) break;
        underWay.delete(number);
        question.failed(new TimedOut("NATS JetStream did not answer in time"));
      }
      while (waiting[0] !== undefined && waiting[0].deadline <= now) {
        waiting.shift()?.failed(new Unavailable("NATS JetStream answers too slowly: too many requests are waiting"));
      }
      sendWaiting();
      cancelWatch = null;
      const [oldest] = underWay.values();
      if (oldest !== undefined) watch(oldest.deadline);
    });
  }

  function failAll(why: Unavailable): void {
    lost = why;
    // A timer that is left would keep a command alive that has done its work.
    cancelWatch?.();
    cancelWatch = null;
    const all = [...underWay.values(), ...waiting.splice(0)];
    underWay.clear();
    for (const question of all) question.failed(why);
    allAnswered();
  }

  nc.subscribe(`${inbox}.*`, { callback: (error, message) => void (error === null && received(message)) });
  void nc.closed().then(() => failAll(new Unavailable("the connection to NATS is closed")));

  return {
    ask(subject, body, headers) {
      return new Promise<Msg>((answered, failed) => {
        if (lost !== null) return failed(lost);
        if (isClosing) return failed(new Unavailable("the connection to NATS is being closed"));
        const question = { subject, body, headers, deadline: clock.monotonic() + TIMEOUT_MS, answered, failed };
        if (underWay.size < WINDOW) send(question);
        else waiting.push(question);
      });
    },
    tell(subject, body, reply) {
      line.say(() => {
        if (!nc.isClosed() && !nc.isDraining()) nc.publish(subject, body, reply === undefined ? {} : { reply });
      });
    },
    async close() {
      isClosing = true;
      line.flush();
      // Who is answered last still has its acknowledgement to say.
      if (underWay.size > 0) await new Promise<void>((resolve) => (allAnswered = () => afterThisTurn(resolve)));
      line.flush();
    },
    connected(is) {
      if (is) lost = null;
      else failAll(new Unavailable("the connection to NATS is lost; it is being restored"));
    },
    forbidden(subject, why) {
      for (const [number, question] of underWay) {
        if (subject !== null && question.subject !== subject) continue;
        underWay.delete(number);
        question.failed(new Unavailable(why));
      }
      sendWaiting();
    },
  };
}

/** When all that the sockets had for us is read and has gone on. */
function afterThisTurn(task: () => void): void {
  // oxlint-disable-next-line no-restricted-globals -- a turn of the event loop is no time, and no clock has one
  setImmediate(task);
}

/**
 * What many handlers say in one turn of the event loop goes out together when they have all gone on: a write to the
 * socket, and the server's reading of it, costs more than a message in it. Webhooks come over sockets of their own.
 */
function createLine(): { say(send: () => void): void; flush(): void } {
  const outgoing: (() => void)[] = [];
  const flush = (): void => {
    for (const send of outgoing.splice(0)) send();
  };
  return {
    say(send) {
      if (outgoing.push(send) === 1) afterThisTurn(flush);
    },
    flush,
  };
}

/** The client throws for a message larger than the server's `max_payload`, and while it drains or is closed. */
function refusedByClient(error: unknown): Error {
  if (error instanceof Error && "code" in error && error.code === "MAX_PAYLOAD_EXCEEDED") {
    return new RangeError("larger than the max_payload of nats-server", { cause: error });
  }
  return new Unavailable("the connection to NATS takes no more requests", { cause: error });
}

const decoder = new TextDecoder();

function readAnswer(message: Msg): Answer | JetStreamError {
  const { data } = message;
  if (data.length === 0 && message.headers?.code === 503) return new JetStreamError(503, "nobody answers there");
  const answer: unknown = JSON.parse(decoder.decode(data));
  if (!isObject(answer)) throw new Unavailable("NATS JetStream answered with something that is not an object");
  const { error } = answer;
  if (!isObject(error)) return answer;
  const { err_code: errCode, code, description } = error;
  return new JetStreamError(
    Number(errCode ?? code ?? 0),
    typeof description === "string" ? description : "no reason given",
  );
}

const NOTHING = new Uint8Array(0);

function encodeJson(payload: object): Uint8Array {
  return Buffer.from(JSON.stringify(payload), "utf8");
}

/** An error answer that no caller has a meaning for. */
export function asUnavailable(error: unknown): unknown {
  if (!(error instanceof JetStreamError)) return error;
  if (FULL.has(error.errCode)) {
    const message = `NATS JetStream has no room left: give it more, or a larger limit; ${error.message}`;
    return new Unavailable(message, { code: "full", retryAfterMs: FULL_RETRY_MS, cause: error });
  }
  const code = `nats-${error.errCode}`;
  return new Unavailable(`NATS JetStream refused a request: ${error.message}`, { code, cause: error });
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
