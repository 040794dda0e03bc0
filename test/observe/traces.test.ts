import { createServer } from "node:http";
import { afterEach, describe, expect, it } from "vitest";
import { systemClock } from "../../src/cli/system-clock.ts";
import { openTracing } from "../../src/cli/open-tracing.ts";
import { createLog } from "../../src/observe/log.ts";
import { openTraces, readTraceSettings, type Span, spanIdOf, traceIdOf } from "../../src/observe/traces.ts";
import { createMetrics } from "../../src/observe/metrics.ts";
import { startEngine } from "../../src/runtime/engine.ts";
import { openMemoryStore } from "../../src/store/memory.ts";
import { rule, rulebook } from "../core/given.ts";
import { deployedOf, fakeProvider, leadAt } from "../runtime/fake-deployment.ts";
import { virtualClock } from "../support/virtual-clock.ts";

const span = (fields: Partial<Span> = {}): Span => ({
  trace: "twilio:e1",
  id: "door:twilio:e1",
  parent: null,
  name: "door",
  kind: "server",
  from: 1_000,
  to: 1_004,
  attributes: { "heed.source": "twilio", "heed.messages": 2 },
  ...fields,
});

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** A collector's OTLP door. */
async function collector(status = 200) {
  const requests: { readonly url: string; readonly headers: NodeJS.Dict<string | string[]>; readonly body: unknown }[] =
    [];
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => (body += String(chunk)));
    request.on("end", () => {
      requests.push({ url: request.url ?? "", headers: request.headers, body: JSON.parse(body) });
      response.writeHead(status).end("{}");
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  closing.push(() => new Promise((resolve) => void server.close(() => resolve())));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return { url: `http://127.0.0.1:${port}`, requests };
}

function spansOf(body: unknown): readonly unknown[] {
  const found: unknown[] = [];
  JSON.stringify(body, (key, value: unknown) => {
    if (key === "spans" && Array.isArray(value)) for (const each of value) found.push(each);
    return value;
  });
  return found;
}

function logged() {
  const lines: string[] = [];
  return { lines, log: createLog({ write: (line) => void lines.push(line) }) };
}

describe("spans", () => {
  it("go to the collector as OTLP's JSON, with its headers and the service's name", async () => {
    const { url, requests } = await collector();
    const env = {
      OTEL_EXPORTER_OTLP_ENDPOINT: `${url}/`,
      OTEL_EXPORTER_OTLP_HEADERS: "authorization=Bearer%20abc, x-scope=1",
      OTEL_SERVICE_NAME: "heed-eu",
    };
    const traces = await openTracing(env, systemClock, logged().log);
    traces?.tell(span());
    traces?.tell(span({ id: "decision", parent: "door:twilio:e1", failed: true }));
    await traces?.close();
    expect(requests).toMatchObject([{ url: "/v1/traces", headers: { authorization: "Bearer abc", "x-scope": "1" } }]);
    expect(JSON.stringify(requests[0]?.body)).toContain('{"key":"service.name","value":{"stringValue":"heed-eu"}}');
    expect(spansOf(requests[0]?.body)).toEqual([
      {
        traceId: traceIdOf("twilio:e1"),
        spanId: spanIdOf("door:twilio:e1"),
        parentSpanId: "",
        name: "door",
        kind: 2,
        startTimeUnixNano: "1000000000",
        endTimeUnixNano: "1004000000",
        attributes: [
          { key: "heed.source", value: { stringValue: "twilio" } },
          { key: "heed.messages", value: { intValue: "2" } },
        ],
        status: {},
      },
      expect.objectContaining({ parentSpanId: spanIdOf("door:twilio:e1"), status: { code: 2 } }),
    ]);
    expect(traceIdOf("twilio:e1")).toMatch(/^[0-9a-f]{32}$/);
    expect(spanIdOf("x")).toMatch(/^[0-9a-f]{16}$/);
  });

  it("are lost without harm while the collector is away, and people are told once", async () => {
    const { url } = await collector(503);
    const { lines, log } = logged();
    const traces = openTraces({ url, headers: {}, service: "heed", share: 1 }, systemClock, log);
    for (let count = 0; count < 9_000; count += 1) traces.tell(span({ id: String(count) }));
    await traces.close();
    expect(lines.filter((line) => line.includes("traces are lost"))).toHaveLength(1);
  });

  it("of a share of the traces are told, the same ones by every process", async () => {
    const { url, requests } = await collector();
    const settings = { url, headers: {}, service: "heed", share: 0.25 };
    for (const process of ["door", "send"]) {
      const traces = openTraces(settings, systemClock, logged().log);
      for (let count = 0; count < 400; count += 1) traces.tell(span({ trace: `e${count}`, id: `${process}:${count}` }));
      await traces.close();
    }
    const [one = [], two = []] = requests.map(({ body }) => JSON.stringify(body).match(/"traceId":"[0-9a-f]+"/g) ?? []);
    expect(one).toEqual(two);
    expect(one.length).toBeGreaterThan(60);
    expect(one.length).toBeLessThan(140);
  });
});

describe("the settings", () => {
  it("are OpenTelemetry's own, and no endpoint is no traces", () => {
    expect(readTraceSettings({})).toBeNull();
    expect(readTraceSettings({ OTEL_EXPORTER_OTLP_ENDPOINT: "http://c:4318", OTEL_SDK_DISABLED: "true" })).toBeNull();
    expect(readTraceSettings({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "https://c/x" })).toMatchObject({
      url: "https://c/x",
    });
  });

  it.each([
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: "collector:4318" }, "expected the http(s) URL"],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: "http://c:4317", OTEL_EXPORTER_OTLP_PROTOCOL: "grpc" }, "http/json"],
    [
      { OTEL_EXPORTER_OTLP_ENDPOINT: "http://c", OTEL_TRACES_SAMPLER: "traceidratio", OTEL_TRACES_SAMPLER_ARG: "12" },
      "expected a share",
    ],
  ])("that cannot be used are refused: %j", (env, why) => {
    expect(readTraceSettings(env)).toMatchObject({ fault: expect.stringContaining(why) });
  });
});

