import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";

/** What a fake does with the next create. `accept-*` keep the message, as a vendor does whose answer is then lost. */
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

/** `reset` tears the connection down, `hang` never answers. */
export type FakeHandler = (request: FakeRequest, next: () => FakeAnswer) => FakeReply | "hang" | "reset";

/** A real HTTP server on the loopback interface that stands in for a vendor, so that the vendor's own SDK is what is tested. */
export async function startFakeServer(handle: FakeHandler, port = 0): Promise<FakeServer> {
  const answers: FakeAnswer[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const url = new URL(request.url ?? "/", "http://127.0.0.1");
      const body = Buffer.concat(chunks).toString("utf8");
      const { method = "GET", headers } = request;
      answer(
        response,
        handle({ method, url, headers, body }, () => answers.shift() ?? "ok"),
      );
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
