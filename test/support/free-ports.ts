import { createServer } from "node:net";

/**
 * Below what systems give to outgoing connections, of which there are many: one of those would take the port of a server
 * that is dead for a moment, and could even be connected to itself.
 */
const FROM = 10_000;
const TO = 30_000;

/** Ports of the loopback interface for servers that must come back to where they were. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const found = new Set<number>();
  while (found.size < count) {
    const port = FROM + Math.floor(Math.random() * (TO - FROM));
    if (await isFree(port)) found.add(port);
  }
  return [...found];
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
      .once("error", () => resolve(false))
      .listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}
