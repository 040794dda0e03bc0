import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import type { ClientRequestArgs } from "node:http";
import type { Duplex } from "node:stream";

/**
 * Connections to one vendor, kept alive between calls, because a TLS handshake costs more than the call itself. They
 * also remember whether they ever got as far as carrying a request: that is what tells an outage, which is safe to
 * retry, from a lost answer, which is not.
 */
export interface VendorConnection {
  readonly httpAgent: HttpAgent;
  readonly httpsAgent: HttpsAgent;
  close(): void;
}

/**
 * An idle connection is dropped by us well before a load balancer would (the common default is 60 s, nginx' is 75 s):
 * a request written onto a connection that the other side is just closing ends as an ambiguous outcome.
 */
export const idleTimeoutMs = 4_000;
/** To one vendor at a time; how many calls there are is for the channel's rate to say. */
export const maxConnections = 64;

export function openVendorConnection(): VendorConnection {
  const options = { keepAlive: true, maxSockets: maxConnections, maxFreeSockets: 16, timeout: idleTimeoutMs };
  const httpAgent = new RememberingHttpAgent(options);
  const httpsAgent = new RememberingHttpsAgent(options);
  return {
    httpAgent,
    httpsAgent,
    close() {
      httpAgent.destroy();
      httpsAgent.destroy();
    },
  };
}

const established = new WeakSet<object>();

/** Whether this socket of ours ever finished connecting (and, for https, shaking hands). Before that it carries no request. */
export function wasEstablished(socket: object): boolean {
  return established.has(socket);
}

type Callback = (error: Error | null, stream: Duplex) => void;

class RememberingHttpAgent extends HttpAgent {
  override createConnection(options: ClientRequestArgs, callback?: Callback): Duplex | null | undefined {
    return remember(super.createConnection(options, callback), "connect");
  }
}

class RememberingHttpsAgent extends HttpsAgent {
  override createConnection(options: ClientRequestArgs, callback?: Callback): Duplex | null | undefined {
    return remember(super.createConnection(options, callback), "secureConnect");
  }
}

function remember(socket: Duplex | null | undefined, event: "connect" | "secureConnect"): Duplex | null | undefined {
  socket?.once(event, () => established.add(socket));
  return socket;
}