it("an event's way is one trace from the door to the result, without anything personal", async () => {
  const clock = virtualClock();
  const store = openMemoryStore({ clock });
  const told: Span[] = [];
  const traces = { tell: (each: Span) => void told.push(each), close: async () => undefined };
  const provider = fakeProvider({ send: async () => ({ kind: "accepted", providerMessageId: "p1" }) });
  const parts = { store, clock, log: logged().log, metrics: createMetrics(), traces };
  const engine = await startEngine(parts, deployedOf(rulebook([rule({ id: "welcome" })]), provider));
  const event = leadAt(clock.now(), "canary-person", {
    provider: "Canary Publisher",
    address: { phone: "+12025550143" },
    data: { note: "canary text" },
  });
  await store.append([{ id: "test:e", key: "id:canary-person", body: Buffer.from(JSON.stringify(event)) }]);
  await clock.pass(5_000);
  const stopping = engine.stop(1_000);
  await clock.pass(2_000);
  await stopping;
  const names = new Map(told.map((each) => [each.id, each.name]));
  const trace = told.filter(({ trace: of }) => of === "Canary Publisher:e-canary-person");
  expect(trace.map(({ name, parent }) => [name, parent === null ? null : names.get(parent)])).toEqual([
    ["door", null],
    ["decision", "door"],
    ["message", "decision"],
    ["send", "message"],
    ["result", "message"],
  ]);
  expect(trace[2]?.attributes).toEqual({
    "heed.rule": "welcome",
    "heed.channel": "sms",
    "heed.class": "transactional",
    "heed.provider": "fake",
    "heed.attempt": 1,
    "heed.outcome": "accepted",
  });
  const seen = JSON.stringify(told.map(({ name, attributes }) => [name, attributes]));
  for (const canary of ["canary", "Canary", "2025550143"]) expect(seen).not.toContain(canary);
});
