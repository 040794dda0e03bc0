import { IncomingMessage, ServerResponse } from "node:http";
import { Socket } from "node:net";
import type { Clock } from "../../src/core/model/clock.ts";
import { createApp } from "../../src/ingest/app.ts";
import { createDoor, type DoorContext } from "../../src/ingest/door.ts";
import { defaultLimits } from "../../src/ingest/limits.ts";
import type { Provider } from "../../src/providers/provider.ts";
import type { Store } from "../../src/store/store.ts";

/** A request as it comes over the wire. Header names are in lower case. */
export interface Request {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

export interface Answer {
  readonly status: number;
  readonly body: string;
}

/** Whose door it is: what it stores into, and by which clock. */
export interface DoorOwner {
  readonly store: Pick<Store, "append">;
  readonly clock: Clock;
}

/** The whole HTTP application without sockets. One serves all processes, because it keeps nothing of a request. */
export interface Door {
  /** The request comes in at this process. Its promise never settles when the process dies meanwhile. */
  ask(owner: DoorOwner, request: Request): Promise<Answer>;
}

export const API_TOKEN = "the-token-of-the-simulation";

export function openDoor(providers: ReadonlyMap<string, Provider>): Door {
  let owner: DoorOwner | null = null;
  let ids = 0;
  const current = (): DoorOwner => {
    if (owner === null) throw new Error("the door was used outside of a request");
    return owner;
  };
  const context: DoorContext = {
    // A request is read, verified and handed to the store in the turn in which it came in, so its owner is still here.
    store: { append: (facts) => current().store.append(facts) },
    clock: {
      now: () => current().clock.now(),
      monotonic: () => current().clock.monotonic(),
      after: (ms, task) => current().clock.after(ms, task),
    },
    providers,
    apiToken: API_TOKEN,
    country: "US",
    contacts: () => ({ fields: new Map(), channels: new Map(), timeZone: "UTC", country: "US" }),
    limits: defaultLimits,
    tally: { accepted: () => undefined, refused: () => undefined, failed: () => undefined },
    newId: () => `id-${(ids += 1)}`,
  };
  const app = createApp(context, createDoor(context));
  const socket = new Socket();
  return {
    ask(from, { url, headers, body }) {
      owner = from;
      const request = new IncomingMessage(socket);
      request.method = "POST";
      request.url = url;
      request.headers = { ...headers, "content-length": String(body.byteLength) };
      request.complete = true;
      request.push(body);
      request.push(null);
      const response = new ServerResponse(request);
      return new Promise((resolve) => {
        response.end = (chunk?: unknown) => {
          resolve({
            status: response.statusCode,
            body: chunk instanceof Uint8Array ? Buffer.from(chunk).toString() : "",
          });
          return response;
        };
        app(request, response);
      });
    },
  };
}
