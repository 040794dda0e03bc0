import { expect, it } from "vitest";
import type { OutgoingMessage } from "../../src/core/model/outgoing.ts";
import { createLog } from "../../src/observe/log.ts";
import { createMetrics } from "../../src/observe/metrics.ts";
import { startEngine } from "../../src/runtime/engine.ts";
import { guardHouse } from "../../src/runtime/guard-house.ts";
import { keepFigures } from "../../src/runtime/keep-figures.ts";
import { openMemoryStore } from "../../src/store/memory.ts";
import { rule, rulebook } from "../core/given.ts";
import { virtualClock } from "../support/virtual-clock.ts";
import { deployedOf, fakeProvider, leadAt } from "./fake-deployment.ts";

it("a rule whose messages are refused pauses itself, people are told, and it goes on when a person says so", async () => {
  const clock = virtualClock();
  const store = openMemoryStore({ clock });
  const log = createLog({ write: () => undefined });
  const metrics = createMetrics();
  const said: OutgoingMessage[] = [];
  let isBroken = true;
  const provider = fakeProvider({
    async send(message) {
      said.push(message);
      const isRefused = isBroken && message.kind === "sms";
      return isRefused
        ? { kind: "rejected", code: "broken_link", class: "content" }
        : { kind: "accepted", providerMessageId: `p${said.length}` };
    },
  });
  const selfProtection = { rateFactor: null, optOutRate: null, bounceRate: null, errorRate: 0.2 };
  const given = { selfProtection, alerts: { channel: "sales", to: null } };
  const deployed = deployedOf(rulebook([rule({ id: "welcome" }), rule({ id: "other" })], given), provider);
  const engine = await startEngine({ store, clock, log, metrics }, deployed);
  const guard = guardHouse({ store, clock, log, metrics, engine, deployed: () => deployed });
  const figures = keepFigures({ store, clock, log, isMine: () => engine.isFirst(), onChange: guard.onFigures });
  const lead = async (from: number, count: number) => {
    for (let index = from; index < from + count; index += 1) {
      const contact = `c${index}`;
      const phone = `+1202555${String(1_000 + index)}`;
      const body = Buffer.from(JSON.stringify(leadAt(clock.now(), contact, { address: { phone } })));
      await store.append([{ id: `test:${contact}`, key: `id:${contact}`, body }]);
    }
  };
  const texts = (id: string) => said.filter(({ kind, ruleId }) => kind === "sms" && ruleId === id).length;

  await lead(0, 49);
  await clock.pass(15_000);
  expect([texts("welcome"), await engine.pauses()]).toEqual([49, []]);
  await lead(49, 1);
  await clock.pass(15_000);
  expect((await engine.pauses()).map(({ target, reason }) => [target, reason])).toEqual([
    ["rule:welcome", "self_paused"],
    ["rule:other", "self_paused"],
  ]);
  await lead(50, 20);
  await clock.pass(15_000);
  expect(texts("welcome")).toBe(50);
  const told = said.filter(({ channel }) => channel === "sales").map(({ content }) => content["text"]);
  expect(told).toHaveLength(2);
  expect(told[0]).toContain(
    "of 50 messages in the last 24 hours, 50 were refused or given up: more than self_protection.error_rate allows (20%)",
  );
  expect(await metrics.registry.metrics()).toContain('heed_pauses_standing{reason="self_paused"} 2');

  isBroken = false;
  await engine.resume("rule:welcome", { actor: "ana", note: "the link is mended" });
  await clock.pass(120_000);
  expect([texts("welcome"), texts("other")]).toEqual([70, 50]);
  expect((await engine.pauses()).map(({ target }) => target)).toEqual(["rule:other"]);
  const stopping = Promise.all([guard.stop(), figures.stop(), engine.stop(1_000)]);
  await clock.pass(2_000);
  await stopping;
});
