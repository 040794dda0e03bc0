import { createServer } from "node:http";
import type { IncomingMessage } from "node:http";
import { afterEach, describe, expect, it } from "vitest";
import { systemClock } from "../../src/cli/system-clock.ts";
import type { Clock } from "../../src/core/model/clock.ts";
import type { CanonicalEvent } from "../../src/core/model/event.ts";
import type { JsonObject } from "../../src/core/model/json.ts";
import { isJsonObject } from "../../src/core/model/parse-json.ts";
import type { ProviderDefinition } from "../../src/providers/definition.ts";
import { behaviourOf, behaviours } from "../../src/providers/fake-behaviours.ts";
import { openPoster, type PostAttempt } from "../../src/providers/fake-poster.ts";
import type { DoorAnswer, FakeNews, RetryLaw } from "../../src/providers/fake-vendor.ts";
import { settingOf } from "../../src/providers/fake-vendor.ts";
import type { OutgoingMessage, Provider, VerificationFailure } from "../../src/providers/provider.ts";
import { providerRegistry } from "../../src/providers/registry.ts";
import { createProvider, outboundOf } from "./contract.ts";

/** What fakes wait for goes by faster, in the same order; how long they wait for an answer stays. */
const quickClock: Clock = {
  ...systemClock,
  after: (ms, task) => systemClock.after(ms < 15_000 ? ms / 20 : ms, task),
};

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

interface Door {
  readonly url: string;
  readonly events: CanonicalEvent[];
  readonly refusals: VerificationFailure[];
  requests: number;
}

