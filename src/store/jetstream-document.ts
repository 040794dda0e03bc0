import type { HeaderReader } from "./jetstream-headers.ts";
import type { Emit, Key } from "./store.ts";

/** A message as a stream holds it. */
export interface StoredMessage {
  readonly seq: number;
  readonly subject: string;
  readonly headers: ReadonlyMap<string, string>;
  readonly data: Buffer;
}

/** As the JSON API tells it. */
export function toStoredMessage(message: Readonly<Record<string, unknown>>): StoredMessage {
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

/** A contact's document as its key-value message holds it: body and outbox in the payload, what others must see in headers. */
export interface Envelope {
  readonly erased: boolean;
  readonly body: Uint8Array;
  readonly writtenAt: number;
  readonly wakeAt: number | null;
  /** Which process wrote it: its watermark tells whether the outbox has been relayed. */
  readonly writer: string;
  readonly outbox: readonly Emit[];
}

export const HEADER = {
  id: "Heed-Id",
  at: "Heed-At",
  reason: "Heed-Reason",
  due: "Heed-Due",
  writer: "Heed-Writer",
  /** How many emits the outbox has. */
  outbox: "Heed-Outbox",
  /** Bytes of the payload that are the body; its index follows, then the bodies of the emits. */
  bodyBytes: "Heed-Body-Bytes",
  indexBytes: "Heed-Index-Bytes",
  erased: "Heed-Erased",
  messageId: "Nats-Msg-Id",
  expected: "Nats-Expected-Last-Subject-Sequence",
} as const;

/** Events that others publish into the stream may lack our header. */
export function idOfMessage({ header, seq }: { readonly header: HeaderReader; readonly seq: number }): string {
  const id = header(HEADER.id);
  return id === undefined ? (header(HEADER.messageId) ?? `seq:${seq}`) : decodeURIComponent(id);
}

export function encodeEnvelope(envelope: Envelope): {
  readonly payload: Buffer;
  readonly headers: Readonly<Record<string, string>>;
} {
  const { outbox, body, wakeAt } = envelope;
  const index = outbox.map((emit) => [emit.lane, emit.id, emit.key, emit.body.byteLength]);
  const indexBytes = Buffer.from(outbox.length === 0 ? "" : JSON.stringify(index), "utf8");
  return {
    payload: Buffer.concat([body, indexBytes, ...outbox.map((emit) => emit.body)]),
    headers: {
      [HEADER.at]: String(envelope.writtenAt),
      [HEADER.writer]: envelope.writer,
      [HEADER.outbox]: String(outbox.length),
      [HEADER.bodyBytes]: String(body.byteLength),
      [HEADER.indexBytes]: String(indexBytes.length),
      ...(wakeAt === null ? {} : { [HEADER.due]: String(wakeAt) }),
      ...(envelope.erased ? { [HEADER.erased]: "1" } : {}),
    },
  };
}

export function decodeEnvelope(message: StoredMessage): Envelope {
  const { headers, data } = message;
  const bodyBytes = Number(headers.get(HEADER.bodyBytes) ?? data.length);
  const due = headers.get(HEADER.due);
  return {
    erased: headers.has(HEADER.erased),
    body: new Uint8Array(data.subarray(0, bodyBytes)),
    writtenAt: Number(headers.get(HEADER.at) ?? 0),
    wakeAt: due === undefined ? null : Number(due),
    writer: headers.get(HEADER.writer) ?? "",
    outbox: decodeOutbox(data, bodyBytes, Number(headers.get(HEADER.indexBytes) ?? 0)),
  };
}

function decodeOutbox(data: Buffer, bodyBytes: number, indexBytes: number): readonly Emit[] {
  if (indexBytes === 0) return [];
  const index = JSON.parse(data.toString("utf8", bodyBytes, bodyBytes + indexBytes)) as readonly (readonly [
    Emit["lane"],
    string,
    Key,
    number,
  ])[];
  let offset = bodyBytes + indexBytes;
  return index.map(([lane, id, key, length]) => {
    const body = new Uint8Array(data.subarray(offset, offset + length));
    offset += length;
    return { lane, id, key, body };
  });
}
