import { describe, expect, test } from "vitest";
import { addressKey } from "../../src/core/model/identity.ts";
import type { Channel } from "../../src/core/model/rulebook.ts";
import { CHANNELS, on, rule, rulebook, sendStep, world } from "./given.ts";

const token = "bk3RNwTe3H0:CI2k_HHwgIpoDKCIZvvDMExUdFQ3P1";
const push: Channel = {
  name: "app",
  kind: "push",
  provider: "fake",
  from: null,
  ratePerSecond: null,
  quietHours: null,
  price: null,
};
const channels = new Map([...CHANNELS, push].map((channel) => [channel.name, channel]));
const appThenText = rule({ id: "r", reentry: "parallel", steps: [sendStep("app", { channels: ["app", "sms"] })] });
const identified = (tokens: string) => ({ event_type: "contact.identified", address: { push: tokens } });
const begins = { event_type: "lead.created" };

function phones() {
  const w = world(rulebook([appThenText], { channels }));
  w.event({ event_type: "contact.identified", address: { phone: "+12025550143" } });
  return w;
}

describe("a push message", () => {
  test("goes to the newest device that the contact is known by, and without one the next channel speaks", () => {
    const w = phones();
    w.event(begins);
    w.event(identified("old-token"));
    w.event(identified(token));
    w.event({ ...begins, event_id: "again" });
    expect(w.calls.map(({ channel, to }) => [channel, to])).toEqual([
      ["sms", "+12025550143"],
      ["app", token],
    ]);
  });

  test("never goes to a device again of which the push service says that the app is gone", () => {
    const w = phones();
    w.event(identified(token));
    w.outcomes.push({ kind: "rejected", code: "UNREGISTERED", class: "invalid_address" });
    w.event(begins);
    w.event({ ...begins, event_id: "again" });
    expect(w.calls.map(({ channel }) => channel)).toEqual(["app", "sms"]);
    w.event(identified("token-of-a-new-installation"));
    w.event({ ...begins, event_id: "third" });
    expect(w.calls.at(-1)?.to).toBe("token-of-a-new-installation");
  });

  test("is silenced by an opt-out at the push service, which says nothing about texts", () => {
    const w = phones();
    w.event(identified(token));
    w.outcomes.push({ kind: "rejected", code: "opted_out", class: "opted_out" });
    w.event(begins);
    w.event({ ...begins, event_id: "again" });
    expect(w.calls.map(({ channel }) => channel)).toEqual(["app", "sms"]);
    expect(Object.keys(w.contact().suppressions)).toEqual([`push:${addressKey("push", token)}`]);
  });

  test("needs consent for push where the workspace asks for it", () => {
    const news = rule({ id: "n", class: "marketing", steps: [sendStep("app")] });
    const w = world(rulebook([news], { channels }));
    w.event(identified(token));
    w.event(begins);
    expect(w.reasons()).toContain("consent.missing");
    w.event({ event_type: "consent.granted", data: { channel: "app" } });
    w.event({ ...begins, event_id: "again" });
    expect(w.calls.map(({ to }) => to)).toEqual([token]);
  });
});

describe("a device", () => {
  test("is one person's at a time: who logged in before gets nothing on it any more", () => {
    const w = world(rulebook([appThenText], { channels }));
    w.event(identified(token));
    w.event({ ...identified(token), contact_id: "c2" }, "id:c2");
    expect(w.contact().addresses.push).toBeUndefined();
    expect(w.contact("id:c2").addresses.push?.address).toBe(token);
    w.event(begins);
    expect(w.calls).toEqual([]);
    w.event({ ...identified(token), event_id: "back" });
    expect([w.contact().addresses.push?.address, w.contact("id:c2").addresses.push]).toEqual([token, undefined]);
  });

  test("of a visitor becomes the contact's when the visitor logs in", () => {
    const w = world(rulebook([appThenText], { channels }));
    const visit = { event_type: "visited", data: { anonymous_id: "app-1" }, address: { push: token } };
    w.event(visit, "anon:app-1");
    w.event({ event_type: "contact.identified", data: { anonymous_id: "app-1" } });
    w.event(begins);
    expect(w.calls.map(({ to }) => to)).toEqual([token]);
  });

  test("has a key that every store takes, however long its token is", () => {
    expect(addressKey("push", "x".repeat(1_000))).toMatch(/^push:[0-9a-f]{32}$/);
  });

  test("keeps its token when a report names another one", () => {
    const w = world(
      rulebook([rule({ id: "r", trigger: { match: on("push.opened"), maxAge: { count: 1, unit: "d" } } })]),
    );
    w.event(identified(token));
    w.event({ event_type: "push.opened", address: { push: "another" } });
    expect(w.contact().addresses.push?.address).toBe(token);
  });
});
