import { type Msg, MsgHdrsImpl } from "nats";

const decoder = new TextDecoder();

/** Reads one header of a message; undefined when it has none of that name. */
export type HeaderReader = (name: string) => string | undefined;

/**
 * The client makes a map of all headers, checks every letter of their names and walks over all of them for each that is
 * asked for: a tenth of what an event cost. Of most messages we ask for two or three, so they are looked for in the text.
 */
export function headersOf(message: HasHeaders): HeaderReader {
  const raw = rawOf(message);
  if (raw === null) return (name) => (message.headers?.has(name) === true ? message.headers.get(name) : undefined);
  let text: string | null = null;
  return (name) => {
    text ??= decoder.decode(raw);
    const line = `\r\n${name}:`;
    const found = text.indexOf(line);
    if (found < 0) return undefined;
    const from = found + line.length;
    return text.slice(from, text.indexOf("\r\n", from)).trim();
  };
}

interface HasHeaders {
  readonly headers?: Msg["headers"] | undefined;
}

/** As the client received it; null for a message of another make. */
function rawOf(message: object): Uint8Array | null {
  if (!("_msg" in message && "_rdata" in message))
    return "msg" in message && isObject(message.msg) ? rawOf(message.msg) : null;
  const { _msg: parsed, _rdata: received } = message;
  if (!isObject(parsed) || !("hdr" in parsed) || !(received instanceof Uint8Array)) return null;
  return typeof parsed.hdr === "number" ? received.subarray(0, Math.max(0, parsed.hdr)) : null;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

/** The client asks headers for their bytes only; its own check and rewrite every name, letter by letter, each time. */
export class EncodedHeaders extends MsgHdrsImpl {
  readonly #bytes: Uint8Array;
  constructor(fields: Readonly<Record<string, string>>) {
    super();
    let lines = "NATS/1.0\r\n";
    for (const name in fields) {
      const value = fields[name] ?? "";
      if (/[\r\n]/.test(value)) throw new RangeError("a header is one line");
      lines += `${name}: ${value}\r\n`;
    }
    this.#bytes = Buffer.from(`${lines}\r\n`, "utf8");
  }
  override encode(): Uint8Array {
    return this.#bytes;
  }
}
