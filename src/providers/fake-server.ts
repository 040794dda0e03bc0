import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";

/**
 * What a fake does with the next create. `accept-*` keep the message, as a vendor does whose answer is then lost;
 * `opted-out` and `invalid` are refusals in the vendor's own words, or `ok` where it has none.
 */
export type FakeAnswer =
  | "ok"
  | "401"
  | "429"
  | "500"
  | "accept-then-hang"
  | "accept-then-reset"
  | "hang"
  | "html-200"
  | "empty-200"
  | "opted-out"
  | "invalid"
  /** A vendor's own error code. */
  | { readonly code: number };

export interface FakeRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

export interface FakeReply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface FakeServer {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  /** The answers to the next creates, in order; `ok` when they are used up. */
  script(...answers: readonly FakeAnswer[]): void;
  close(): Promise<void>;
}

/**
 * `reset` tears the connection down, `hang` never answers. `next` is asked once for each create: it takes the next of
 * the script, or what the recipient's name says.
 */
export type FakeHandler = (
  request: FakeRequest,
  next: (recipient?: string | null) => FakeAnswer,
) => FakeReply | "hang" | "reset";

/** Who says what to do with creates that no script speaks of: `fake-reporter.ts`. */
export interface FakeRecipients {
  answerFor(recipient: string | null): FakeAnswer | "slow";
  later(ms: number, task: () => void): void;
}

const slowMs = 3_000;

/** A real HTTP server on the loopback interface that stands in for a vendor, so that the vendor's own SDK is what is tested. */
export async function startFakeServer(
  handle: FakeHandler,
  port = 0,
  recipients: FakeRecipients | null = null,
): Promise<FakeServer> {
  const answers: FakeAnswer[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const url = new URL(request.url ?? "/", "http://127.0.0.1");
      const body = Buffer.concat(chunks).toString("utf8");
      const { method = "GET", headers } = request;
      const pace = { slow: false };
      const reply = handle({ method, url, headers, body }, (recipient = null) => {
        const next = answers.shift() ?? recipients?.answerFor(recipient) ?? "ok";
        pace.slow = next === "slow";
        return next === "slow" ? "ok" : next;
      });
      if (pace.slow) recipients?.later(slowMs, () => answer(response, reply));
      else answer(response, reply);
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  const address = server.address();
  const bound = typeof address === "object" && address !== null ? address.port : port;
  return {
    url: `http://127.0.0.1:${bound}`,
    script: (...next) => void answers.push(...next),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function answer(response: ServerResponse, reply: FakeReply | "hang" | "reset"): void {
  if (reply === "hang") return;
  if (reply === "reset") {
    response.socket?.resetAndDestroy();
    return;
  }
  response.writeHead(reply.status, reply.headers).end(reply.body);
}
