import { createServer as createHttpServer } from "node:http";
import type { RequestListener } from "node:http";
import { createServer } from "node:net";
import type { Server } from "node:net";
import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { systemClock } from "../../src/cli/system-clock.ts";
import type { Json } from "../../src/core/model/json.ts";
import { identityKey } from "../../src/core/model/identity.ts";
import { normalizePhone } from "../../src/ingest/normalize-address.ts";
import { createEventValidator } from "../../src/ingest/validate-event.ts";
import type { FakeAnswer } from "../../src/providers/fake-server.ts";
import type { ProviderContext, ProviderDefinition } from "../../src/providers/definition.ts";
import type { Inbound, Outbound, OutgoingMessage, Provider, WebhookRequest } from "../../src/providers/provider.ts";

/** 2023-11-14T23:30:00Z, after every time in the fixtures. */
export const now = 1_700_010_000_000;

const context: ProviderContext = {
  clock: systemClock,
  dataDirectory: "/nonexistent",
  readPhone: (text) => normalizePhone(text, "US"),
};

export async function createProvider(
  definition: ProviderDefinition,
  settings: Json,
  given: Partial<ProviderContext> = {},
): Promise<Provider> {
  const configuration = definition.configure(settings);
  if (!configuration.ok)
    throw new Error(configuration.problems.map(({ path, message }) => `${path.join(".")} ${message}`).join("; "));
  return configuration.create({ ...context, ...given });
}

export function inboundOf(provider: Provider): Inbound {
  if (provider.inbound === null) throw new Error(`expected ${provider.name} to have a webhook`);
  return provider.inbound;
}

export function outboundOf(provider: Provider): Outbound {
  if (provider.outbound === null) throw new Error(`expected ${provider.name} to send`);
  return provider.outbound;
}

export interface InboundSubject {
  open(): Promise<Provider>;
  /** A genuine request with this body. */
  signed(body: Uint8Array | string): WebhookRequest;
  /** Bodies that must normalize to at least one event. */
  readonly samples: readonly string[];
  /** The vendor signs nothing: a secret comes with each request, and the body may be anybody's who knows it. */
  readonly signsNothing?: true;
}

