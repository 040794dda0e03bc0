import { signSendGrid } from "../../src/providers/sendgrid/sign.ts";
import { signTwilio } from "../../src/providers/twilio/sign.ts";
import { API_TOKEN, type Answer, type Request } from "./door.ts";
import type { Post } from "./events.ts";
import { type Ground, PUBLIC_URL, TWILIO_TOKEN } from "./ground.ts";
import type { SharedStore } from "./shared-store.ts";
import type { World } from "./world.ts";

const SECOND = 1_000;
/** Vendors give up on an answer, and come again, later and later, until they hear a 2xx. */
const PATIENCE_MS = 15 * SECOND;
const AGAIN_MS = [2, 5, 20, 60, 300].map((seconds) => seconds * SECOND);

/** A process that can be knocked at: null when it is not there, and no answer when it dies. */
export type Knock = (request: Request, about: string) => Promise<Answer> | null;

/** Everybody who tells Heed something. */
export interface Sources {
  /** Sends it at its time, and again until somebody said that it is durable; then never again. */
  send(post: Post): void;
}

export function createSources(world: World, ground: Ground, store: SharedStore, knock: Knock): Sources {
  const { scheduler } = world;

  const stream = async (post: Extract<Post, { by: "stream" }>): Promise<void> => {
    await store.append([{ id: post.id, key: post.key, body: new TextEncoder().encode(post.body) }]);
  };

  const forge = (request: Request, about: string): void => {
    const headers = Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [
        name,
        /signature|authorization/.test(name) ? `${value.slice(0, -6)}forged` : value,
      ]),
    );
    void knock({ ...request, headers }, about)?.then(({ status, body }) => {
      world.reach("source.forged");
      world.see({ kind: "answered", status, body, forged: true });
    });
  };

  const attempt = (post: Post, request: Request, tries: number): void => {
    const name = nameOf(post);
    let waiting = true;
    const again = (): void => {
      if (!waiting) return;
      waiting = false;
      const wait = AGAIN_MS[Math.min(tries, AGAIN_MS.length - 1)] ?? 0;
      scheduler.at(scheduler.now() + wait, () => attempt(post, request, tries + 1));
    };
    const hear = ({ status, body }: Answer): void => {
      world.trace.add(`${scheduler.now()} ${post.by} hears ${status}`);
      world.see({ kind: "answered", status, body, forged: false });
      const durable = status >= 200 && status < 300;
      if (!durable || world.strikes("source.answer_lost", name)) return again();
      if (waiting) world.see({ kind: "acknowledged", expects: post.expects });
      waiting = false;
      if (world.strikes("source.sends_twice", name)) {
        const later = world.luck(name).between(0, 3_600_000);
        scheduler.at(scheduler.now() + later, () => attempt(post, request, AGAIN_MS.length));
      }
    };
    const answer = knock(request, name);
    if (answer === null) return again();
    void answer.then(hear);
    scheduler.at(scheduler.now() + PATIENCE_MS, again);
  };

  return {
    send(post) {
      scheduler.at(post.at, () => {
        if (post.suffers !== undefined) world.reach(post.suffers);
        if (post.by === "stream") return void stream(post);
        const request = requestOf(post, ground);
        if (world.strikes("source.forged", nameOf(post))) forge(request, nameOf(post));
        attempt(post, request, 0);
      });
    },
  };
}

function nameOf({ by, expects }: Post): string {
  return `${by} ${expects[0]?.event}`;
}

function requestOf(post: Exclude<Post, { by: "stream" }>, ground: Ground): Request {
  switch (post.by) {
    case "api":
      return {
        url: "/v1/events",
        headers: { "content-type": "application/json", authorization: `Bearer ${API_TOKEN}` },
        body: Buffer.from(JSON.stringify(post.events)),
      };
    case "sendgrid": {
      const body = Buffer.from(JSON.stringify(post.elements));
      const headers = signSendGrid(body, Math.floor(post.at / SECOND), ground.sendgridKey);
      return { url: "/webhooks/sendgrid", headers, body };
    }
    case "twilio": {
      const url = `/webhooks/twilio${post.query}`;
      const parameters = new URLSearchParams(post.form);
      const headers = signTwilio(`${PUBLIC_URL}${url}`, parameters, TWILIO_TOKEN);
      return { url, headers, body: Buffer.from(parameters.toString()) };
    }
  }
}
