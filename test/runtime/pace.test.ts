import { expect, test } from "vitest";
import type { MessageClass } from "../../src/core/model/rulebook.ts";
import { createPace, LaneClosed } from "../../src/runtime/pace.ts";
import { virtualClock } from "../support/virtual-clock.ts";

test("messages begin evenly spaced, never faster than the channel's rate", async () => {
  const clock = virtualClock(0);
  const pace = createPace(clock, 10);
  const begun: number[] = [];
  for (let i = 0; i < 25; i++) void pace.turn("marketing").then(() => begun.push(clock.now()));
  await clock.pass(2_400);
  expect(begun).toEqual(Array.from({ length: 25 }, (_, i) => i * 100));
});

test("an idle channel saves up no burst", async () => {
  const clock = virtualClock(0);
  const pace = createPace(clock, 10);
  await clock.pass(60_000);
  const begun: number[] = [];
  for (let i = 0; i < 3; i++) void pace.turn("marketing").then(() => begun.push(clock.now()));
  await clock.pass(1_000);
  expect(begun).toEqual([60_000, 60_100, 60_200]);
});

test("a transactional message goes before all marketing that waits", async () => {
  const clock = virtualClock(0);
  const pace = createPace(clock, 1);
  const order: MessageClass[] = [];
  const ask = (messageClass: MessageClass) => void pace.turn(messageClass).then(() => order.push(messageClass));
  for (let i = 0; i < 3; i++) ask("marketing");
  await clock.pass(500);
  ask("transactional");
  await clock.pass(5_000);
  expect(order).toEqual(["marketing", "transactional", "marketing", "marketing"]);
});

test("a channel without a rate never waits", async () => {
  const clock = virtualClock(0);
  const pace = createPace(clock, null);
  const turns = Array.from({ length: 100 }, async () => pace.turn("marketing"));
  await clock.pass(0);
  await expect(Promise.all(turns)).resolves.toHaveLength(100);
});

test("closing lets go of everybody who waits, and lets nobody in after", async () => {
  const clock = virtualClock(0);
  const pace = createPace(clock, 1);
  void pace.turn("marketing");
  await clock.pass(0);
  const waiting = pace.turn("marketing");
  pace.close();
  await expect(waiting).rejects.toBeInstanceOf(LaneClosed);
  await expect(pace.turn("transactional")).rejects.toBeInstanceOf(LaneClosed);
});

test("a new rate holds from the next message on", async () => {
  const clock = virtualClock(0);
  const pace = createPace(clock, 1);
  const begun: number[] = [];
  for (let i = 0; i < 4; i++) void pace.turn("marketing").then(() => begun.push(clock.now()));
  await clock.pass(500);
  pace.setRate(10);
  await clock.pass(5_000);
  expect(begun).toEqual([0, 1_000, 1_100, 1_200]);
});

test("a turn that was not used goes to the next at once, and the rate still holds", async () => {
  const clock = virtualClock(0);
  const pace = createPace(clock, 10);
  const used: number[] = [];
  for (let i = 0; i < 40; i++) {
    // Every second message is refused by its gates.
    void pace.turn("marketing").then((turn) => (i % 2 === 0 ? turn.giveBack() : used.push(clock.now())));
  }
  await clock.pass(10_000);
  expect(used).toEqual(Array.from({ length: 20 }, (_, i) => i * 100));
});
