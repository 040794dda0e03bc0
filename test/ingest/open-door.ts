import { connect } from "node:net";
import { systemClock } from "../../src/cli/system-clock.ts";
import type { Clock } from "../../src/core/model/clock.ts";
import type { CanonicalEvent } from "../../src/core/model/event.ts";
import { createApp } from "../../src/ingest/app.ts";
import { createDoor } from "../../src/ingest/door.ts";
import type { DoorContext } from "../../src/ingest/door.ts";
import { defaultLimits } from "../../src/ingest/limits.ts";
import type { DoorLimits } from "../../src/ingest/limits.ts";
import type { Tally } from "../../src/ingest/tally.ts";
import { startServer } from "../../src/ingest/server.ts";
import type { ServerLimits } from "../../src/ingest/server.ts";
import type { Unsubscribing } from "../../src/ingest/unsubscribing.ts";
import { messagebird } from "../../src/providers/messagebird/messagebird.ts";
import { signClassic } from "../../src/providers/messagebird/sign.ts";
import { segment } from "../../src/providers/segment/segment.ts";
import { sendgrid } from "../../src/providers/sendgrid/sendgrid.ts";
import { createSendGridKeys, signSendGrid } from "../../src/providers/sendgrid/sign.ts";
import { ses } from "../../src/providers/ses/ses.ts";
import { standardWebhooks } from "../../src/providers/standard_webhooks/standard-webhooks.ts";
import { signTwilio } from "../../src/providers/twilio/sign.ts";
import { twilio } from "../../src/providers/twilio/twilio.ts";
import { openMemoryStore } from "../../src/store/memory.ts";
import type { Fact, Store } from "../../src/store/store.ts";
import { createProvider } from "../providers/contract.ts";

/** 2026-03-06T14:00:00Z; the door's clock stands still there, its timers run. */
export const now = 1_772_805_600_000;
export const apiToken = "a-token-of-the-api-that-nobody-guesses";
export const webhookSecret = `whsec_${Buffer.alloc(24, 7).toString("base64")}`;
export const writeKey = "write-key-of-a-source";
export const inboundSecret = "secret-in-the-url-of-inbound-parse";
export const snsTopic = "arn:aws:sns:us-east-1:123456789012:ses-events";
const messageBirdKey = "signing-key-of-the-account";
const twilioToken = "token-of-the-account";
const publicUrl = "https://hooks.example.com";
const keys = createSendGridKeys();
const clock: Clock = { ...systemClock, now: () => now };

export interface OpenDoorOptions {
  /** Replaces the memory store's append. */
  readonly append?: (facts: readonly Fact[], store: Store) => ReturnType<Store["append"]>;
  readonly limits?: Partial<DoorLimits>;
  readonly server?: Partial<ServerLimits>;
  readonly unsubscribing?: Unsubscribing;
  /** Leaves all webhooks to Express, which else sees only those that are addressed oddly. */
  readonly allByExpress?: boolean;
  readonly contacts?: Partial<ReturnType<DoorContext["contacts"]>>;
}

export interface OpenDoor {
  readonly url: string;
  readonly port: number;
  /** The facts of every append, in order. */
  readonly appends: readonly (readonly Fact[])[];
  /** `source reason` of every refusal. */
  readonly refusals: readonly string[];
  readonly accepted: readonly Parameters<Tally["accepted"]>[1][];
  readonly failures: readonly unknown[];
  events(): readonly CanonicalEvent[];
  close(drainMs?: number): Promise<void>;
}

