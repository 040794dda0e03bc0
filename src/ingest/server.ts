import { createServer } from "node:http";
import type { RequestListener, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { Clock } from "../core/model/clock.ts";

export interface ServerOptions {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly clock: Clock;
  readonly limits?: Partial<ServerLimits>;
}

/** All times in milliseconds. Node's own defaults let one slow client hold a connection for minutes. */
export interface ServerLimits {
  readonly headersTimeout: number;
  readonly requestTimeout: number;
  readonly connectionsCheckingInterval: number;
  readonly keepAliveTimeout: number;
  readonly maxConnections: number;
}

const defaultServerLimits: ServerLimits = {
  headersTimeout: 10_000,
  requestTimeout: 20_000,
  connectionsCheckingInterval: 1_000,
  keepAliveTimeout: 5_000,
  maxConnections: 2_000,
};

/** Milliseconds. An append takes at most ten seconds, and nothing else at the door takes long. */
const defaultDrainMs = 12_000;
/** Bytes. A signed webhook has about one kilobyte of headers. */
const maxHeaderSize = 16_384;

export interface RunningServer {
  /** `http://host:port` as bound. */
  readonly url: string;
  /**
   * Takes no new connection, answers what is in flight, and closes. After `drainMs` the connections that are left are
   * cut: their senders hear nothing, which they treat like a 503. (Node stops enforcing its own time-outs at this point.)
   */
  close(drainMs?: number): Promise<void>;
}

/** Rejects when the address cannot be bound. */
export async function startServer(listener: RequestListener, options: ServerOptions): Promise<RunningServer> {
  const { maxConnections, keepAliveTimeout, ...timeouts } = { ...defaultServerLimits, ...options.limits };
  /** Every connection, with the answer it is owed, if any. Node does not count one that never sent a request as idle. */
  const connections = new Map<Socket, ServerResponse | null>();
  let closing = false;

  const server = createServer({ ...timeouts, keepAliveTimeout, maxHeaderSize }, (request, response) => {
    const { socket } = request;
    connections.set(socket, response);
    response.once("close", () => {
      if (connections.get(socket) !== response) return;
      connections.set(socket, null);
      if (closing) socket.destroySoon();
    });
    if (closing) response.shouldKeepAlive = false;
    listener(request, response);
  });
  server.maxConnections = maxConnections;
  server.on("connection", (socket) => {
    connections.set(socket, null);
    socket.once("close", () => connections.delete(socket));
  });
  server.on("clientError", refuseUnreadable);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port, options.host, () => {
      server.off("error", reject);
      resolve();
    });
  });

  return {
    url: urlOf(server.address(), options),
    close(drainMs = defaultDrainMs) {
      closing = true;
      return new Promise((resolve) => {
        const cancel = options.clock.after(drainMs, () => {
          for (const socket of connections.keys()) socket.destroy();
        });
        server.close(() => {
          cancel();
          resolve();
        });
        for (const [socket, response] of connections) {
          if (response === null) socket.destroySoon();
          else if (isEndless(response)) response.end();
          else response.shouldKeepAlive = false;
        }
      });
    },
  };
}

/** Whoever listens to news comes again, to the process that is next. */
function isEndless(response: ServerResponse): boolean {
  return response.getHeader("content-type") === "text/event-stream";
}

/** Requests that Node cannot parse, whose headers are too long or which take too long. Constant, and the connection closes. */
function refuseUnreadable(error: Error, socket: Duplex): void {
  const code = "code" in error ? error.code : undefined;
  if (!socket.writable || code === "ECONNRESET") {
    socket.destroy();
    return;
  }
  const status = code === "HPE_HEADER_OVERFLOW" ? "431 Request Header Fields Too Large" : unreadableStatus(code);
  socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
}

function unreadableStatus(code: unknown): string {
  return code === "ERR_HTTP_REQUEST_TIMEOUT" ? "408 Request Timeout" : "400 Bad Request";
}

function urlOf(address: ReturnType<ReturnType<typeof createServer>["address"]>, options: ServerOptions): string {
  if (typeof address !== "object" || address === null) return `http://${options.host}:${options.port}`;
  const host = address.family === "IPv6" ? `[${address.address}]` : address.address;
  return `http://${host}:${address.port}`;
}
