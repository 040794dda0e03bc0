import { afterEach, describe, expect, it } from "vitest";
import type { OutgoingMessage } from "../../src/core/model/outgoing.ts";
import { createUnsubscribing } from "../../src/ingest/unsubscribing.ts";
import { Unavailable } from "../../src/store/store.ts";
import { now, openDoor } from "./open-door.ts";
import type { OpenDoor, OpenDoorOptions } from "./open-door.ts";

const secret = "a-secret-of-links-that-nobody-guesses";
const publicUrl = "https://hooks.acme.example";
const message: OutgoingMessage = {
  intentId: "0f".repeat(16),
  attempt: 1,
  contactId: "user-42",
  ruleId: "nurture",
  channel: "email",
  kind: "email",
  from: "hello@acme.example",
  to: "ana@example.com",
  content: {},
};
const unsubscribing = createUnsubscribing({ publicUrl, secrets: [secret] });
const tokenOf = (given = message, maker = unsubscribing) => maker.urlOf(given)?.split("/unsubscribe/")[1] ?? "";

describe("a link to unsubscribe", () => {
  it("tells who it is to those who made it, and nothing to anybody else", () => {
    const token = tokenOf();
    expect(unsubscribing.urlOf(message)).toBe(`${publicUrl}/unsubscribe/${token}`);
    expect(unsubscribing.read(token)).toEqual({
      email: "ana@example.com",
      contactId: "user-42",
      intentId: message.intentId,
    });
    const decoded = Buffer.from(token, "base64url").toString("latin1");
    for (const word of ["ana", "example", "user", message.intentId]) expect(token + decoded).not.toContain(word);
  });

  it("is the same for the same message, and another for each other", () => {
    expect(tokenOf()).toBe(tokenOf());
    expect(tokenOf({ ...message, intentId: "other" })).not.toBe(tokenOf());
    expect(unsubscribing.read(tokenOf({ ...message, contactId: null }))).toMatchObject({ contactId: null });
  });

  it("is only for mail that goes to somebody", () => {
    expect(unsubscribing.urlOf({ ...message, kind: "sms" })).toBeNull();
    expect(unsubscribing.urlOf({ ...message, to: null })).toBeNull();
  });

  it("is nothing after any change of a character", () => {
    const token = tokenOf();
    for (let at = 0; at < token.length - 1; at += 1) {
      const other = token[at] === "A" ? "B" : "A";
      expect(unsubscribing.read(token.slice(0, at) + other + token.slice(at + 1))).toBeNull();
    }
    for (const nonsense of ["", "x", "%00", token.slice(0, 30), "A".repeat(5_000)]) {
      expect(unsubscribing.read(nonsense)).toBeNull();
    }
  });

  it("outlives a change of the secret as long as the old one is listed", () => {
    const next = "another-secret-of-links-nobody-guesses";
    const token = tokenOf();
    const during = createUnsubscribing({ publicUrl, secrets: [next, secret] });
    const after = createUnsubscribing({ publicUrl, secrets: [next] });
    expect(during.read(token)).toMatchObject({ contactId: "user-42" });
    expect(after.read(token)).toBeNull();
    expect(after.read(tokenOf(message, during))).toMatchObject({ contactId: "user-42" });
  });
});

describe("following a link to unsubscribe", () => {
  let door: OpenDoor;
  const open = async (options: OpenDoorOptions = {}) => {
    door = await openDoor({ unsubscribing, ...options });
    return (method: string, token = tokenOf(), body?: string) =>
      fetch(`${door.url}/unsubscribe/${token}`, {
        method,
        ...(body !== undefined && { body, headers: { "content-type": "application/x-www-form-urlencoded" } }),
      });
  };
  afterEach(() => door.close());

  it("shows a page with one button and changes nothing: scanners follow every link", async () => {
    const follow = await open();
    const response = await follow("GET");
    const page = await response.text();
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(page.match(/<button/g)).toHaveLength(1);
    expect(page).toContain('<html lang="en">');
    expect(page).toContain('<form method="post">');
    expect(page).not.toContain("ana@example.com");
    expect((await follow("HEAD")).status).toBe(200);
    expect(door.events()).toEqual([]);
  });

  it("lets no script, frame, form or referrer of others near it", async () => {
    const { headers } = await (await open())("GET");
    expect(headers.get("content-security-policy")).toMatch(
      /^default-src 'none'; style-src 'sha256-[A-Za-z0-9+/=]+'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'$/,
    );
    expect(headers.get("referrer-policy")).toBe("no-referrer");
    expect(headers.get("cache-control")).toBe("no-store");
    expect(headers.get("x-content-type-options")).toBe("nosniff");
  });

  it("ends it with the one POST of a mail program, durably before the answer", async () => {
    const follow = await open();
    const response = await follow("POST", tokenOf(), "List-Unsubscribe=One-Click");
    expect(response.status).toBe(200);
    expect(await response.text()).toContain("You are unsubscribed");
    const at = new Date(now).toISOString();
    expect(door.events()).toEqual([
      {
        schema_version: 1,
        event_id: expect.stringMatching(/^unsubscribe:/),
        event_type: "email.unsubscribed",
        occurred_at: at,
        received_at: at,
        provider: "heed",
        channel: "email",
        contact_id: "user-42",
        message_id: message.intentId,
        address: { email: "ana@example.com" },
        data: {},
      },
    ]);
  });

  it("ends it with the button, which posts an empty form, and again after somebody came back", async () => {
    const follow = await open();
    await follow("POST", tokenOf(), "");
    await follow("POST");
    const ids = door.events().map(({ event_id }) => event_id);
    expect(new Set(ids).size).toBe(2);
  });

  it("says so when the link is none of ours, without an event", async () => {
    const follow = await open();
    for (const method of ["GET", "POST"]) {
      const response = await follow(method, `${tokenOf().slice(0, -4)}AAAA`);
      expect(response.status).toBe(404);
      expect(await response.text()).toContain("This link is not valid");
    }
    expect(door.events()).toEqual([]);
    expect(door.refusals).toEqual(["none invalid", "none invalid"]);
    expect((await follow("DELETE")).status).toBe(405);
  });

  it("never says that it is done when the store is away", async () => {
    const follow = await open({ append: () => Promise.reject(new Unavailable("away")) });
    const response = await follow("POST");
    expect(response.status).toBe(503);
    expect(response.headers.get("retry-after")).toBe("60");
    expect(await response.text()).toContain("You are not unsubscribed yet");
  });

  it("is not served by a workspace that makes no links", async () => {
    door = await openDoor();
    expect((await fetch(`${door.url}/unsubscribe/${tokenOf()}`)).status).toBe(404);
  });
});
