import type { ServerResponse } from "node:http";
import type { Clock } from "../core/model/clock.ts";

export interface NewsParts {
  readonly clock: Clock;
  /** Calls back whenever something changed that pages show; returns how to end that. */
  readonly onNews: (tell: () => void) => () => void;
}

/** Browsers that listen at once. */
const MOST_LISTENERS = 100;
/** Proxies close what is silent. */
const BEAT_MS = 20_000;

let listening = 0;

/** News are only that there are some: pages fetch what they show. */
export function streamNews({ onNews, clock }: NewsParts, response: ServerResponse): void {
  if (listening >= MOST_LISTENERS) return void response.writeHead(503).end();
  listening += 1;
  // Known to the server by its type: it ends with it.
  response.setHeader("content-type", "text/event-stream");
  response.setHeader("cache-control", "no-store");
  response.flushHeaders();
  const end = onNews(() => response.write("event: changed\ndata:\n\n"));
  let cancel = (): void => undefined;
  const beat = (): void => {
    cancel = clock.after(BEAT_MS, () => {
      response.write(":\n\n");
      beat();
    });
  };
  beat();
  response.once("close", () => {
    listening -= 1;
    cancel();
    end();
  });
}
