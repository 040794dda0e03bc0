/** What every provider must have, so that none can be forgotten: whoever can't have it says why, and that is proven. */
import { readFileSync, readdirSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Json } from "../../src/core/model/json.ts";
import { isJsonArray, isJsonObject, parseJson } from "../../src/core/model/parse-json.ts";
import { createEventValidator } from "../../src/ingest/validate-event.ts";
import type { Inbound, Provider } from "../../src/providers/provider.ts";
import { providerRegistry } from "../../src/providers/registry.ts";
import { startSesFake } from "../../src/providers/ses/fake.ts";
import { createProvider, inboundOf, now } from "./contract.ts";
import { type DoorWay, doorWays, snsKeys } from "./doors.ts";

const all = [...providerRegistry.values()];
const here = new URL("./", import.meta.url);
const tests = readdirSync(here)
  .filter((name) => name.endsWith(".test.ts") && !/^(?:every-provider|undocumented)\./.test(name))
  .map((name) => readFileSync(new URL(name, here), "utf8"));
/** The tests of a provider are those that load its definition. */
const testsOf = (name: string): string =>
  tests.filter((text) => new RegExp(`/providers/${name}/[\\w-]+\\.ts"`).test(text)).join("\n");

const form = "application/x-www-form-urlencoded";
const year = 365 * 24 * 3_600_000;

/** Where SNS has its certificates. */
let sns: Awaited<ReturnType<typeof startSesFake>>;
beforeAll(async () => {
  const account = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret", region: "us-east-1" };
  sns = await startSesFake({ ...account, certificate: snsKeys.certificate });
});
afterAll(() => sns.close());

async function open({ definition, settings, sample, sign }: DoorWay): Promise<Inbound> {
  const { webhook } = settings;
  const isSes = definition.name === "ses" && isJsonObject(webhook);
  const given = isSes ? { ...settings, webhook: { ...webhook, sns_url: sns.url } } : settings;
  const provider: Provider = await createProvider(definition, given);
  const inbound = inboundOf(provider);
  await inbound.prepare?.(sign(sample, { by: "sender", at: now }), now);
  return inbound;
}

test("there is a way in to try for every provider that has a door", () => {
  const tried = new Set(doorWays.map(({ definition }) => definition.name));
  expect(all.filter(({ door, name }) => door !== undefined && !tried.has(name)).map(({ name }) => name)).toEqual([]);
});

