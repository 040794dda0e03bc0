import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../src/core/model/json.ts";
import { cloudevents } from "../../src/providers/cloudevents/cloudevents.ts";
import { structuredCloudEvents } from "../../src/providers/cloudevents/sign.ts";
import { customerio } from "../../src/providers/customerio/customerio.ts";
import { signCustomerIo } from "../../src/providers/customerio/sign.ts";
import type { ProviderDefinition } from "../../src/providers/definition.ts";
import { hubspot } from "../../src/providers/hubspot/hubspot.ts";
import { signHubSpot } from "../../src/providers/hubspot/sign.ts";
import { sourceDefinition } from "../../src/providers/registry.ts";
import { rudderstack } from "../../src/providers/rudderstack/rudderstack.ts";
import { segment } from "../../src/providers/segment/segment.ts";
import { createProvider, inboundOf, now } from "./contract.ts";

const secret = "a-secret-of-both-sides";
const publicUrl = "https://hooks.example.com";

/** A sender of batches, and how each says whom something concerns and what it is. */
interface Sender {
  readonly definition: ProviderDefinition;
  readonly settings: JsonObject;
  readonly headers: (body: string) => Readonly<Record<string, string>>;
  readonly element: (number: number, about: { readonly contact?: unknown; readonly word?: string }) => object;
  /** A word that nobody has said yet, where words are a closed list. */
  readonly newWord: string | null;
}

const senders: readonly Sender[] = [
  {
    definition: segment,
    settings: { header_secret: secret },
    headers: () => ({ "x-heed-secret": secret }),
    element: (number, { contact = "u_1", word = "track" }) => ({
      type: word,
      event: "Trial Started",
      messageId: `m-${number}`,
      userId: contact,
    }),
    newWord: "teleport",
  },
  {
    definition: rudderstack,
    settings: { header_secret: secret },
    headers: () => ({ "x-signing-key": secret }),
    element: (number, { contact = "u_1", word = "track" }) => ({
      type: word,
      event: "Trial Started",
      messageId: `m-${number}`,
      userId: contact,
    }),
    newWord: "teleport",
  },
  {
    definition: hubspot,
    settings: { client_secret: secret, public_url: publicUrl },
    headers: (body) => signHubSpot(`${publicUrl}/webhooks/hubspot`, body, now, secret),
    element: (number, { contact = 123, word = "creation" }) => ({
      eventId: number,
      subscriptionId: 1,
      subscriptionType: `contact.${word}`,
      objectId: contact,
      occurredAt: 1_700_000_000_000,
    }),
    newWord: "teleport",
  },
  {
    definition: customerio,
    settings: { signing_key: secret },
    headers: (body) => signCustomerIo(body, now / 1_000, secret),
    element: (number, { contact = "u_1", word = "sent" }) => ({
      event_id: `e-${number}`,
      object_type: "email",
      metric: word,
      timestamp: 1_700_000_000,
      data: { customer_id: contact },
    }),
    newWord: "teleported",
  },
  {
    definition: cloudevents,
    settings: { bearer_token: secret },
    headers: () => structuredCloudEvents(secret, true),
    element: (number, { contact = "u_1", word = "order.placed" }) => ({
      specversion: "1.0",
      id: `c-${number}`,
      source: "/shop",
      type: word,
      data: { contact_id: contact },
    }),
    newWord: null,
  },
  {
    definition: sourceDefinition("shop"),
    settings: {
      auth: "header",
      header: "x-key",
      secret,
      events: { type: "topic", names: { created: "order.placed" }, id: "id", contact_id: "customer" },
    },
    headers: () => ({ "x-key": secret }),
    element: (number, { contact = "u_1", word = "created" }) => ({ id: `o-${number}`, topic: word, customer: contact }),
    newWord: "teleported",
  },
];

describe.each(senders.map((sender) => [sender.definition.name, sender] as const))("%s", (name, sender) => {
  const read = async (body: string) => {
    const inbound = inboundOf(await createProvider(sender.definition, sender.settings));
    const headers = { "content-type": "application/json", ...sender.headers(body) };
    const request = { method: "POST", url: `/webhooks/${name}`, headers, body: Buffer.from(body) };
    expect(inbound.verify(request, now)).toEqual({ ok: true });
    return inbound.normalize(request, now);
  };
  const normalize = async (body: string) => {
    const normalized = await read(body);
    if ("malformed" in normalized) throw new Error(normalized.malformed);
    return normalized;
  };
  const good = (number: number) => sender.element(number, {});

  it("keeps 99 of 100 when one is broken, and sets that one aside", async () => {
    const elements = Array.from({ length: 99 }, (_, number) => good(number + 1));
    const { events, quarantined } = await normalize(
      JSON.stringify([...elements.slice(0, 50), 5, ...elements.slice(50)]),
    );
    expect(new Set(events.map((event) => event.event_id)).size).toBe(99);
    expect(quarantined).toEqual([{ reason: "element is not an object", payload: 5 }]);
  });

  it("knows a repetition, whatever else came with it", async () => {
    const id = async (body: string) => (await normalize(body)).events.at(-1)?.event_id;
    expect(await id(JSON.stringify([good(2), good(1)]))).toBe(await id(JSON.stringify([good(1)])));
  });

  it("takes an empty batch for nothing, and what is no event for something to be looked at", async () => {
    expect(await normalize("[]")).toEqual({ events: [], quarantined: [] });
    for (const body of ["5", "null", '"text"']) {
      expect(await normalize(body)).toMatchObject({ events: [], quarantined: [{ reason: expect.any(String) }] });
    }
  });

  it("cannot read what is no JSON, or nests without end", async () => {
    for (const body of ["", "{", "\u0000", `${"[".repeat(50_000)}${"]".repeat(50_000)}`]) {
      expect(await read(body)).toHaveProperty("malformed");
    }
  });

  it.each([
    ["broken UTF-8", "u_\uFFFD"],
    ["a control character", "u_\u0007"],
    ["a map", { $ne: 1 }],
    ["a list", ["u_1"]],
    ["a number beyond what a double holds", 1e300],
    ["a fraction", 1.5],
    ["a text of 101 characters", "x".repeat(101)],
  ])("takes %s for no contact, and keeps the rest", async (_, contact) => {
    const { events, quarantined } = await normalize(JSON.stringify([sender.element(1, { contact }), good(2)]));
    expect(events).toHaveLength(1);
    expect(quarantined).toHaveLength(1);
  });

  it("keeps a field that is new", async () => {
    const body = JSON.stringify([{ ...good(1), brand_new: { deep: [1] } }]);
    expect((await normalize(body)).quarantined).toEqual([]);
  });

  it("reads the last of two keys with one name, as every parser here does", async () => {
    const body = JSON.stringify([good(1)]).replace("{", '{"id":"first","event_id":"first","messageId":"first",');
    expect((await normalize(body)).events[0]?.event_id).not.toContain("first");
  });

  if (sender.newWord === null) return;
  it("keeps what it has no word for as `unknown`, with the vendor's own word", async () => {
    const word = sender.newWord ?? "";
    const { events, quarantined } = await normalize(JSON.stringify([sender.element(1, { word })]));
    expect(quarantined).toEqual([]);
    expect(events).toMatchObject([{ event_type: "unknown", data: { type: expect.stringContaining(word) } }]);
  });
});
