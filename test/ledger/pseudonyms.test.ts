import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import type { CanonicalEvent } from "../../src/core/model/event.ts";
import { identityKey } from "../../src/core/model/identity.ts";
import { createPseudonyms } from "../../src/ledger/pseudonyms.ts";

const mark = (name: string) => createHash("sha256").update(`secret${name}`).digest("base64url").slice(0, 22);
const pseudonyms = createPseudonyms(mark);

const event: CanonicalEvent = {
  schema_version: 1,
  event_id: "ev-ana-1",
  event_type: "sms.replied",
  occurred_at: "2026-03-06T15:00:00Z",
  received_at: "2026-03-06T15:00:01Z",
  provider: "twilio",
  channel: "sms",
  contact_id: "ana",
  message_id: "m-1",
  campaign_id: "spring",
  address: { phone: "+442071838750", email: "ana.lopez@acme.org", push: "token-of-ana" },
  data: { text: "STOP", cart_id: "cart-9", plan: "pro", amount: 12.5, country: "GB", machine: false },
};

test("keeps what rules compare, and of addresses what kind they are", () => {
  const other = pseudonyms.event(event);
  expect(other).toMatchObject({
    event_type: "sms.replied",
    channel: "sms",
    campaign_id: "spring",
    occurred_at: event.occurred_at,
    data: { text: "STOP", plan: "pro", amount: 12.5, country: "GB", machine: false, cart_id: mark("cart-9") },
  });
  expect(other.address?.phone).toMatch(/^\+4420\d{8}$/);
  expect(other.address?.email).toMatch(/^[0-9a-f]{20}@[0-9a-f]{12}\.example$/);
  expect(JSON.stringify(other)).not.toMatch(/ana|acme|71838750|cart-9|m-1/);
});

test("keeps together what belongs together, in events and in keys of documents", () => {
  const other = pseudonyms.event(event);
  expect(identityKey(other)).toBe(pseudonyms.key("id:ana"));
  expect(pseudonyms.key("phone:+442071838750")).toBe(`phone:${other.address?.phone}`);
  expect(pseudonyms.key("email:ana.lopez@acme.org")).toBe(`email:${other.address?.email}`);
  const domain = (email: string) => pseudonyms.key(`email:${email}`).split("@")[1];
  expect(domain("ben@acme.org")).toBe(domain("ana.lopez@acme.org"));
  expect(domain("ben@gmail.com")).toBe("gmail.com");
  expect(pseudonyms.key("anon:a1")).toBe(`anon:${mark("a1")}`);
});

test("takes out names, sentences, addresses and what links carry, wherever they stand", () => {
  const data = {
    first_name: "Ana",
    note: "please call me",
    contact: { backup: "ana@gmail.com", phones: ["+12125550143"], ip: "10.1.2.3", host: "10.1.2.3" },
    url: "https://shop.example/pay?token=abc#x",
    date_of_birth: 19_800_101,
    formula: '=HYPERLINK("x")',
  };
  const { data: other } = pseudonyms.event({ ...event, data });
  expect(other).toMatchObject({
    first_name: mark("Ana"),
    note: "[14 characters]",
    contact: { ip: mark("10.1.2.3"), host: "[8 characters]" },
    url: "https://shop.example/pay",
    date_of_birth: null,
    formula: "[15 characters]",
  });
  expect(JSON.stringify(other)).not.toMatch(/Ana|ana@|5550143|abc|call/);
});