/** Heed's door without the rest of Heed: it verifies and reads, and answers `statuses` first. */
async function openDoor(provider: () => Provider | null, statuses: readonly number[] = []): Promise<Door> {
  const events: CanonicalEvent[] = [];
  const refusals: VerificationFailure[] = [];
  const server = createServer((request, response) => {
    void readBody(request).then(async (body) => {
      door.requests += 1;
      const scripted = statuses[door.requests - 1];
      if (scripted !== undefined) return response.writeHead(scripted).end();
      const inbound = provider()?.inbound ?? null;
      if (inbound === null) return response.writeHead(200).end();
      const { method = "", url = "" } = request;
      const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
      const webhook = { method, url, headers, body };
      if ((await inbound.prepare?.(webhook, Date.now())) === false) return response.writeHead(503).end();
      const verification = inbound.verify(webhook, Date.now());
      if (!verification.ok) {
        refusals.push(verification.reason);
        return response.writeHead(401).end();
      }
      const normalized = inbound.normalize(webhook, Date.now());
      if ("malformed" in normalized) return response.writeHead(400).end();
      events.push(...normalized.events);
      expect(normalized.quarantined).toEqual([]);
      return response.writeHead(200).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closing.push(async () => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  const port = typeof address === "object" ? (address?.port ?? 0) : 0;
  const door: Door = { url: `http://127.0.0.1:${port}`, events, refusals, requests: 0 };
  return door;
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) if (Buffer.isBuffer(chunk)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function play({ fake, ...definition }: ProviderDefinition) {
  if (fake === undefined) throw new Error(`expected ${definition.name} to have a fake`);
  let provider: Provider | null = null;
  const door = await openDoor(() => provider);
  const news: FakeNews[] = [];
  const running = await (
    await fake()
  ).start({
    settings: { api_key: "${NOT_SET}" },
    port: 0,
    clock: quickClock,
    door: () => door.url,
    tell: (one) => news.push(one),
  });
  provider = await createProvider(definition, running.settings);
  const { outbound } = provider;
  closing.push(async () => {
    await outbound?.close();
    await running.close();
  });
  const reports = () => news.filter((one) => one.what === "report");
  return { door, news, reports, provider, send: outboundOf(provider).send };
}

const recipients: Readonly<Record<string, (word: string) => string | null>> = {
  email: (word) => `ana+${word}@example.com`,
  sms: (word) => {
    const { digits = null } = behaviours.find((one) => one.word === word) ?? {};
    return digits === null ? null : `+120255501${digits}`;
  },
  push: (word) => word,
};

function messageTo(definition: ProviderDefinition, word: string): OutgoingMessage {
  const kind = definition.capabilities.kinds.find((one) => Object.hasOwn(recipients, one));
  const to = kind === undefined ? null : (recipients[kind]?.(word) ?? null);
  if (kind === undefined || to === null) throw new Error(`expected ${definition.name} to send to people`);
  return {
    intentId: `i_${word}`,
    attempt: 1,
    contactId: "ana-1",
    ruleId: "hello",
    channel: kind,
    kind,
    from: kind === "email" ? "Acme <hello@acme.example>" : "+12025550100",
    to,
    content: { subject: "Hi", text: "See https://acme.example/offer for more" },
  };
}

/** Vendors that write to people; `reporting` are those among them that report on it. */
const played = [...providerRegistry.values()].filter(
  ({ fake, capabilities }) => fake !== undefined && capabilities.kinds.some((kind) => Object.hasOwn(recipients, kind)),
);
const reporting = played.filter(({ door }) => door !== undefined);

describe.each(played)("the fake of $name", (definition) => {
  it("takes a message through the vendor's own SDK, with the settings that it gives", async () => {
    const { send, news } = await play(definition);
    expect(await send(messageTo(definition, "delivered"))).toMatchObject({ kind: "accepted" });
    expect(news[0]).toEqual({ what: "message", behaviour: "delivered", answer: "taken" });
    expect(JSON.stringify(news)).not.toMatch(/example|2025550/);
  });

  it.each(["opted-out", "invalid"])("refuses a recipient that is %s, or reports it", async (word) => {
    const { send, door } = await play(definition);
    const outcome = await send(messageTo(definition, word));
    if (outcome.kind === "rejected") {
      // Not every vendor says that it is the address that was wrong.
      expect(word === "invalid" ? ["invalid_address", "other"] : ["opted_out"]).toContain(outcome.class);
      return;
    }
    expect(outcome.kind).toBe("accepted");
    // Who knows no opt-outs and reports nothing has nothing to say of one.
    if (definition.door === undefined) return;
    const expected = word === "invalid" ? /bounced|undelivered|failed/ : /dropped|opted_out|failed|bounced|suppressed/;
    await expect.poll(() => door.events.map((event) => event.event_type).join(), { timeout: 5_000 }).toMatch(expected);
  });

  it("refuses one message too many, and takes the next", async () => {
    const { send } = await play(definition);
    const message = messageTo(definition, "rate-limited");
    expect(await send(message)).toMatchObject({ kind: "retryable" });
    expect(await send(message)).toMatchObject({ kind: "accepted" });
  });
});

const ofOwnPeople = [...providerRegistry.values()].filter((one) => one.fake !== undefined && !played.includes(one));

it.each(ofOwnPeople)("the fake of $name takes a message to people of one's own", async (definition) => {
  const { send, news } = await play(definition);
  const [kind = "slack"] = definition.capabilities.kinds;
  const [mailer = definition] = played;
  const message = { ...messageTo(mailer, "delivered"), kind, channel: "team", to: null, body: { type: "lead.asked" } };
  expect(await send(message)).toMatchObject({ kind: "accepted" });
  expect(news).toEqual([{ what: "message", behaviour: "delivered", answer: "taken" }]);
});

describe.each(reporting)("the webhooks of the fake of $name", (definition) => {
  const told = { timeout: 8_000 };

  it("are genuine, and tell of our message that it was delivered", async () => {
    const { send, door } = await play(definition);
    const message = messageTo(definition, "delivered");
    const outcome = await send(message);
    const types = () => door.events.map((event) => event.event_type);
    await expect.poll(() => types().some((type) => type.endsWith(".delivered")), told).toBe(true);
    expect(door.refusals).toEqual([]);
    const ids = [message.intentId, outcome.kind === "accepted" ? outcome.providerMessageId : null];
    for (const event of door.events) expect(ids).toContain(event.message_id);
  });

  it("come three times with the same ids when that is wanted", async () => {
    const { send, door } = await play(definition);
    await send(messageTo(definition, "duplicate"));
    const delivered = () => door.events.filter(({ event_type: type }) => type.endsWith(".delivered"));
    await expect.poll(() => delivered().length, told).toBe(3);
    expect(new Set(delivered().map((event) => event.event_id)).size).toBe(1);
  });

  it("can be forged, which the door sees", async () => {
    const { send, door } = await play(definition);
    await send(messageTo(definition, "bad-signature"));
    await expect.poll(() => door.refusals, told).toContain("signature_invalid");
    expect(door.events.filter((event) => event.event_type.endsWith(".delivered"))).toEqual([]);
  });

  it.runIf(definition.door?.replay === "signed time")("can be stale, which the door sees", async () => {
    const { send, door } = await play(definition);
    await send(messageTo(definition, "stale"));
    await expect.poll(() => door.refusals, told).toContain("timestamp_stale");
    expect(door.events.filter((event) => event.event_type.endsWith(".delivered"))).toEqual([]);
  });

  it("bring what people write back, where the vendor carries that", async () => {
    const { send, door, reports } = await play(definition);
    await send(messageTo(definition, "replies"));
    await expect.poll(() => door.events.some(({ event_type: type }) => type.endsWith(".delivered")), told).toBe(true);
    await expect.poll(() => reports().length, told).toBeGreaterThan(0);
    const replied = () => door.events.some(({ event_type: type }) => /^(email\.replied|sms\.received)$/.test(type));
    if (["sendgrid", "twilio"].includes(definition.name)) await expect.poll(replied, told).toBe(true);
    expect(door.refusals).toEqual([]);
  });

  it("come a thousand at once, each with an id of its own", async () => {
    const { send, door, reports } = await play(definition);
    await send(messageTo(definition, "burst"));
    const burst = () => reports().filter(({ kind }) => kind === "opened" || kind === "replied");
    const count = () => burst().reduce((sum, { count: reported }) => sum + reported, 0);
    await expect.poll(count, { timeout: 20_000 }).toBe(1_000);
    expect(new Set(door.events.map((event) => event.event_id)).size).toBe(door.events.length);
    expect(door.events.length).toBeGreaterThanOrEqual(1_000);
  });
});

describe("a recipient's name", () => {
  it.each([
    ["late-bounce@example.com", "late-bounce"],
    ["ana+late-bounce@example.com", "late-bounce"],
    ["Ana <Ana+Clicks@Example.com>", "clicks"],
    ["ana+newsletter@example.com", "delivered"],
    ["clicks+newsletter@example.com", "delivered"],
    ["+12025550166", "stop"],
    ["14155550166", "stop"],
    ["whatsapp:+12025550161", "duplicate"],
    ["+12025550143", "delivered"],
    ["+491711234566", "delivered"],
    ["silent", "silent"],
    ["a-device-token", "delivered"],
    [null, "delivered"],
  ])("%j means %s", (recipient, word) => {
    expect(behaviourOf(recipient).word).toBe(word);
  });

  it("is no other's, by word and by number", () => {
    const digits = behaviours.map((one) => one.digits).filter((one) => one !== null);
    expect(new Set(behaviours.map(({ word }) => word)).size).toBe(behaviours.length);
    expect(new Set(digits).size).toBe(digits.length);
  });
});

describe("a fake's webhook that the door does not take", () => {
  const stubborn: RetryLaw = {
    after: (answer: DoorAnswer) => (answer === 200 ? "taken" : answer === 406 ? "dropped" : "again"),
    waitsMs: [600, 600],
  };
  const webhook = { path: "/webhooks/acme", headers: {}, body: "report" };
  const postTo = async (statuses: readonly number[], retries = stubborn) => {
    const door = await openDoor(() => null, statuses);
    const poster = openPoster({ clock: quickClock, door: () => door.url }, retries);
    closing.push(() => poster.close());
    let last: PostAttempt | null = null;
    await poster.post(webhook, (attempt) => (last = attempt));
    return { door, end: last };
  };

  it("comes again as often as the vendor would, until it is taken", async () => {
    const { door, end } = await postTo([503, 503]);
    expect(end).toEqual({ end: "taken", answer: 200 });
    expect(door.requests).toBe(3);
  });

  it("is given up when the vendor's patience ends", async () => {
    const { door, end } = await postTo([503, 503, 503, 503]);
    expect(end).toEqual({ end: "dropped", answer: 503 });
    expect(door.requests).toBe(3);
  });

  it("is dropped at an answer at which the vendor stops", async () => {
    const { door, end } = await postTo([503, 406]);
    expect(end).toEqual({ end: "dropped", answer: 406 });
    expect(door.requests).toBe(2);
  });

  it("knows a door that nobody opened from one that does not answer", async () => {
    const impatient: RetryLaw = { after: () => "dropped", waitsMs: [] };
    const poster = openPoster({ clock: quickClock, door: () => "http://127.0.0.1:9" }, impatient);
    closing.push(() => poster.close());
    const attempts: PostAttempt[] = [];
    await poster.post(webhook, (attempt) => attempts.push(attempt));
    expect(attempts).toEqual([{ end: "dropped", answer: "no_connection" }]);
  });
});

it("a setting that the environment lacks is as one that is not there", () => {
  const settings: JsonObject = { token: "${TOKEN}", webhook: { keys: ["a", "b"], secret: "s" } };
  expect(settingOf(settings, ["token"], "mine")).toBe("mine");
  expect(settingOf(settings, ["webhook", "secret"], "mine")).toBe("s");
  expect(settingOf(settings, ["webhook", "keys"], "mine")).toBe("mine");
  expect(settingOf(settings, ["none", "secret"], "mine")).toBe("mine");
  expect(isJsonObject(settings["webhook"])).toBe(true);
});
