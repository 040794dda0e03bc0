import { setTimeout as sleep } from "node:timers/promises";
import { signSendGrid } from "../../src/providers/sendgrid/sign.ts";
import { signTwilio } from "../../src/providers/twilio/sign.ts";
import type { Happening } from "./plan.ts";
import { ACCOUNT_SID, API_TOKEN, AUTH_TOKEN, type Person, PUBLIC_URL, type Scene } from "./scene.ts";
import type { Worker } from "./worker.ts";

const ANSWER_WITHIN_MS = 3_000;
const TRY_AGAIN_MS = 100;

/** Tells the system what happens, as applications and vendors do: again and again until it says that it has it. */
export interface Driver {
  identify(everybody: readonly Person[]): Promise<void>;
  /** Resolves when it was acknowledged. */
  tell(happening: Happening): Promise<void>;
  /** From now on nobody tries again. */
  stop(): void;
}

export function createDriver(doors: readonly Worker[], scene: Scene): Driver {
  let stopped = false;
  let turn = 0;

  const post = async (path: string, headers: Readonly<Record<string, string>>, body: string): Promise<boolean> => {
    const open = doors.flatMap((door) => door.url() ?? []);
    turn += 1;
    const url = open[turn % open.length];
    if (url === undefined) return false;
    try {
      const signal = AbortSignal.timeout(ANSWER_WITHIN_MS);
      const response = await fetch(`${url}${path}`, { method: "POST", headers, body, signal });
      const text = await response.text();
      // Anything else than "not now" would be refused for ever.
      if (response.status >= 400 && response.status < 500) {
        throw new TypeError(`${path} answered ${response.status}: ${text}`);
      }
      return response.status === 200;
    } catch (error) {
      if (error instanceof TypeError && error.message.startsWith(path)) throw error;
      return false;
    }
  };

  const untilAcknowledged = async (once: () => Promise<boolean>): Promise<void> => {
    while (!stopped && !(await once())) await sleep(TRY_AGAIN_MS);
    if (stopped) throw new Error("stopped before it was acknowledged");
  };

  const postEvents = (events: readonly object[]): Promise<boolean> =>
    post(
      "/v1/events",
      { authorization: `Bearer ${API_TOKEN}`, "content-type": "application/json" },
      JSON.stringify(events),
    );

  return {
    identify: (everybody) =>
      untilAcknowledged(() =>
        postEvents(
          everybody.map(({ id, email, phone }) => ({
            event_id: `identify-${id}`,
            event_type: "contact.identified",
            contact_id: id,
            address: { email, phone },
            data: { traits: { first_name: id } },
          })),
        ),
      ),
    tell: (happening) =>
      untilAcknowledged(() => {
        if (happening.kind === "click") return postClick(post, scene, happening);
        if (happening.kind === "stop") return postStop(post, happening);
        return postEvents([eventOf(happening)]);
      }),
    stop() {
      stopped = true;
    },
  };
}

type Post = (path: string, headers: Readonly<Record<string, string>>, body: string) => Promise<boolean>;

function eventOf({ kind, id, person }: Happening): object {
  const of = { event_id: id, contact_id: person.id };
  if (kind === "order") return { ...of, event_type: "Order Completed", data: { order_id: id } };
  if (kind === "cart") return { ...of, event_type: "Cart Updated", data: { cart_id: id } };
  return { ...of, event_type: "Offer Made", data: {} };
}

/** Every other one names the contact; the rest are known by address alone. */
function postClick(post: Post, { privateKey }: Scene, { id, person }: Happening): Promise<boolean> {
  const now = Math.floor(Date.now() / 1_000);
  const click = {
    email: person.email,
    timestamp: now,
    event: "click",
    sg_event_id: id,
    sg_message_id: `message-${id}.recvd-0`,
    url: "https://example.com/guide?utm_campaign=spring",
    ...(Number(id.split("-")[1]) % 2 === 0 && { contact_id: person.id }),
  };
  const body = JSON.stringify([click]);
  return post("/webhooks/sendgrid", signSendGrid(body, now, privateKey), body);
}

function postStop(post: Post, { id, person }: Happening): Promise<boolean> {
  const path = "/webhooks/twilio";
  const form = new URLSearchParams({
    AccountSid: ACCOUNT_SID,
    MessageSid: `SM${Buffer.from(id).toString("hex").padStart(32, "0")}`,
    From: person.phone,
    To: "+12025550100",
    Body: "STOP",
    OptOutType: "STOP",
  });
  return post(path, signTwilio(`${PUBLIC_URL}${path}`, form, AUTH_TOKEN), form.toString());
}
