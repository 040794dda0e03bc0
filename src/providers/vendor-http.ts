import type { IncomingHttpHeaders } from "node:http";
import { Agent } from "undici";
import type { Dispatcher } from "undici";
import { refusalIn } from "../outgoing/guarded-agent.ts";

/** HTTP to a vendor, for us or for its SDK: over connections that are kept, because a TLS handshake costs more than a call. */
export interface VendorHttp {
  /**
   * One request, one answer; redirects are not followed, because they would repeat a create. Rejects with `HttpFailure`,
   * which `transportFailure` makes an outcome of.
   */
  call(request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer>;
  close(): Promise<void>;
}

export interface HttpRequest {
  readonly method: "GET" | "POST" | "PUT";
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

export interface HttpAnswer {
  readonly status: number;
  /** Names in lower case; of a header that came twice, both values with a comma between. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A call without an answer. It says how far the request got and never carries the request itself, which has credentials. */
export class HttpFailure extends Error {
  readonly code: string;
  /** Whether a byte of the request may have reached the vendor. */
  readonly written: boolean;

  constructor(code: string, written: boolean) {
    super(code);
    this.code = code;
    this.written = written;
  }
}

/** The code of a call to a place that configuration does not allow: it will be the same next time. */
export const addressRefused = "address_refused";

/**
 * An idle connection is dropped by us well before a load balancer would (the common default is 60 s, nginx' is 75 s):
 * a request written onto a connection that the other side is just closing ends as an ambiguous outcome.
 */
const idleTimeoutMs = 4_000;
/** To one vendor at a time; how many calls there are is for the channel's rate to say. */
const maxConnections = 64;
/** An answer of a vendor to one call is a page at most, of a thousand long texts for example; more is not for us. */
const maxAnswerBytes = 5 * 1_048_576;

export interface VendorHttpOptions {
  /** In the place of connections of our own: those that refuse private addresses, for places that rules name. */
  readonly agent?: Dispatcher;
}

export function openVendorHttp({ agent = openAgent() }: VendorHttpOptions = {}): VendorHttp {
  return {
    call: (asked, signal) =>
      new Promise((resolve, reject) => {
        const { origin, pathname, search } = new URL(asked.url);
        const exchange = new Exchange(resolve, reject, signal);
        const { method, headers = {}, body = null } = asked;
        agent.dispatch({ origin, path: pathname + search, method, headers: { ...headers }, body }, exchange);
      }),
    async close() {
      await agent.destroy();
    },
  };
}

function openAgent(): Agent {
  return new Agent({
    connections: maxConnections,
    keepAliveTimeout: idleTimeoutMs,
    keepAliveMaxTimeout: idleTimeoutMs,
    maxResponseSize: maxAnswerBytes,
  });
}

/** One request with its answer, as the client reports on it. */
class Exchange implements Dispatcher.DispatchHandler {
  readonly #resolve: (answer: HttpAnswer) => void;
  readonly #reject: (failure: HttpFailure) => void;
  readonly #signal: AbortSignal;
  readonly #chunks: Buffer[] = [];
  #controller: Dispatcher.DispatchController | null = null;
  #written = false;
  #status = 0;
  #headers: Readonly<Record<string, string>> = {};

  constructor(resolve: (answer: HttpAnswer) => void, reject: (failure: HttpFailure) => void, signal: AbortSignal) {
    this.#resolve = resolve;
    this.#reject = reject;
    this.#signal = signal;
    if (signal.aborted) this.#abort();
    else signal.addEventListener("abort", this.#abort, { once: true });
  }

  /** A connection stands, and the first byte is about to be written. */
  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#signal.aborted) controller.abort(new Error("aborted"));
    else this.#written = true;
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    this.#status = status;
    const known: Record<string, string> = {};
    for (const [name, value = ""] of Object.entries(headers)) {
      known[name] = typeof value === "string" ? value : value.join(", ");
    }
    this.#headers = known;
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    this.#end();
    this.#resolve({ status: this.#status, headers: this.#headers, body: Buffer.concat(this.#chunks).toString("utf8") });
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    this.#end();
    this.#reject(new HttpFailure(this.#signal.aborted ? "timeout" : codeOf(error), this.#written));
  }

  /** Also while the request still waits for a connection, of which the client can't take it back. */
  readonly #abort = (): void => {
    this.#controller?.abort(new Error("aborted"));
    this.#reject(new HttpFailure("timeout", this.#written));
  };

  #end(): void {
    this.#signal.removeEventListener("abort", this.#abort);
  }
}

function codeOf(error: Error): string {
  if (refusalIn(error) !== null) return addressRefused;
  const code: unknown = Reflect.get(error, "code");
  if (typeof code !== "string" || !/^[A-Z][A-Z0-9_]{2,60}$/.test(code)) return "unexpected_failure";
  // As Node's own client says it of a connection that the other side closed without a word.
  if (code === "UND_ERR_SOCKET") return "ECONNRESET";
  return /^UND_ERR_\w*TIMEOUT$/.test(code) ? "timeout" : code;
}
