import { afterEach, expect, test } from "vitest";
import { apiToken, now, openDoor, type OpenDoor, postEvents } from "./open-door.ts";

const fields = new Map([
  ["plan", { type: "string", values: ["free", "pro"] }],
  ["seats", { type: "integer", values: null }],
  ["trial_ends_at", { type: "time", values: null }],
] as const);
const contacts = { fields, timeZone: "America/New_York", channels: new Map([["texts", { kind: "sms" }]]) };

let open: OpenDoor | null = null;
afterEach(() => open?.close());

async function put(
  id: string,
  body: unknown,
  more: { readonly headers?: Readonly<Record<string, string>>; readonly append?: () => Promise<never> } = {},
): Promise<{ readonly response: Response; readonly door: OpenDoor; readonly answer: unknown }> {
  const door = await openDoor({ contacts, ...(more.append !== undefined && { append: more.append }) });
  open = door;
  const response = await fetch(`${door.url}/v1/contacts/${id}`, {
    method: "PUT",
    headers: { "content-type": "application/json", authorization: `Bearer ${apiToken}`, ...more.headers },
    body: JSON.stringify(body),
  });
  return { response, door, answer: await response.json() };
}

test("what is put becomes events of the contact, typed and with addresses in their one form, before the answer", async () => {
  const { response, door, answer } = await put("user%2F42", {
    addresses: { email: " Ana@Example.com", phone: "(202) 555-0143", push: "device-1" },
    attributes: { plan: "pro", seats: "12", trial_ends_at: "2026-03-06", note: "as it is", time_zone: null },
    tags: ["vip", "vip", "beta"],
    untag: "old",
    consent: {
      texts: { state: "granted", source: "checkout", wording: "Text me.", at: "2026-01-02" },
      email: "denied",
    },
    actor: "crm",
    reason: "nightly sync",
  });
  expect(response.status).toBe(200);
  const events = door.events();
  expect(answer).toEqual({ id: "user/42", event_ids: events.map(({ event_id }) => event_id) });
  expect(new Set(events.map(({ event_id }) => event_id)).size).toBe(6);
  const said = { actor: "crm", reason: "nightly sync" };
  const traits = {
    plan: "pro",
    seats: 12,
    trial_ends_at: "2026-03-06T05:00:00Z",
    note: "as it is",
    time_zone: null,
  };
  expect(events.map(({ event_type, data }) => [event_type, data])).toEqual([
    ["contact.identified", { traits, ...said }],
    ["contact.tagged", { tag: "vip", ...said }],
    ["contact.tagged", { tag: "beta", ...said }],
    ["contact.untagged", { tag: "old", ...said }],
    ["consent.granted", { channel: "texts", class: "marketing", source: "checkout", wording: "Text me.", ...said }],
    ["consent.denied", { channel: "email", class: "marketing", ...said }],
  ]);
  for (const { contact_id, address, provider } of events) {
    expect({ contact_id, address, provider }).toEqual({
      contact_id: "user/42",
      address: { email: "ana@example.com", phone: "+12025550143", push: "device-1" },
      provider: "api",
    });
  }
  expect(Date.parse(events[4]?.occurred_at ?? "")).toBe(Date.parse("2026-01-02T05:00:00Z"));
  expect(Date.parse(events[0]?.occurred_at ?? "")).toBe(now);
});

test("attributes alone are an update, which brings nobody back who was erased", async () => {
  const { door } = await put("ana", { attributes: { plan: "free" } });
  expect(door.events().map(({ event_type }) => event_type)).toEqual(["contact.updated"]);
});

test("all that is wrong is told at once, each with its pointer and without the value, and nothing is stored", async () => {
  const { response, door, answer } = await put("ana", {
    attributes: { plan: "gold-secret", seats: "a few", trial_ends_at: "03/04/2026", email: "x@example.com" },
    addresses: { email: "nobody", phone: "12", fax: "1" },
    tags: { a: 1 },
    consent: {
      texts: "granted",
      pigeon: "denied",
      email: { state: "maybe" },
      sms: { state: "denied", at: "2999-01-01" },
    },
    status: "pro",
    actor: 7,
  });
  expect(response.status).toBe(400);
  expect(response.headers.get("content-type")).toBe("application/problem+json");
  const { errors } = answer as { readonly errors: readonly { readonly pointer: string; readonly message: string }[] };
  expect(errors.map(({ pointer }) => pointer).toSorted()).toEqual([
    "/actor",
    "/addresses/email",
    "/addresses/fax",
    "/addresses/phone",
    "/attributes/email",
    "/attributes/plan",
    "/attributes/seats",
    "/attributes/trial_ends_at",
    "/consent/email",
    "/consent/pigeon",
    "/consent/sms/at",
    "/consent/texts/source",
    "/consent/texts/wording",
    "/status",
    "/tags",
  ]);
  expect(errors.find(({ pointer }) => pointer === "/attributes/plan")?.message).toBe("must be one of free, pro");
  expect(JSON.stringify(answer)).not.toContain("gold-secret");
  expect(door.appends).toEqual([]);
});

test.each([
  ["without the token", { authorization: "Bearer wrong" }, 401],
  ["that is not JSON", { "content-type": "text/csv" }, 415],
])("a request %s is refused", async (_what, headers, status) => {
  const { response, door } = await put("ana", {}, { headers });
  expect(response.status).toBe(status);
  expect(door.appends).toEqual([]);
});

test("an id that is too long, and a body that is no object, are refused", async () => {
  expect((await put("x".repeat(101), {})).response.status).toBe(400);
  await open?.close();
  expect((await put("ana", [])).response.status).toBe(400);
});

test.each([
  ["a\u0000b", "control characters"],
  ["a\nb", "line breaks"],
  ["../admin", "leads up"],
  ["email:a@b.c", "without email: before it"],
  ["id:ana", "without id: before it"],
])("%j is no id, and the answer says why", async (id, why) => {
  const { response, answer, door } = await put(encodeURIComponent(id), {});
  expect(response.status).toBe(400);
  expect(JSON.stringify(answer)).toContain(why);
  expect(door.appends).toEqual([]);
});

test("other methods are told which one it is, and events are still posted", async () => {
  const door = await openDoor({ contacts });
  open = door;
  const response = await fetch(`${door.url}/v1/contacts/ana`, { method: "POST" });
  expect([response.status, response.headers.get("allow")]).toEqual([405, "PUT"]);
  expect((await postEvents(door, { event_type: "lead.created", contact_id: "ana" })).status).toBe(200);
});
