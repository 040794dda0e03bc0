import { createServer, connect } from "node:net";
import type { Server, Socket } from "node:net";

/** A line between a worker and its NATS server that can be cut: bytes vanish, as in a network that is gone, and nobody is told. */
export interface Link {
  readonly url: string;
  cut(): void;
  /** What was cut is torn down, and new connections pass. */
  mend(): void;
  close(): Promise<void>;
}

export async function openLink(target: { readonly port: number }): Promise<Link> {
  let isCut = false;
  const sockets = new Set<Socket>();
  const forward = (from: Socket, to: Socket): void => {
    sockets.add(from);
    from.on("data", (bytes) => {
      if (!isCut) to.write(bytes);
    });
    from.on("error", () => undefined);
    from.on("close", () => {
      sockets.delete(from);
      // While cut, not even the end of a connection gets through.
      if (!isCut) to.destroy();
    });
  };
  const server = createServer((worker) => {
    const nats = connect(target.port, "127.0.0.1");
    forward(worker, nats);
    forward(nats, worker);
  });
  const port = await listen(server);
  return {
    url: `nats://127.0.0.1:${port}`,
    cut() {
      isCut = true;
    },
    mend() {
      isCut = false;
      for (const socket of sockets) socket.destroy();
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : 0);
    });
  });
}
