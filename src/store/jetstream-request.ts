import { headers as createHeaders } from "nats";
import type { MsgHdrs, NatsConnection } from "nats";
import type { Clock } from "../core/model/clock.ts";
import { Unavailable } from "./store.ts";

/** What the server answered to a publish into a stream. */
export type Published =
  | { readonly ok: true; readonly seq: number; readonly duplicate: boolean }
  /** The expected last sequence of the subject was another one. */
  | { readonly ok: false };

/** A message as a stream holds it. */
export interface StoredMessage {
  readonly seq: number;
  readonly subject: string;
  readonly headers: ReadonlyMap<string, string>;
  readonly data: Buffer;
}

/** Every request to JetStream passes here: one time-out, one reading of errors. */
export interface JetStreamRequests {
  publish(subject: string, body: Uint8Array, headers: Readonly<Record<string, string>>): Promise<Published>;
  /** A call of the JSON API; `$JS.API.` goes before the subject. Rejects with JetStreamError for an answer that is an error. */
  api(subject: string, payload?: object): Promise<Readonly<Record<string, unknown>>>;
  /** Read from the stream's leader, so it sees every acknowledged write. */
  last(stream: string, subject: string): Promise<StoredMessage | null>;
  /** The connection was lost or came back. While it is lost every request fails at once, and so do those under way. */
  connected(is: boolean): void;
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
  /** Since 2.11: the very message is being stored at the moment. */
  duplicateInProcess: 10158,
  /** Since 2.11: the server can't tell the last sequence right now. */
  sequenceUnavailable: 10163,
} as const;

const TIMEOUT_MS = 5_000;
const RETRY_MS = 50;
const RETRIES = 20;

export function createRequests(nc: NatsConnection, clock: Clock): JetStreamRequests {
  /** Null while connected. */
  let lost: Unavailable | null = null;
  const underWay = new Set<(why: Unavailable) => void>();

  /** The client itself would let a request sit out its time when the connection it went out on is gone. */
  async function whileConnected<T>(answer: Promise<T>): Promise<T> {
    let onLost = (_why: Unavailable): void => undefined;
    const failed = new Promise<never>((_, reject) => {
      onLost = reject;
    });
    underWay.add(onLost);
    try {
      return await Promise.race([answer, failed]);
    } finally {
      underWay.delete(onLost);
    }
  }

  async function request(
    subject: string,
    body: Uint8Array,
    headers?: MsgHdrs,
  ): Promise<Readonly<Record<string, unknown>>> {
    if (nc.isClosed()) throw new Unavailable("the connection to NATS is closed");
    if (lost !== null) throw lost;
    let data: Uint8Array;
    try {
      const options = { timeout: TIMEOUT_MS, ...(headers === undefined ? {} : { headers }) };
      ({ data } = await whileConnected(nc.request(subject, body, options)));
    } catch (error) {
      if (error instanceof Unavailable) throw error;
      // No answer, or nobody to give one. A request sent during a reconnect can vanish without a trace (seen with nats 2.29).
      throw new Unavailable("NATS JetStream did not answer", { cause: error });
    }
    const answer: unknown = JSON.parse(Buffer.from(data).toString("utf8"));
    if (!isObject(answer)) throw new Unavailable("NATS JetStream answered with something that is not an object");
    const { error } = answer;
    if (isObject(error)) {
      const { err_code: errCode, code, description } = error;
      throw new JetStreamError(
        Number(errCode ?? code ?? 0),
        typeof description === "string" ? description : "no reason given",
      );
    }
    return answer;
  }

  async function publishOnce(subject: string, body: Uint8Array, headers: MsgHdrs): Promise<Published | "retry"> {
    try {
      const answer = await request(subject, body, headers);
      return { ok: true, seq: Number(answer["seq"]), duplicate: answer["duplicate"] === true };
    } catch (error) {
      if (!(error instanceof JetStreamError)) throw error;
      const { errCode } = error;
      if (errCode === ERROR.wrongLastSequence || errCode === ERROR.wrongLastSequenceConstant) return { ok: false };
      if (errCode === ERROR.duplicateInProcess || errCode === ERROR.sequenceUnavailable) return "retry";
      throw new Unavailable("NATS JetStream refused to store a message", { cause: error });
    }
  }

  const api: JetStreamRequests["api"] = (subject, payload) =>
    request(
      `$JS.API.${subject}`,
      payload === undefined ? new Uint8Array(0) : Buffer.from(JSON.stringify(payload), "utf8"),
    );

  return {
    api,
    async publish(subject, body, fields) {
      const headers = createHeaders();
      for (const [name, value] of Object.entries(fields)) headers.set(name, value);
      for (let attempt = 0; attempt < RETRIES; attempt += 1) {
        const answer = await publishOnce(subject, body, headers);
        if (answer !== "retry") return answer;
        await new Promise<void>((resolve) => void clock.after(RETRY_MS, resolve));
      }
      throw new Unavailable("NATS JetStream kept asking to try again");
    },
    async last(stream, subject) {
      try {
        const { message } = await api(`STREAM.MSG.GET.${stream}`, { last_by_subj: subject });
        return isObject(message) ? toStoredMessage(message) : null;
      } catch (error) {
        if (error instanceof JetStreamError && error.errCode === ERROR.noMessageFound) return null;
        throw asUnavailable(error);
      }
    },
    connected(is) {
      lost = is ? null : new Unavailable("the connection to NATS is lost; it is being restored");
      if (lost === null) return;
      for (const fail of underWay) fail(lost);
    },
  };
}

/** An error answer that no caller has a meaning for. */
export function asUnavailable(error: unknown): unknown {
  return error instanceof JetStreamError
    ? new Unavailable("NATS JetStream refused a request", { cause: error })
    : error;
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

function toStoredMessage(message: Readonly<Record<string, unknown>>): StoredMessage {
  const headers = new Map<string, string>();
  const [, ...lines] = fromBase64(message["hdrs"]).toString("utf8").split("\r\n");
  for (const line of lines) {
    const colon = line.indexOf(":");
    if (colon > 0) headers.set(line.slice(0, colon), line.slice(colon + 1).trim());
  }
  return {
    seq: Number(message["seq"]),
    subject: String(message["subject"]),
    headers,
    data: fromBase64(message["data"]),
  };
}

function fromBase64(value: unknown): Buffer {
  return Buffer.from(typeof value === "string" ? value : "", "base64");
}
