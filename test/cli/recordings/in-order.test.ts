import fc from "fast-check";
import { expect, test } from "vitest";
import { inOrder, merged } from "../../../src/cli/recordings/in-order.ts";
import type { RecordedEvent } from "../../../src/plan/recording.ts";

function event(at: number, id: string): RecordedEvent {
  const moment = new Date(at).toISOString();
  return {
    at,
    key: "id:ana",
    event: {
      schema_version: 1,
      event_id: id,
      event_type: "page.viewed",
      occurred_at: moment,
      received_at: moment,
      provider: "api",
      data: {},
    },
  };
}

/** Some at a time: none, one, two, three, none, … */
async function* each(moments: readonly number[]): AsyncGenerator<readonly RecordedEvent[]> {
  const events = moments.map((at, index) => event(at, `${index}`));
  for (let [taken, size] = [0, 0]; taken < events.length; taken += size, size = (size + 1) % 4)
    yield events.slice(taken, taken + size);
}

async function all(events: AsyncIterable<readonly RecordedEvent[]>): Promise<readonly RecordedEvent[]> {
  const found: RecordedEvent[] = [];
  for await (const some of events) found.push(...some);
  return found;
}

const moments = fc.array(fc.nat(30), { maxLength: 60 });

test("puts everything in order that is not later than what can be held back, and keeps the order of what came at once", async () => {
  await fc.assert(
    fc.asyncProperty(moments, async (given) => {
      let late = 0;
      const found = await all(inOrder(each(given), () => (late += 1), given.length));
      const sorted = given.map((at, index) => ({ at, index })).toSorted((a, b) => a.at - b.at || a.index - b.index);
      expect(found.map(({ event: { event_id: id } }) => id)).toEqual(sorted.map(({ index }) => `${index}`));
      expect(late).toBe(0);
    }),
  );
});

test("never goes back in time, whatever it holds back, loses nothing, and counts what was too late", async () => {
  await fc.assert(
    fc.asyncProperty(moments, fc.nat(5), async (given, most) => {
      let late = 0;
      const found = await all(inOrder(each(given), () => (late += 1), most));
      expect(found.map(({ event: { event_id: id } }) => Number(id)).toSorted((a, b) => a - b)).toEqual([
        ...given.keys(),
      ]);
      const times = found.map(({ at }) => at);
      expect(times).toEqual(times.toSorted((a, b) => a - b));
      const moved = found.filter(({ at, event: { received_at: said } }) => Date.parse(said) !== at);
      expect(moved).toHaveLength(late);
    }),
  );
  let late = 0;
  const found = await all(inOrder(each([5, 6, 7, 1]), () => (late += 1), 1));
  expect([found.map(({ at }) => at), late]).toEqual([[5, 6, 6, 7], 1]);
});

test("makes one of several, the earliest of each in turn", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(moments, { maxLength: 4 }), async (given) => {
      const found = await all(merged(given.map((part) => each(part.toSorted((a, b) => a - b)))));
      expect(found.map(({ at }) => at)).toEqual(given.flat().toSorted((a, b) => a - b));
    }),
  );
});
