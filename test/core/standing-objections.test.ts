import { describe, expect, test } from "vitest";
import type { CanonicalEvent } from "../../src/core/model/event.ts";
import { rule, rulebook, sendStep, type World, world } from "./given.ts";

const email = "u@example.com";
const MINUTE = 60_000;
const news = rule({ id: "news", class: "marketing", steps: [sendStep("email")], reentry: "parallel" });
const texts = rule({ id: "texts", class: "marketing", reentry: "parallel" });

function open(): World {
  return world(rulebook([news], { consent: { email: "opt_out" } }));
}

function mailed(w: World, key: string, more: Partial<CanonicalEvent> = {}): number {
  const before = w.calls.length;
  w.pass(MINUTE);
  w.event({ event_type: "lead.created", ...more }, key);
  return w.calls.length - before;
}

describe("an objection to marketing email", () => {
  test.each([
    ["said with the contact's id", "id:u1"],
    ["said by the address alone", `email:${email}`],
  ])("%s holds for whoever else has the mailbox, now or later", (_, key) => {
    const w = open();
    const whose = { address: { email } };
    expect([mailed(w, "id:u1", whose), mailed(w, "id:u2", whose)]).toEqual([1, 1]);
    w.pass(MINUTE);
    w.event({ event_type: "email.unsubscribed", ...whose }, key);
    expect([mailed(w, "id:u1"), mailed(w, "id:u2"), mailed(w, "id:u3", whose), mailed(w, "id:u4", whose)]).toEqual([
      0, 0, 0, 0,
    ]);
  });

  test("does not outlive a newer consent of the one who gives it", () => {
    const w = open();
    w.event({ event_type: "email.unsubscribed", address: { email } }, `email:${email}`);
    w.pass(MINUTE);
    w.event({ event_type: "consent.granted", address: { email }, data: { channel: "email" } }, "id:u1");
    expect([mailed(w, "id:u1"), mailed(w, "id:u2", { address: { email } })]).toEqual([1, 0]);
  });

  test("to one group of mails is lifted by a word about that group, and another one is not", () => {
    const w = open();
    const say = (what: string, group?: string): void => {
      w.pass(MINUTE);
      w.event({ event_type: `email.${what}`, address: { email }, data: group === undefined ? {} : { group } }, "id:u1");
    };
    say("unsubscribed", "10");
    say("resubscribed", "11");
    expect(mailed(w, "id:u1")).toBe(0);
    say("resubscribed", "10");
    expect(mailed(w, "id:u1")).toBe(1);
    say("unsubscribed");
    say("resubscribed", "10");
    expect(mailed(w, "id:u1")).toBe(0);
    say("unsubscribed", "10");
    say("resubscribed", "10");
    expect(mailed(w, "id:u1")).toBe(0);
    say("resubscribed");
    expect(mailed(w, "id:u1")).toBe(1);
  });

  test("is what an answer of one word says, whatever becomes of longer ones", () => {
    const w = open();
    mailed(w, "id:u1", { address: { email } });
    w.event({ event_type: "email.replied", address: { email }, data: { text: "Unsubscribe!" } }, "id:u1");
    expect(mailed(w, "id:u1")).toBe(0);
  });
});

describe("a STOP", () => {
  test("goes along to the number that takes the place of the one it came from, unless consent is newer", () => {
    const [old, other] = ["+12025550143", "+12025550144"];
    const stopped = (): World => {
      const w = world(rulebook([texts]));
      const granted = { event_type: "consent.granted", address: { phone: old }, data: { channel: "sms" } };
      w.event(granted, "id:k1");
      w.pass(MINUTE);
      w.event({ event_type: "sms.opted_out", address: { phone: old } }, `phone:${old}`);
      w.pass(MINUTE);
      return w;
    };
    const silent = stopped();
    silent.event({ event_type: "contact.identified", address: { phone: other } }, "id:k1");
    expect(mailed(silent, "id:k1")).toBe(0);
    const agreed = stopped();
    agreed.event({ event_type: "consent.granted", data: { channel: "sms" } }, "id:k1");
    agreed.pass(MINUTE);
    agreed.event({ event_type: "contact.identified", address: { phone: other } }, "id:k1");
    expect(mailed(agreed, "id:k1")).toBe(1);
  });
});

describe("a complaint", () => {
  test("outlives whatever else is heard of the address, in any order", () => {
    const key = `email:${email}`;
    for (const order of [
      ["complained", "bounced"],
      ["bounced", "complained"],
    ]) {
      const w = open();
      for (const what of order) {
        w.event({ event_type: `email.${what}`, address: { email } }, key);
        w.pass(MINUTE);
      }
      expect(w.contact(key).suppressions[key]).toMatchObject({ state: "suppressed", cause: "complained" });
    }
  });
});