/** What every webhook promises, whoever sends it. */
export function inboundContract(name: string, subject: InboundSubject): void {
  describe(`the webhook of ${name}`, () => {
    it("accepts what the vendor signed and refuses it after any change of its bytes", async () => {
      const inbound = inboundOf(await subject.open());
      for (const sample of subject.samples) {
        const request = subject.signed(sample);
        expect(inbound.verify(request, now)).toEqual({ ok: true });
        if (subject.signsNothing === true) continue;
        const changed = Buffer.from(request.body);
        changed[changed.length - 3] = (changed[changed.length - 3] ?? 0) ^ 1;
        expect(inbound.verify({ ...request, body: changed }, now)).toEqual({ ok: false, reason: "signature_invalid" });
      }
    });

    it("gives events that the schema takes, with an identity each and the same ids every time", async () => {
      const inbound = inboundOf(await subject.open());
      const validate = createEventValidator();
      for (const sample of subject.samples) {
        const first = inbound.normalize(subject.signed(sample), now);
        const second = inbound.normalize(subject.signed(sample), now + 60_000);
        if ("malformed" in first || "malformed" in second) throw new Error("expected events");
        expect(first.events.length).toBeGreaterThan(0);
        for (const event of first.events) {
          expect(validate(event)).toEqual({ event });
          expect(identityKey(event)).not.toBeNull();
          expect(Date.parse(event.occurred_at)).toBeLessThanOrEqual(Date.parse(event.received_at));
        }
        expect(second.events.map((event) => event.event_id)).toEqual(first.events.map((event) => event.event_id));
      }
    });

    it("never throws, whatever bytes, headers and URLs come", async () => {
      const inbound = inboundOf(await subject.open());
      const header = fc.option(fc.string({ maxLength: 200 }), { nil: undefined });
      const names = Object.keys(subject.signed("").headers);
      const request = fc.record({
        method: fc.constant("POST"),
        url: fc.oneof(
          fc.webUrl(),
          fc.string(),
          fc.string().map((text) => `/webhooks/${name}?${text}`),
        ),
        headers: fc
          .tuple(...names.map(() => header))
          .map((values) => Object.fromEntries(names.map((key, i) => [key, values[i]]))),
        body: fc.oneof(
          fc.uint8Array({ maxLength: 300 }),
          fc.json().map((text) => Buffer.from(text)),
          fc.constantFrom(...subject.samples).map((text) => Buffer.from(text)),
        ),
      });
      fc.assert(
        fc.property(request, fc.integer({ min: 0, max: 4e12 }), (given, at) => {
          const verification = inbound.verify(given, at);
          if (verification.ok) throw new Error("expected noise not to be a signature");
          inbound.normalize(given, at);
        }),
        { numRuns: 300 },
      );
    });

    it("takes hostile keys as noise and leaves every prototype alone", async () => {
      const inbound = inboundOf(await subject.open());
      for (const sample of subject.samples) {
        const hostile = /^\s*[[{]/.test(sample)
          ? sample.replace("{", '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}},')
          : `${sample}&__proto__=polluted&constructor=x&prototype=y&__proto__[polluted]=1`;
        const normalized = inbound.normalize(subject.signed(hostile), now);
        if ("malformed" in normalized) throw new Error("expected events");
        const [event] = normalized.events;
        expect(event).toBeDefined();
        for (const key of ["__proto__", "constructor", "prototype"])
          expect(Object.hasOwn(event?.data ?? {}, key)).toBe(false);
      }
      expect(Reflect.get({}, "polluted")).toBeUndefined();
    });
  });
}

async function listen(server: Server, scheme: "http" | "https"): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return `${scheme}://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
}

export interface OutboundSubject {
  /** Starts a fake and a provider that speaks to it, or to `baseUrl`, and gives up after `timeout`. */
  open(timeout: string, baseUrl?: string): Promise<OpenOutbound>;
  readonly message: OutgoingMessage;
  /** It speaks to people or systems of your own: where they are is said by its settings. */
  readonly hasNoRecipient?: true;
  /** What each scripted answer must be read as; `code` is free where it is not given. */
  readonly outcomes: readonly (readonly [FakeAnswer, object])[];
  /** An answer that refuses one message for good; code 400 unless given. */
  readonly refused?: FakeAnswer;
}

export interface OpenOutbound {
  readonly outbound: Outbound;
  readonly taken: () => number;
  script(...answers: readonly FakeAnswer[]): void;
  close(): Promise<void>;
}

/** What every provider that sends promises, proven with the vendor's own SDK against a fake of the vendor. */
export function outboundContract(name: string, subject: OutboundSubject): void {
  describe(`sending through ${name}`, () => {
    let open: OpenOutbound | null = null;
    const start = async (timeout = "5s", baseUrl?: string) => (open = await subject.open(timeout, baseUrl));
    afterEach(async () => {
      await open?.outbound.close();
      await open?.close();
    });

    it.each(subject.outcomes)("reads the answer %j as %j", async (answer, outcome) => {
      const { outbound, script } = await start("300ms");
      script(answer);
      expect(await outbound.send(subject.message)).toMatchObject(outcome);
    });

    it("makes exactly one call, whatever the answer: retries are not the SDK's business", async () => {
      const { outbound, taken, script } = await start();
      script("accept-then-reset");
      await outbound.send(subject.message);
      expect(taken()).toBe(1);
    });

    it("settles within its time-out while the vendor is silent", async () => {
      const { outbound, script } = await start("300ms");
      script("hang");
      const began = performance.now();
      expect(await outbound.send(subject.message)).toEqual({ kind: "ambiguous", code: "timeout" });
      expect(performance.now() - began).toBeLessThan(outbound.timeoutMs);
    });

    it("ends a call whose answer drips for ever, and the connection with it", async () => {
      let ended = false;
      const dripping = createHttpServer((_, response) => {
        response.writeHead(200, { "content-type": "application/json" });
        const drip = setInterval(() => response.write(" "), 20);
        response.once("close", () => {
          clearInterval(drip);
          ended = true;
        });
      });
      const { outbound } = await start("300ms", await listen(dripping, "http"));
      expect(await outbound.send(subject.message)).toEqual({ kind: "ambiguous", code: "timeout" });
      await expect.poll(() => ended).toBe(true);
      dripping.close();
    });

    /** Lies in wait at an address, and what came of a message to there. */
    const outcomeFrom = async (answer: RequestListener, scheme: "http" | "https" = "http") => {
      const server = createHttpServer((request, response) => {
        request.resume().once("end", () => answer(request, response));
      });
      const { outbound } = await start("2s", await listen(server, scheme));
      const outcome = await outbound.send(subject.message);
      server.closeAllConnections();
      server.close();
      return outcome;
    };

    it("does not know what became of a message whose answer is cut in the middle", async () => {
      const outcome = await outcomeFrom((request, response) => {
        response.writeHead(200, { "content-type": "application/json", "content-length": 1_000 }).write('{"id":');
        setTimeout(() => request.socket.end(), 20);
      });
      expect(outcome.kind).toBe("ambiguous");
    });

    it("does not know what became of a message whose connection is closed without an answer", async () => {
      const outcome = await outcomeFrom((request) => void request.socket.end());
      expect(outcome).toEqual({ kind: "ambiguous", code: "ECONNRESET" });
    });

    it("reads no answer without end, and does not know what it would have said", async () => {
      let written = 0;
      const outcome = await outcomeFrom((_, response) => {
        const more = () => {
          while (!response.destroyed && response.write(Buffer.alloc(65_536, " "))) written += 65_536;
        };
        response.writeHead(200, { "content-type": "application/json" }).on("drain", more);
        more();
      });
      expect(outcome).toMatchObject({ kind: "ambiguous" });
      expect(outcome).not.toMatchObject({ code: "timeout" });
      expect(written).toBeLessThan(40 * 1_048_576);
    });

    it("follows no redirect, which would be another create", async () => {
      let asked = 0;
      const outcome = await outcomeFrom((request, response) => {
        asked += 1;
        response.writeHead(307, { location: `http://${request.headers.host}/elsewhere` }).end();
      });
      expect(asked).toBe(1);
      expect(outcome.kind).not.toBe("accepted");
    });

    it("knows that nothing was sent where no TLS came about", async () => {
      expect(await outcomeFrom((_, response) => void response.end(), "https")).toMatchObject({ kind: "retryable" });
    });

    it("knows that nothing was sent when nobody listens", async () => {
      const { outbound, close } = await start();
      await close();
      expect(await outbound.send(subject.message)).toEqual({ kind: "retryable", code: "ECONNREFUSED", afterMs: null });
    });

    it("knows that nothing was sent while the connection was still being made", async () => {
      const silent = createServer();
      const { outbound } = await start("300ms", await listen(silent, "https"));
      expect(await outbound.send(subject.message)).toEqual({ kind: "retryable", code: "timeout", afterMs: null });
      silent.close();
    });

    it("keeps the outcomes of calls at the same time apart", async () => {
      const { outbound, script, taken } = await start();
      const { refused = { code: 400 } } = subject;
      script("ok", refused, "ok", refused, "ok");
      const ends = await Promise.all(Array.from({ length: 5 }, () => outbound.send(subject.message)));
      expect(ends.map((end) => end.kind).toSorted()).toEqual([
        "accepted",
        "accepted",
        "accepted",
        "rejected",
        "rejected",
      ]);
      expect(taken()).toBe(3);
    });

    it.skipIf(subject.hasNoRecipient)("refuses a message without a recipient for good, without asking", async () => {
      const { outbound, taken } = await start();
      const outcome = await outbound.send({ ...subject.message, to: null });
      expect(outcome).toMatchObject({ kind: "rejected", class: "invalid_address" });
      expect(taken()).toBe(0);
    });
  });
}
