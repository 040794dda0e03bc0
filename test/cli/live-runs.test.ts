import { expect, it } from "vitest";
import { createLiveRuns } from "../../src/cli/live-runs.ts";
import { newContact } from "../../src/core/model/contact.ts";
import { encodeContact } from "../../src/runtime/contact-codec.ts";
import { openMemoryStore } from "../../src/store/memory.ts";
import { rule, rulebook, sendStep, waitStep, world } from "../core/given.ts";
import { virtualClock } from "../support/virtual-clock.ts";

/** Contacts that wait in a rule, each an hour longer than the one before. */
async function given(count: number) {
  const clock = virtualClock();
  const store = openMemoryStore({ clock });
  const steps = [waitStep("rest", { count: 2, unit: "d" }), sendStep("sms", { id: "say" })];
  const w = world(rulebook([rule({ id: "slow", steps })]));
  w.event({ event_type: "lead.created" });
  const [enrollment] = Object.values(w.contact().enrollments);
  if (enrollment === undefined) throw new Error("nobody was enrolled");
  let added = 0;
  const add = async (name: string): Promise<void> => {
    added += 1;
    const state = { kind: "waiting", until: clock.now() + added * 3_600_000 } as const;
    const enrollments = { [enrollment.id]: { ...enrollment, state } };
    const body = encodeContact({ ...newContact(`id:${name}`), enrollments });
    await store.commit({ key: `id:${name}`, base: "new", body, wakeAt: null, emit: [] });
  };
  for (let index = 0; index < count; index += 1) await add(`lead-${index}`);
  await store.commit({ key: "heed:pauses", base: "new", body: Buffer.from("{}"), wakeAt: null, emit: [] });
  const idle = encodeContact(newContact("id:idle"));
  await store.commit({ key: "id:idle", base: "new", body: idle, wakeAt: null, emit: [] });
  return { clock, store, add };
}

it("finds who is under way in a rule, those first whose moment comes first, and takes no house document for a contact", async () => {
  const { clock, store } = await given(3);
  const found = await createLiveRuns(store, clock).of("slow");
  expect(found).toMatchObject({ all: 3, contacts: 4, isWhole: true, at: clock.now() });
  expect(found.runs.map(({ name }) => name)).toEqual(["lead-0", "lead-1", "lead-2"]);
  expect(found.runs[0]).toMatchObject({ rule: "slow", state: "waiting", step: "say", arm: "treated" });
  expect(await createLiveRuns(store, clock).of("another")).toMatchObject({ all: 0, runs: [] });
});

it("looks again after a minute, or at once after a look that failed", async () => {
  const { clock, store, add } = await given(1);
  let isAway = true;
  const live = createLiveRuns(
    { scan: async (page) => (isAway ? Promise.reject(new Error("away")) : store.scan(page)) },
    clock,
  );
  await expect(live.of("slow")).rejects.toThrow("away");
  isAway = false;
  expect((await live.of("slow")).all).toBe(1);
  await add("late");
  expect((await live.of("slow")).all).toBe(1);
  await clock.pass(60_000);
  expect((await live.of("slow")).all).toBe(2);
});

it("says when there is more than it looks at, and shows a hundred of many", async () => {
  const { clock, store } = await given(130);
  expect(await createLiveRuns(store, clock, 100).of("slow")).toMatchObject({ isWhole: true, all: 130 });
  const { runs, all } = await createLiveRuns(store, clock).of("slow");
  expect([runs.length, all]).toEqual([100, 130]);
  const doc = (await store.scan({ limit: 500 })).find(({ key }) => key.startsWith("id:"));
  const endless = { scan: async () => Array.from({ length: 500 }, () => doc).filter((each) => each !== undefined) };
  expect(await createLiveRuns(endless, clock, 1_000).of("slow")).toMatchObject({ isWhole: false, contacts: 1_000 });
});
