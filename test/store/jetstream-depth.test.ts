import { beforeEach, expect, it } from "vitest";
import { listSparingly } from "../../src/store/jetstream-depth.ts";
import { virtualClock } from "../support/virtual-clock.ts";

let asked = 0;
let tookMs = 0;
const clock = virtualClock();
const list = (): ReturnType<typeof listSparingly> =>
  listSparingly({
    clock,
    requests: {
      async api() {
        asked += 1;
        const consumers = [{ name: "events-0", num_pending: asked, num_ack_pending: 2, num_waiting: 1 }];
        await new Promise<void>((resolve) => void clock.after(tookMs, resolve));
        return { consumers, total: 1 };
      },
    },
  });

beforeEach(() => {
  asked = 0;
});

it("asks a server that answers at once each time", async () => {
  tookMs = 10;
  const lister = list();
  for (const waiting of [3, 4, 5]) {
    const answer = lister("EVENTS");
    await clock.pass(10);
    expect(await answer).toEqual([{ name: "events-0", waiting, attended: true }]);
  }
});

it("keeps an answer that took long for twenty times as long, for each stream its own", async () => {
  tookMs = 1_000;
  const lister = list();
  const first = lister("EVENTS");
  // Who asks while another does gets the same answer.
  const second = lister("EVENTS");
  await clock.pass(1_000);
  expect(await second).toBe(await first);
  await clock.pass(19_000);
  expect(await lister("EVENTS")).toBe(await first);
  expect(asked).toBe(1);
  const other = lister("JOBS");
  await clock.pass(1_000);
  await other;
  expect(asked).toBe(2);
  const later = lister("EVENTS");
  await clock.pass(1_000);
  expect(await later).not.toBe(await first);
});

it("asks again after a failure", async () => {
  let fails = true;
  const lister = listSparingly({
    clock,
    requests: {
      async api() {
        await new Promise<void>((resolve) => void clock.after(1_000, resolve));
        if (fails) throw new Error("no answer");
        return { consumers: [], total: 0 };
      },
    },
  });
  const failed = lister("EVENTS").catch((error: unknown) => String(error));
  await clock.pass(1_000);
  expect(await failed).toContain("no answer");
  fails = false;
  const worked = lister("EVENTS");
  await clock.pass(1_000);
  expect(await worked).toEqual([]);
});
