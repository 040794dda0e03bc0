import { afterEach, describe, expect, it } from "vitest";
import { segmentApiHeaders } from "../../src/providers/segment/sign.ts";
import { signStandardWebhook } from "../../src/providers/standard-webhooks.ts";
import { now, openDoor, type OpenDoor, webhookSecret, writeKey } from "./open-door.ts";

let door: OpenDoor;
const open = async () => (door = await openDoor());
afterEach(() => door.close());

const event = { event_type: "lead.demo_requested", contact_id: "user-42" };

function postSigned(body: string, { id = "msg_1", at = now / 1_000, secret = webhookSecret, bytes = body } = {}) {
  const headers = { ...signStandardWebhook(body, id, at, [secret]) };
  return fetch(`${door.url}/v1/events`, { method: "POST", headers, body: bytes });
}

describe("events of your own that are signed as Standard Webhooks says", () => {
  it("need no token, and are known by the id that was signed", async () => {
    await open();
    const one = JSON.stringify(event);
    expect((await postSigned(one)).status).toBe(200);
    expect(await (await postSigned(one)).json()).toMatchObject({ accepted: 0, duplicates: 1, event_ids: ["msg_1"] });
    const several = JSON.stringify([event, { ...event, event_id: "own" }]);
    expect(await (await postSigned(several, { id: "msg_2" })).json()).toMatchObject({
      accepted: 2,
      event_ids: ["msg_2/0", "own"],
    });
    expect(door.events().map(({ provider }) => provider)).toEqual(["api", "api", "api", "api"]);
  });

  it("lift no silence, erase and join nobody: that asks for the token", async () => {
    await open();
    for (const event_type of ["sms.opted_in", "contact.erased", "contact.merged"]) {
      const response = await postSigned(JSON.stringify([event, { ...event, event_type }]), { id: event_type });
      expect(await response.json()).toMatchObject({ status: 400, errors: [{ pointer: "/1/event_type" }] });
    }
    expect(door.appends).toEqual([]);
  });

  it.each([
    ["with another secret", { secret: `whsec_${Buffer.alloc(24, 9).toString("base64")}` }, "signature_invalid"],
    ["with another body", { bytes: JSON.stringify({ ...event, contact_id: "user-43" }) }, "signature_invalid"],
    ["too long ago", { at: now / 1_000 - 301 }, "timestamp_stale"],
    ["in the future", { at: now / 1_000 + 301 }, "timestamp_stale"],
  ])("and were signed %s are refused, stored nowhere and counted", async (_, how, reason) => {
    await open();
    expect((await postSigned(JSON.stringify(event), how)).status).toBe(401);
    expect(door.appends).toEqual([]);
    expect(door.refusals).toEqual([`api ${reason}`]);
  });
});

describe("segment's HTTP API", () => {
  const call = (path: string, body: string, headers: Record<string, string> = { ...segmentApiHeaders(writeKey) }) =>
    fetch(`${door.url}${path}`, { method: "POST", headers, body });
  const track = JSON.stringify({ userId: "user-42", event: "Order Completed", messageId: "m-1" });

  it("is served at Segment's own paths, with Segment's own answer, once per message", async () => {
    await open();
    const response = await call("/v1/track", track);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ success: true });
    const batch = `{"batch":[${track.replace("{", '{"type":"track",')}]}`;
    expect((await call("/v1/batch", batch)).status).toBe(200);
    expect((await call("/v1/import", batch)).status).toBe(200);
    expect(door.accepted.map(({ fresh, duplicates }) => [fresh, duplicates])).toEqual([
      [1, 0],
      [0, 1],
      [0, 1],
    ]);
    expect(door.events()[0]).toMatchObject({
      event_type: "Order Completed",
      contact_id: "user-42",
      provider: "segment",
    });
  });

  it("keeps and counts what it has no word for", async () => {
    await open();
    const body = `{"batch":[${track.replace("{", '{"type":"teleport",')}, ${track.replace("{", '{"type":"track",')}]}`;
    expect((await call("/v1/batch", body)).status).toBe(200);
    expect(door.events()[0]).toMatchObject({ event_type: "unknown", data: { type: "teleport" } });
    expect(door.accepted).toMatchObject([{ quarantined: 0, unknown: 1 }]);
  });

  it("takes 32 kB of a call and 500 kB of a batch, and not a byte more", async () => {
    await open();
    const padded = (bytes: number) => track.padEnd(bytes, " ");
    expect((await call("/v1/track", padded(32 * 1024))).status).toBe(200);
    expect((await call("/v1/track", padded(32 * 1024 + 1))).status).toBe(413);
    const batch = `{"batch":[${track.replace("{", '{"type":"track",')}]}`;
    expect((await call("/v1/batch", batch.padEnd(500 * 1024, " "))).status).toBe(200);
    expect((await call("/v1/batch", batch.padEnd(500 * 1024 + 1, " "))).status).toBe(413);
  });

  it("is shut to whoever has no write key, and where nobody asked for it", async () => {
    await open();
    expect((await call("/v1/track", track, { ...segmentApiHeaders("guessed") })).status).toBe(401);
    expect((await call("/v1/track", track, { "content-type": "application/json" })).status).toBe(401);
    expect((await call("/v1/alias/", track)).status).toBe(404);
    expect((await call("/v1/settings", track)).status).toBe(404);
    expect(door.refusals).toEqual([
      "segment signature_invalid",
      "segment signature_missing",
      "none unknown_path",
      "none unknown_path",
    ]);
  });
});
