import { expect, test } from "vitest";
import { againAndAgain } from "../../src/runtime/again-and-again.ts";
import { virtualClock } from "../support/virtual-clock.ts";

function given(look: (count: number) => number | void) {
  const clock = virtualClock();
  const warned: string[] = [];
  const log = { info: () => undefined, warn: (message: string) => void warned.push(message), error: () => undefined };
  const seen = { looks: 0 };
  const parts = { clock, log, everyMs: 1_000, whenFailing: "it cannot be looked at" };
  const loop = againAndAgain({ ...parts, look: async () => look((seen.looks += 1)) });
  return { clock, warned, seen, loop };
}

test("looks again after each look, sooner where a look says so, and no more once it is stopped", async () => {
  const { clock, seen, loop } = given((count) => (count === 2 ? 10 : undefined));
  await clock.pass(2_005);
  expect(seen.looks).toBe(2);
  await clock.pass(10);
  expect(seen.looks).toBe(3);
  await loop.stop();
  await clock.pass(10_000);
  expect(seen.looks).toBe(3);
});

test("what fails is told once, and tried again", async () => {
  const { clock, warned, seen } = given((count) => {
    if (count < 4 || count === 6) throw new Error("away");
  });
  await clock.pass(5_500);
  expect([seen.looks, warned]).toEqual([5, ["it cannot be looked at"]]);
  await clock.pass(1_000);
  expect(warned).toHaveLength(2);
});
