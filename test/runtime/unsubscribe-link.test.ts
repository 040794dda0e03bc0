import { expect, test } from "vitest";
import { createMetrics } from "../../src/observe/metrics.ts";
import type { OutgoingMessage } from "../../src/providers/provider.ts";
import { startEngine } from "../../src/runtime/engine.ts";
import { openMemoryStore } from "../../src/store/memory.ts";
import { rule, rulebook, sendStep } from "../core/given.ts";
import { virtualClock } from "../support/virtual-clock.ts";
import { deployedOf, fakeProvider } from "./fake-deployment.ts";

const link = "https://hooks.acme.example/unsubscribe/token";

/** What went out of two rules, one of each class, and the contact's document afterwards. */
async function sendBoth(unsubscribeUrl: ((message: OutgoingMessage) => string | null) | null, text = "Hello") {
  const clock = virtualClock();
  const store = openMemoryStore({ clock });
  const sent: OutgoingMessage[] = [];
  const provider = fakeProvider({
    send(message) {
      sent.push(message);
      return Promise.resolve({ kind: "accepted", providerMessageId: null });
    },
  });
  const mail = sendStep("email", { content: { text: "hello", subject: "hello" } });
  const rules = rulebook([
    rule({ id: "receipt", class: "transactional", steps: [mail] }),
    rule({ id: "news", class: "marketing", steps: [mail] }),
  ]);
  const deployed = { ...deployedOf(rules, provider, text), ...(unsubscribeUrl !== null && { unsubscribeUrl }) };
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const engine = await startEngine({ store, clock, log, metrics: createMetrics() }, deployed);
  const at = new Date(clock.now()).toISOString();
  const event = {
    schema_version: 1,
    event_id: "e1",
    event_type: "lead.created",
    occurred_at: at,
    received_at: at,
    provider: "test",
    contact_id: "ana",
    address: { email: "ana@example.com" },
    data: {},
  };
  await store.append([{ id: "e1", key: "id:ana", body: Buffer.from(JSON.stringify(event)) }]);
  await clock.pass(60_000);
  const document = Buffer.from((await store.load("id:ana", "latest"))?.body ?? []).toString("utf8");
  await engine.stop(1_000);
  return { sent: new Map(sent.map((message) => [message.ruleId, message])), document };
}

test("only marketing leaves with the link that ends it, and no document keeps that link", async () => {
  const { sent, document } = await sendBoth(() => link);
  expect(sent.get("news")).toMatchObject({ to: "ana@example.com", unsubscribeUrl: link });
  expect(sent.get("receipt")).toMatchObject({ to: "ana@example.com" });
  expect(sent.get("receipt")).not.toHaveProperty("unsubscribeUrl");
  expect(document).toContain("ana@example.com");
  expect(document).not.toContain("unsubscribe/token");
});

test("marketing leaves without a link where the workspace makes none", async () => {
  for (const made of [null, () => null]) {
    const { sent } = await sendBoth(made);
    expect(sent.get("news")).toMatchObject({ to: "ana@example.com" });
    expect(sent.get("news")).not.toHaveProperty("unsubscribeUrl");
  }
});

test("a text that shows the link leaves with it, and the account has no more than its place", async () => {
  const { sent, document } = await sendBoth(() => link, "To end this: {{ unsubscribe_url }}, or $& reply.");
  expect(sent.get("news")?.content["text"]).toBe(`To end this: ${link}, or $& reply.`);
  expect(document).not.toContain("unsubscribe/token");
});

test("a text that shows a link which nobody makes any more goes to nobody", async () => {
  const { sent } = await sendBoth(null, "To end this: {{ unsubscribe_url }}");
  expect(sent.has("news")).toBe(false);
});
