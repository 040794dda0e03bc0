import { expect, test } from "vitest";
import { createPauses, type StandingPause } from "../../src/runtime/pauses.ts";
import { openMemoryStore } from "../../src/store/memory.ts";
import { Unavailable } from "../../src/store/store.ts";
import { virtualClock } from "../support/virtual-clock.ts";

const MINUTE = 60_000;

function workers() {
  const clock = virtualClock();
  const store = openMemoryStore({ clock });
  const pause = (fields: Partial<StandingPause>): StandingPause => ({
    target: "all",
    reason: "paused",
    until: null,
    since: clock.now(),
    note: "wrong text",
    ...fields,
  });
  return { clock, store, pause, one: createPauses(store, clock), two: createPauses(store, clock) };
}

test("a pause by one worker holds for another within a second, and so does its end", async () => {
  const { clock, pause, one, two } = workers();
  expect(await two.of("r", "sms")).toBeNull();
  await one.pause(pause({ target: "rule:r" }));
  await clock.pass(999);
  expect(await two.of("r", "sms")).toMatchObject({ reason: "paused", until: null });
  expect(await two.of("other", "sms")).toBeNull();
  expect(await one.resume("rule:r")).toBe(true);
  await clock.pass(999);
  expect(await two.of("r", "sms")).toBeNull();
  expect(await one.resume("rule:r")).toBe(false);
});

test("pauses of everything and of a channel concern every rule", async () => {
  const { pause, one } = workers();
  await one.pause(pause({ target: "channel:sms" }));
  expect([await one.of("r", "sms"), await one.of("r", "email")]).toMatchObject([{ reason: "paused" }, null]);
  await one.pause(pause({ target: "all" }));
  expect(await one.of("r", "email")).toMatchObject({ reason: "paused" });
});

test("a pause for a time ends by itself", async () => {
  const { clock, pause, one } = workers();
  await one.pause(pause({ until: clock.now() + MINUTE }));
  expect(await one.list()).toMatchObject([{ target: "all", note: "wrong text" }]);
  await clock.pass(MINUTE - 1);
  expect(await one.of("r", "sms")).not.toBeNull();
  await clock.pass(1);
  expect(await one.of("r", "sms")).toBeNull();
  expect(await one.list()).toEqual([]);
});

test("two pauses at once both stand", async () => {
  const { pause, one, two } = workers();
  await Promise.all([one.pause(pause({ target: "rule:a" })), two.pause(pause({ target: "rule:b" }))]);
  expect((await one.list()).map(({ target }) => target).toSorted()).toEqual(["rule:a", "rule:b"]);
});

test("no answer is no answer: what is paused is unknown while the store is away", async () => {
  const { clock, store, one } = workers();
  const load = store.load.bind(store);
  store.load = async () => {
    throw new Unavailable("away");
  };
  await expect(one.of("r", "sms")).rejects.toBeInstanceOf(Unavailable);
  store.load = load;
  await clock.pass(1);
  expect(await one.of("r", "sms")).toBeNull();
});
