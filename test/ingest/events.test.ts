import { afterEach, describe, expect, it } from "vitest";
import { Unavailable } from "../../src/store/store.ts";
import { apiToken, now, openDoor, postEvents } from "./open-door.ts";
import type { OpenDoor, OpenDoorOptions } from "./open-door.ts";

let door: OpenDoor;
const open = async (options?: OpenDoorOptions) => (door = await openDoor(options));
afterEach(() => door.close());

const consent = (without: object) => ({
  event_type: "consent.granted",
  data: { channel: "sms", source: "checkout", wording: "Text me.", ...without },
});
const event = (fields: object = {}) => ({ event_type: "lead.demo_requested", contact_id: "user-42", ...fields });

describe("posting canonical events", () => {
  it("fills what is missing and answers with the ids", async () => {
    await open();
    const response = await postEvents(door, event({ data: { first_name: "Ana" } }));
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ accepted: 1, duplicates: 0, event_ids: ["id-1"] });
    expect(door.events()).toEqual([
      {
        schema_version: 1,
        event_id: "id-1",
        event_type: "lead.demo_requested",
        occurred_at: new Date(now).toISOString(),
        received_at: new Date(now).toISOString(),
        provider: "api",
        contact_id: "user-42",
        data: { first_name: "Ana" },
      },
    ]);
  });

  it("keeps what is given, except the time of receipt, which is ours to say, and a future that cannot be", async () => {
    await open();
    const given = {
      event_id: "e1",
      provider: "shop",
      occurred_at: "2026-03-06T08:00:00-05:00",
      received_at: "2020-01-01T00:00:00Z",
      message_id: "m1",
    };
    await postEvents(door, [event(given), event({ event_id: "e2", occurred_at: "2027-01-01T00:00:00Z" })]);
    expect(door.events()).toMatchObject([
      {
        event_id: "e1",
        provider: "shop",
        occurred_at: "2026-03-06T13:00:00.000Z",
        received_at: new Date(now).toISOString(),
        message_id: "m1",
      },
      { event_id: "e2", occurred_at: new Date(now).toISOString() },
    ]);
  });

  it("cleans addresses: case and space of an email, a phone number into E.164 with the workspace's country", async () => {
    await open();
    const address = (given: object) => event({ contact_id: undefined, address: given });
    await postEvents(door, [
      address({ email: " Ana@Example.COM " }),
      address({ phone: "(202) 555-0143" }),
      address({ phone: "+44 20 7946 0958" }),
    ]);
    expect(door.appends[0]?.map(({ key }) => key)).toEqual([
      "email:ana@example.com",
      "phone:+12025550143",
      "phone:+442079460958",
    ]);
  });

  it("takes the token of a device beside an identity, however long it is", async () => {
    await open();
    const push = "t".repeat(1_000);
    const response = await postEvents(door, event({ address: { push: ` ${push} ` } }));
    expect(response.status).toBe(200);
    expect(JSON.parse(Buffer.from(door.appends[0]?.[0]?.body ?? []).toString())).toMatchObject({ address: { push } });
  });

  it("counts the events it knew already, in one request or in two", async () => {
    await open();
    const first = await postEvents(door, [
      event({ event_id: "e1" }),
      event({ event_id: "e1" }),
      event({ event_id: "e2" }),
    ]);
    expect(await first.json()).toEqual({ accepted: 2, duplicates: 1, event_ids: ["e1", "e1", "e2"] });
    const again = await postEvents(door, event({ event_id: "e1" }));
    expect(await again.json()).toEqual({ accepted: 0, duplicates: 1, event_ids: ["e1"] });
  });

  it("takes a consent with its proof, an objection without, and what lifts a silence with the API token", async () => {
    await open();
    const objection = { event_type: "consent.denied", data: { channel: "sms" } };
    const all = [event(consent({})), event(objection), event({ event_type: "sms.opted_in" })];
    expect((await postEvents(door, all)).status).toBe(200);
    expect(door.events().map(({ event_type }) => event_type)).toEqual([
      "consent.granted",
      "consent.denied",
      "sms.opted_in",
    ]);
  });

  it("keeps the same id of two sources apart", async () => {
    await open();
    await postEvents(door, [event({ event_id: "e1", provider: "shop" }), event({ event_id: "e1", provider: "crm" })]);
    expect(door.accepted).toEqual([{ fresh: 2, duplicates: 0, quarantined: 0 }]);
  });

  it("takes a consent for a channel by its name in heed.yaml, and says which there are to who names another", async () => {
    const channels = new Map([
      ["texts", { kind: "sms" }],
      ["team", { kind: "slack" }],
    ]);
    await open({ contacts: { channels } });
    const said = [event(consent({ channel: "texts" })), event({ event_type: "consent.denied", channel: "email" })];
    expect((await postEvents(door, said)).status).toBe(200);
    const refused = await postEvents(door, event({ event_type: "consent.denied", channel: "team" }));
    expect(await refused.json()).toMatchObject({
      errors: [{ pointer: "/channel", message: "must be of a channel that reaches contacts: texts" }],
    });
  });

  it.each([
    ["no type", { event_type: undefined }, ""],
    ["a consent without its source", consent({ source: undefined }), "/data/source"],
    ["a consent without its wording", consent({ wording: undefined }), "/data/wording"],
    ["a consent whose wording nobody can read", consent({ wording: "\u200b \u2060\u3164" }), "/data/wording"],
    ["a consent for no channel", consent({ channel: undefined }), "/data/channel"],
    ["a consent for a channel that there is not", consent({ channel: "smss" }), "/data/channel"],
    ["a consent for a channel that reaches no contacts", consent({ channel: "slack" }), "/data/channel"],
    ["an objection for no channel", { event_type: "consent.denied" }, "/data/channel"],
    ["no identity", { contact_id: undefined }, ""],
    ["an unknown field", { colour: "red" }, "/colour"],
    ["a hostile field name", { "a/b~c": "red" }, "/a~1b~0c"],
    ["an id that is a number", { event_id: 5 }, "/event_id"],
    ["a time that is none", { occurred_at: "yesterday" }, "/occurred_at"],
    ["data that is a list", { data: [] }, "/data"],
    ["an impossible phone number", { address: { phone: "+1202" } }, "/address/phone"],
    ["a short code as a phone number", { address: { phone: "12345" } }, "/address/phone"],
    ["an email that is none", { address: { email: "ana@@example.com" } }, "/address/email"],
    ["a token with a space", { address: { push: "a b" } }, "/address/push"],
    ["a token as the only identity", { contact_id: undefined, address: { push: "token" } }, ""],
    ["an identity too long to store", { contact_id: "é".repeat(80) }, ""],
    ["an identity that is not text", { contact_id: "user-\ud800" }, ""],
    ["an id too long to store", { event_id: "語".repeat(200) }, ""],
  ])(
    "with %s is refused with a pointer to the fault, and nothing of the request is stored",
    async (_, fields, pointer) => {
      await open();
      const response = await postEvents(door, [event(), event(fields)]);
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({
        title: "Events are not valid",
        errors: [{ pointer: `/1${pointer}` }],
      });
      expect(door.appends).toEqual([]);
      expect(door.refusals).toEqual(["api invalid"]);
    },
  );

  it("points into a single event without an index, and never quotes a value", async () => {
    await open();
    const response = await postEvents(door, event({ event_id: 5, address: { email: "CANARY" } }));
    const body: unknown = await response.json();
    expect(body).toMatchObject({ errors: [{ pointer: "/event_id" }, { pointer: "/address/email" }] });
    expect(JSON.stringify(body)).not.toContain("CANARY");
  });

  it("names twenty faults at the most", async () => {
    await open();
    const response = await postEvents(
      door,
      Array.from({ length: 100 }, () => ({})),
    );
    expect(await response.json()).toHaveProperty("errors.length", 20);
  });

  it("takes a thousand events in one append and not one more", async () => {
    await open();
    const many = Array.from({ length: 1_000 }, (_, i) => event({ event_id: `e${i}` }));
    expect((await postEvents(door, many)).status).toBe(200);
    expect(door.appends.map((facts) => facts.length)).toEqual([1_000]);
    expect((await postEvents(door, [...many, event()])).status).toBe(413);
    expect((await postEvents(door, [])).status).toBe(200);
  });

  it.each([
    ["", 400],
    ["{", 400],
    ["[".repeat(50_000), 400],
    ['"text"', 400],
    ["null", 400],
  ])("answers the body %j with %d", async (body, status) => {
    await open();
    expect((await postEvents(door, body.slice(0, 60_000))).status).toBe(status);
    expect(door.failures).toEqual([]);
  });

  it("leaves every prototype alone", async () => {
    await open();
    const body =
      '{"event_type":"x","contact_id":"c","__proto__":{"polluted":1},"data":{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}}';
    expect((await postEvents(door, body)).status).toBe(200);
    expect(Reflect.get({}, "polluted")).toBeUndefined();
    expect(door.events()[0]?.data).toEqual({});
  });

  it.each([
    ["no token", ""],
    ["another token", "Bearer another"],
    ["a longer token", `Bearer ${apiToken}x`],
    ["another scheme", `Basic ${apiToken}`],
    ["an empty token", "Bearer "],
  ])("with %s is unauthorized before a byte of the body is read", async (_, authorization) => {
    await open();
    const response = await postEvents(door, "{", { authorization });
    expect(response.status).toBe(401);
    expect(response.headers.get("www-authenticate")).toBe("Bearer");
    expect(door.refusals).toEqual(["api unauthorized"]);
  });

  it("wants POST and JSON", async () => {
    await open();
    expect((await fetch(`${door.url}/v1/events`)).headers.get("allow")).toBe("POST");
    expect((await postEvents(door, event(), { "content-type": "text/plain" })).status).toBe(415);
    expect((await postEvents(door, event({ data: { a: "x".repeat(1_048_576) } }))).status).toBe(413);
  });

  it("is asked to come again when the store is not available", async () => {
    await open({ append: () => Promise.reject(new Unavailable("full")) });
    const response = await postEvents(door, event());
    expect([response.status, response.headers.get("retry-after")]).toEqual([503, "1"]);
  });
});
