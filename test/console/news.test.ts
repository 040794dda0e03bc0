import { expect, it } from "vitest";
import { streamNews } from "../../src/console/news.ts";
import { startServer } from "../../src/ingest/server.ts";
import { virtualClock } from "../support/virtual-clock.ts";

it("tells whoever listens that something changed, and ends with the server, which does not wait for it", async () => {
  const clock = virtualClock();
  const listeners = new Set<() => void>();
  const onNews = (tell: () => void) => {
    listeners.add(tell);
    return () => void listeners.delete(tell);
  };
  const server = await startServer((_request, response) => streamNews({ clock, onNews }, response), {
    host: "127.0.0.1",
    port: 0,
    clock,
  });
  const answer = await fetch(server.url);
  for (const tell of listeners) tell();
  // The time that the server would give to answers never comes: the clock stands still.
  await server.close(60_000);
  expect(await answer.text()).toBe("event: changed\ndata:\n\n");
  expect(listeners.size).toBe(0);
});
