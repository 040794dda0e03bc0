import { expect, test } from "vitest";
import { createEndedSessions } from "../../src/runtime/ended-sessions.ts";
import { openMemoryStore } from "../../src/store/memory.ts";
import { type Store, Unavailable } from "../../src/store/store.ts";
import { virtualClock } from "../support/virtual-clock.ts";

const HOUR = 3_600_000;

function given() {
  const clock = virtualClock();
  const store = openMemoryStore({ clock });
  return { clock, store, here: createEndedSessions(store, clock), there: createEndedSessions(store, clock) };
}

test("a session that was ended here has ended in all processes, at once here and within a second there", async () => {
  const { clock, here, there } = given();
  expect(await there.has("s1")).toBe(false);
  await here.end("s1", clock.now() + HOUR);
  expect(await here.has("s1")).toBe(true);
  await clock.pass(1_000);
  expect([await there.has("s1"), await there.has("s2"), await there.has("constructor")]).toEqual([true, false, false]);
});

test("those that would have ended by themselves are forgotten", async () => {
  const { clock, store, here } = given();
  await here.end("s1", clock.now() + HOUR);
  await clock.pass(2 * HOUR);
  await here.end("s2", clock.now() + HOUR);
  const doc = await store.load("heed:ended-sessions", "latest");
  expect(new TextDecoder().decode(doc?.body)).toMatch(/^\{"ended":\{"s2":\d+\}\}$/);
});

test("while the store is away, what was known goes on, and a session that is ended here has ended here", async () => {
  const { clock, store, here } = given();
  await here.end("s1", clock.now() + HOUR);
  let isAway = false;
  const load: Store["load"] = (...args) =>
    isAway ? Promise.reject(new Unavailable("the store is away")) : store.load(...args);
  const shaky = createEndedSessions({ ...store, load }, clock);
  expect(await shaky.has("s1")).toBe(true);
  isAway = true;
  await clock.pass(2_000);
  expect(await shaky.has("s1")).toBe(true);
  await expect(shaky.end("s2", clock.now() + HOUR)).rejects.toThrow(Unavailable);
  expect(await shaky.has("s2")).toBe(true);
});