/** A real server on a free port with real providers and the memory store behind it. */
export async function openDoor(options: OpenDoorOptions = {}): Promise<OpenDoor> {
  const store = openMemoryStore({ clock });
  const appends: (readonly Fact[])[] = [];
  const refusals: string[] = [];
  const accepted: OpenDoor["accepted"][number][] = [];
  const failures: unknown[] = [];
  let ids = 0;
  const context: DoorContext = {
    store: {
      append(facts) {
        appends.push(facts);
        return options.append === undefined ? store.append(facts) : options.append(facts, store);
      },
    },
    unsubscribing: () => options.unsubscribing ?? null,
    providers: new Map([
      [
        "sendgrid",
        await createProvider(sendgrid, {
          api_key: "SG.key",
          webhook: { public_key: keys.publicKey },
          inbound: { secret: inboundSecret },
        }),
      ],
      [
        "ses",
        await createProvider(ses, {
          region: "us-east-1",
          access_key_id: "AKIDEXAMPLE",
          secret_access_key: "secret",
          // Nobody listens there.
          webhook: { topic_arn: snsTopic, sns_url: "http://127.0.0.1:9" },
        }),
      ],
      [
        "twilio",
        await createProvider(twilio, {
          account_sid: "AC00000000000000000000000000000001",
          auth_token: twilioToken,
          webhook: { public_url: publicUrl },
        }),
      ],
      ["standard_webhooks", await createProvider(standardWebhooks, { secret: webhookSecret })],
      [
        "messagebird",
        await createProvider(messagebird, {
          access_key: "key",
          webhook: { public_url: publicUrl, signing_key: messageBirdKey },
        }),
      ],
      ["segment", await createProvider(segment, { write_key: writeKey })],
    ]),
    clock,
    apiToken,
    country: "US",
    contacts: () => ({ ...reading, ...options.contacts }),
    limits: { ...defaultLimits, ...options.limits },
    tally: {
      accepted: (_, counts) => void accepted.push(counts),
      refused: (source, reason) => void refusals.push(`${source} ${reason}`),
      failed: (_, error) => void failures.push(error),
    },
    newId: () => `id-${(ids += 1)}`,
  };
  const whole = createDoor(context);
  const app = createApp(context, options.allByExpress === true ? { ...whole, takes: () => false } : whole);
  const server = await startServer(app, {
    host: "127.0.0.1",
    port: 0,
    clock,
    ...(options.server === undefined ? {} : { limits: options.server }),
  });
  return {
    url: server.url,
    port: Number(new URL(server.url).port),
    appends,
    refusals,
    accepted,
    failures,
    events: () =>
      appends
        .flat()
        .filter((fact) => fact.dead === undefined)
        .map((fact) => JSON.parse(Buffer.from(fact.body).toString()) as CanonicalEvent),
    close: (drainMs = 1_000) => server.close(drainMs),
  };
}

const reading = { fields: new Map(), channels: new Map(), timeZone: "UTC", country: "US" };
let clicks = 0;

/** A click as SendGrid reports it, each with an id of its own. */
export function click(fields: object = {}): object {
  clicks += 1;
  return {
    email: "ana@example.com",
    timestamp: now / 1_000 - 60,
    event: "click",
    sg_event_id: `click-${clicks}`,
    url: "https://example.com/guide",
    ...fields,
  };
}

export function sendGridHeaders(
  body: Uint8Array | string,
  timestamp: number | string = now / 1_000,
): Record<string, string> {
  return { ...signSendGrid(body, timestamp, keys.privateKey) };
}

export function postSendGrid(
  door: OpenDoor,
  body: Uint8Array | string,
  headers: Record<string, string> = {},
): Promise<Response> {
  const all = { ...sendGridHeaders(body), ...headers };
  return fetch(`${door.url}/webhooks/sendgrid`, { method: "POST", headers: all, body: Buffer.from(body) });
}

export function postTwilio(
  door: OpenDoor,
  form: string,
  query = "",
  headers: Record<string, string> = {},
): Promise<Response> {
  const path = `/webhooks/twilio${query}`;
  const signed = signTwilio(publicUrl + path, new URLSearchParams(form), twilioToken);
  return fetch(door.url + path, { method: "POST", headers: { ...signed, ...headers }, body: form });
}

export function postEvents(door: OpenDoor, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${door.url}/v1/events`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${apiToken}`, ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
}

/** Writes the chunks as they are and resolves with what came back once the other side ends the connection. */
export function exchange(port: number, chunks: readonly (string | Uint8Array)[]): Promise<string> {
  return new Promise((resolve) => {
    let answer = "";
    const socket = connect(port, "127.0.0.1");
    socket.on("data", (chunk) => (answer += chunk.toString("latin1")));
    socket.on("error", () => undefined);
    socket.on("close", () => resolve(answer));
    for (const chunk of chunks) socket.write(chunk);
  });
}

/** A form to an address as its sender wrote it, which `fetch` would write anew, with Twilio's signature over an address. */
export async function writeTwilio(door: OpenDoor, path: string, form: string, signedPath = path): Promise<string> {
  const headers = signTwilio(publicUrl + signedPath, new URLSearchParams(form), twilioToken);
  return exchange(door.port, [headOf(path, form, headers), form]);
}

export async function writeSendGrid(door: OpenDoor, path: string, body: string): Promise<string> {
  return exchange(door.port, [headOf(path, body, sendGridHeaders(body)), body]);
}

function headOf(path: string, body: string, headers: Readonly<Record<string, string>>): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `POST ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: ${body.length}\r\n${lines.join("")}\r\n`;
}

/** A report as MessageBird brings it: by GET, all of it in the address. */
export function getMessageBird(door: OpenDoor, query: string, signedQuery = query): Promise<Response> {
  const path = "/webhooks/messagebird";
  const headers = signClassic(`${publicUrl}${path}?${signedQuery}`, Buffer.alloc(0), messageBirdKey, now);
  return fetch(`${door.url}${path}?${query}`, { headers });
}