describe.each(doorWays)("the proof of $name", (way) => {
  const { sample, sign, blindTo = {} } = way;
  const genuine = { by: "sender", at: now } as const;
  // Vendors end their bodies with a line's end, which frameworks like to take off.
  const isJson = /^\s*[[{]/.test(sample);
  const body = isJson ? `${sample.trimEnd()}\r\n` : sample;

  test("is taken from the sender, and from nobody else", async () => {
    const inbound = await open(way);
    expect(inbound.verifyHead?.(sign(body, genuine), now) ?? { ok: true }).toEqual({ ok: true });
    expect(inbound.verify(sign(body, genuine), now)).toEqual({ ok: true });
    expect(inbound.verify(sign(body, { ...genuine, by: "other" }), now)).toMatchObject({ ok: false });
    const bare = { ...sign(body, genuine), headers: { "content-type": form }, url: "/", body: Buffer.alloc(0) };
    expect(inbound.verify(bare, now).ok).toBe(false);
  });

  test(blindTo.changes ?? "covers every byte", async () => {
    const inbound = await open(way);
    const request = sign(body, genuine);
    expect(inbound.verify(request, now)).toEqual({ ok: true });
    const bytes = Buffer.from(request.body);
    const at = bytes.lastIndexOf(isJson ? "a" : "e");
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    expect(inbound.verify({ ...request, body: bytes }, now).ok).toBe(blindTo.changes !== undefined);
  });

  test(blindTo.trimming ?? "covers the end of the body", async () => {
    const inbound = await open(way);
    const request = sign(body, genuine);
    expect(inbound.verify(request, now)).toEqual({ ok: true });
    const text = Buffer.from(request.body).toString("utf8");
    const trimmed = text.trimEnd() === text ? text.slice(0, -1) : text.trimEnd();
    const outside = blindTo.trimming !== undefined && blindTo.changes === undefined ? `${text}\r\n` : trimmed;
    expect(inbound.verify({ ...request, body: Buffer.from(outside) }, now).ok).toBe(blindTo.trimming !== undefined);
  });

  test(blindTo.age ?? "ends", async () => {
    const inbound = await open(way);
    const old = inbound.verify(sign(body, { ...genuine, at: now - year }), now);
    expect(old.ok).toBe(blindTo.age !== undefined);
    if (!old.ok) expect(old.reason).toBe("timestamp_stale");
    // What it says in the README's table.
    const { door } = way.definition;
    const isFirst = doorWays.find(({ definition }) => definition === way.definition) === way;
    if (door !== undefined && isFirst && door.replay === "event ids") expect(blindTo.age).toBeDefined();
  });
});

/** What no field should be, and some may. */
const odd: readonly Json[] = [
  null,
  true,
  -1,
  1e300,
  8.64e15,
  "",
  "\u0000",
  "\ud800",
  "🙂\u202e\u200d",
  "a\r\nset-cookie: b=c",
  "+275760-09-13T00:00:00.001Z",
  "0000-00-00T99:99:99Z",
  "x".repeat(100_000),
  [],
  {},
  [[[]]],
  { __proto__: null, constructor: { prototype: { polluted: true } } },
];

/** The value with one of its leaves replaced, for each leaf. */
function* withEachLeaf(value: Json, other: Json): Generator<Json> {
  if (isJsonArray(value)) {
    for (const [at, one] of value.entries())
      for (const changed of withEachLeaf(one, other)) yield value.map((kept, index) => (index === at ? changed : kept));
  } else if (isJsonObject(value)) {
    for (const [key, one] of Object.entries(value))
      for (const changed of withEachLeaf(one, other)) yield { ...value, [key]: changed };
  } else yield other;
}

function variantsOf(sample: string, other: Json): readonly string[] {
  const parsed = parseJson(sample);
  if (parsed.ok) return [...withEachLeaf(parsed.value, other)].map((changed) => JSON.stringify(changed));
  const text = typeof other === "string" ? other : JSON.stringify(other);
  if (sample.startsWith("--")) return ["Yes please.", "Ada", "ada@example.com"].map((old) => sample.replace(old, text));
  const names = [...new URLSearchParams(sample).keys()];
  return names.map((name) => {
    const changed = new URLSearchParams(sample);
    changed.set(name, text);
    return changed.toString();
  });
}

describe.each(doorWays)("what $name posts", (way) => {
  test("may have anything in any field: each event is sound, or set aside with its reason", async () => {
    const inbound = await open(way);
    const validate = createEventValidator();
    let events = 0;
    for (const other of odd) {
      for (const body of variantsOf(way.sample, other)) {
        const read = inbound.normalize(way.sign(body, { by: "sender", at: now }), now);
        if ("malformed" in read) continue;
        for (const { reason } of read.quarantined) expect(reason).not.toBe("");
        for (const event of read.events) {
          events += 1;
          expect(validate(event)).toEqual({ event });
          expect(Date.parse(event.occurred_at)).toBeLessThanOrEqual(now);
          expect(event.event_id).not.toMatch(/[\r\n]/);
        }
      }
    }
    expect(events).toBeGreaterThan(0);
    expect(Reflect.get({}, "polluted")).toBeUndefined();
  });

  test("may be deep, broad or no text at all", async () => {
    const inbound = await open(way);
    const bodies = [
      "[".repeat(100_000),
      `[${"{},".repeat(50_000)}{}]`,
      '{"a":'.repeat(50_000),
      "\ufeff{}",
      "\u0000",
      "%%%",
      "--",
    ];
    for (const body of bodies) {
      const request = { ...way.sign(way.sample, { by: "sender", at: now }), body: Buffer.from(body) };
      expect(() => inbound.normalize(request, now)).not.toThrow();
      expect(inbound.verify(request, now).ok && way.blindTo?.changes === undefined).toBe(false);
    }
  });
});

/** Through whose own SDK it sends, or why through none. */
const clients: Readonly<Record<string, { readonly sdk: string } | { readonly plain: string }>> = {
  sendgrid: { sdk: "@sendgrid/client" },
  twilio: { sdk: "twilio" },
  postmark: { sdk: "postmark" },
  smtp: { sdk: "nodemailer" },
  mailgun: { plain: "one form to one address; the fake is tried with mailgun.js as well" },
  ses: { plain: "AWS' SDK repeats what may have been taken; its signature is a file" },
  vonage: { plain: "a token and a form: the SDK throws on texts that were taken in part" },
  messagebird: { plain: "the SDK speaks to one fixed host only" },
  fcm: { plain: "firebase-admin needs a newer Node" },
  slack: { plain: "one address, one word of answer" },
  zendesk: { plain: "one create and one look-up" },
  webhook: { plain: "whoever receives it is no vendor" },
  outbox: { plain: "a file on this machine" },
};

describe.each(all.filter(({ capabilities }) => capabilities.kinds.length > 0))(
  "sending through $name",
  (definition) => {
    const { name } = definition;
    const folder = new URL(`../../src/providers/${name}/`, import.meta.url);
    const sources = (): string =>
      readdirSync(folder)
        .filter((file) => file.endsWith(".ts"))
        .map((file) => readFileSync(new URL(file, folder), "utf8"))
        .join("\n");

    test("goes through the vendor's own SDK, or says why not", () => {
      const client = clients[name];
      expect(client).toBeDefined();
      if (client !== undefined && "sdk" in client) expect(sources().includes(`"${client.sdk}`)).toBe(true);
    });

    test("is tried against a fake that takes, refuses, loses and hangs", () => {
      // A mail server and a file have no answers of HTTP: their tests say the same of what they have.
      const isHttp = name !== "smtp" && name !== "outbox";
      expect(definition.fake !== undefined || name === "outbox").toBe(true);
      if (isHttp) expect(testsOf(name).includes("outboundContract(")).toBe(true);
      else expect(/"(?:ambiguous|retryable)"/.test(testsOf(name))).toBe(true);
      expect(definition.outcomeOfRefusal !== undefined || name === "outbox").toBe(true);
    });
  },
);

describe.each(all.filter(({ door }) => door !== undefined))("the reports of $name", ({ name, eventData, door }) => {
  const fixtures = readdirSync(new URL(`fixtures/${name}/`, here)).filter((file) => file.includes("."));

  test("have fixtures, each beside what it must be read as", () => {
    const given = fixtures.filter((file) => !file.includes(".canonical."));
    const golden = fixtures.filter((file) => file.includes(".canonical."));
    expect(given.length).toBeGreaterThan(0);
    expect(given.map((file) => file.replace(/\.\w+$/, ".canonical.json")).toSorted()).toEqual(golden.toSorted());
    expect(testsOf(name).includes("golden")).toBe(true);
  });

  test("pass the contract of all webhooks, and are known to the checker", () => {
    expect(testsOf(name).includes("inboundContract(")).toBe(true);
    // Events that name themselves have no words of the vendor's.
    expect(eventData !== undefined || name === "standard_webhooks" || name === "cloudevents").toBe(true);
    if (door?.backfill === true) expect(testsOf(name).includes("backfill")).toBe(true);
  });
});
