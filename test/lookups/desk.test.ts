import { beforeEach, describe, expect, test } from "vitest";
import { createAnswerCache } from "../../src/lookups/cache.ts";
import { createDesk, type Desk, type DeskOptions, LookupsClosed } from "../../src/lookups/desk.ts";
import { type Fetched, failed, type LookupSource, type Texts } from "../../src/lookups/source.ts";
import { type VirtualClock, virtualClock } from "../support/virtual-clock.ts";

/** A source that answers what the test says, when the test says. */
let asked: { readonly whom: string; readonly signal: AbortSignal; answer(fetched: Fetched): void }[];
let seen: string[];
let clock: VirtualClock;

beforeEach(() => {
  asked = [];
  seen = [];
  clock = virtualClock();
});

const ana: Texts = { "http.url": "ana" };
const found: Fetched = { kind: "value", value: { status: "lead", secret: 1 } };
const down = failed("ECONNREFUSED", true);

function desk(options: Partial<DeskOptions> & Partial<Pick<LookupSource, "repeatable" | "atOnce">> = {}): Desk {
  const { repeatable = true, atOnce = 2, ...rest } = options;
  const source: LookupSource = {
    repeatable,
    atOnce,
    fetch: (texts, signal) =>
      new Promise((answer) => void asked.push({ whom: texts["http.url"] ?? "", signal, answer })),
    probe: async () => "",
    async close() {
      seen.push("source closed");
    },
  };
  const watch = {
    lookupEnded: (_: string, outcome: string) => void seen.push(outcome),
    lookupCached: () => void seen.push("cached"),
    lookupsInFlight: () => undefined,
    lookupBreaker: (_: string, state: string, code: string) => void seen.push(`${state} ${code}`),
  };
  return createDesk({ name: "crm", clock, source, watch, timeoutMs: 2_000, goodForMs: 0, fields: null, ...rest });
}

async function answerAll(fetched: Fetched): Promise<void> {
  for (const { answer } of asked.splice(0)) answer(fetched);
  await clock.pass(0);
}

describe("a desk", () => {
  test("asks once for all who ask the same at the same time, and keeps nothing unless told to", async () => {
    const crm = desk();
    const both = [crm.ask(ana), crm.ask(ana)].map(async (answer) => answer);
    await clock.pass(0);
    expect(asked.map(({ whom }) => whom)).toEqual(["ana"]);
    await answerAll(found);
    expect(await Promise.all(both)).toEqual([found, found]);
    void crm.ask(ana);
    await clock.pass(0);
    expect(asked).toHaveLength(1);
  });

  test("keeps an answer for its time, counted from when it was asked for, at hand without waiting", async () => {
    const crm = desk({ goodForMs: 30_000 });
    const first = crm.ask(ana);
    await clock.pass(1_500);
    await answerAll(found);
    await first;
    await clock.pass(28_400);
    expect(crm.ask(ana)).toEqual(found);
    await clock.pass(100);
    expect(crm.ask(ana)).toBeInstanceOf(Promise);
  });

  test("keeps nothing that is no answer", async () => {
    const crm = desk({ goodForMs: 30_000, repeatable: false });
    for (const fetched of [failed("x", true), { kind: "invalid", code: "path" } as const]) {
      const answer = crm.ask(ana);
      await clock.pass(0);
      await answerAll(fetched);
      expect(await answer).toEqual({ kind: fetched.kind });
      expect(crm.ask(ana)).toBeInstanceOf(Promise);
      await clock.pass(0);
      await answerAll(fetched);
    }
  });

  test("keeps of an answer what rules may read, and takes 'nobody like that' for an answer without values", async () => {
    const crm = desk({ fields: new Set(["status"]) });
    const both = [crm.ask(ana), crm.ask({ "http.url": "ben" })].map(async (answer) => answer);
    await clock.pass(0);
    asked[0]?.answer(found);
    asked[1]?.answer({ kind: "nothing" });
    expect(await Promise.all(both)).toEqual([
      { kind: "value", value: { status: "lead" } },
      { kind: "value", value: {} },
    ]);
  });

  test("asks again what may be repeated, within its time and three times at the most", async () => {
    const answer = desk().ask(ana);
    for (const pause of [100, 200, 0]) {
      await clock.pass(0);
      expect(asked).toHaveLength(1);
      await answerAll(down);
      await clock.pass(pause);
    }
    expect(await answer).toEqual({ kind: "failed" });
    expect(asked).toEqual([]);
  });

  test("never asks twice what changes something there, nor what was refused, nor longer than its time", async () => {
    for (const [options, fetched] of [
      [{ repeatable: false }, down],
      [{}, failed("http_403", false)],
      [{}, failed("http_429", true, 5_000)],
    ] as const) {
      const answer = desk(options).ask(ana);
      await clock.pass(0);
      await answerAll(fetched);
      await clock.pass(3_000);
      expect(await answer).toEqual({ kind: "failed" });
      expect(asked).toEqual([]);
    }
  });

  test("ends a question when its time is up, even where its source does not listen", async () => {
    const answer = desk().ask(ana);
    await clock.pass(2_000);
    expect(await answer).toEqual({ kind: "failed" });
    expect(asked[0]?.signal.aborted).toBe(true);
    expect(seen).toContain("failed");
  });

  test("asks so many at once, and gives the place of one that ended to the next", async () => {
    const crm = desk({ atOnce: 2 });
    for (const whom of ["a", "b", "c"]) void crm.ask({ "http.url": whom });
    await clock.pass(0);
    expect(asked.map(({ whom }) => whom)).toEqual(["a", "b"]);
    asked[0]?.answer(found);
    await clock.pass(0);
    expect(asked.map(({ whom }) => whom)).toEqual(["a", "b", "c"]);
  });

  test("leaves a source alone that failed five times in a row, then tries it with one question", async () => {
    const crm = desk({ repeatable: false, atOnce: 8 });
    const ask = async (fetched: Fetched): Promise<number> => {
      const answer = crm.ask(ana);
      await clock.pass(0);
      const questions = asked.length;
      await answerAll(fetched);
      await answer;
      return questions;
    };
    for (let n = 0; n < 4; n++) await ask(down);
    await ask(found);
    for (let n = 0; n < 5; n++) expect(await ask(down)).toBe(1);
    expect(await ask(found)).toBe(0);
    expect(seen.slice(-2)).toEqual(["failed", "left_alone"]);
    await clock.pass(5_000);
    // One tries; who comes meanwhile does not.
    const probe = crm.ask(ana);
    await clock.pass(0);
    expect(await crm.ask({ "http.url": "ben" })).toEqual({ kind: "failed" });
    await answerAll(down);
    await probe;
    // Longer now.
    await clock.pass(5_000);
    expect(await ask(found)).toBe(0);
    await clock.pass(5_000);
    expect(await ask(found)).toBe(1);
    expect(await ask(found)).toBe(1);
    expect(seen.filter((word) => word.includes(" "))).toEqual([
      "open ECONNREFUSED",
      "half_open ECONNREFUSED",
      "open ECONNREFUSED",
      "half_open ECONNREFUSED",
      "closed ECONNREFUSED",
    ]);
  });

  test("leaves a source alone for as long as it asks to be", async () => {
    const crm = desk();
    const answer = crm.ask(ana);
    await clock.pass(0);
    await answerAll(failed("http_429", true, 20_000));
    await answer;
    await clock.pass(19_000);
    expect(await crm.ask(ana)).toEqual({ kind: "failed" });
    expect(asked).toEqual([]);
    await clock.pass(1_000);
    void crm.ask(ana);
    await clock.pass(0);
    expect(asked).toHaveLength(1);
  });

  test("takes a source that throws for one that did not answer", async () => {
    const source: LookupSource = {
      repeatable: true,
      atOnce: 1,
      fetch: () => Promise.reject(new Error("boom")),
      probe: async () => "",
      close: async () => undefined,
    };
    expect(await desk({ source }).ask(ana)).toEqual({ kind: "failed" });
  });

  test("makes no answer of its own end", async () => {
    const crm = desk({ atOnce: 1 });
    const answers = [crm.ask(ana), crm.ask({ "http.url": "ben" })].map((answer) =>
      Promise.resolve(answer).catch((fault: unknown) => fault),
    );
    await clock.pass(0);
    await crm.close();
    expect(await Promise.all(answers)).toEqual([expect.any(LookupsClosed), expect.any(LookupsClosed)]);
    expect(asked[0]?.signal.aborted).toBe(true);
    expect(seen).toContain("source closed");
  });
});

describe("the cache of answers", () => {
  test("is bounded by number and by size, and lets go of what nobody used for longest", () => {
    const answer = (text: string) => ({ kind: "value", value: { text } }) as const;
    const few = createAnswerCache(clock, 1_000, { entries: 2, characters: 1_000 });
    few.put("a", answer("1"), clock.monotonic());
    few.put("b", answer("2"), clock.monotonic());
    expect(few.get("a")).toEqual(answer("1"));
    few.put("c", answer("3"), clock.monotonic());
    expect([few.get("a"), few.get("b"), few.get("c")]).toEqual([answer("1"), undefined, answer("3")]);
    const small = createAnswerCache(clock, 1_000, { entries: 100, characters: 1_000 });
    small.put("a", answer("x".repeat(400)), clock.monotonic());
    small.put("a", answer("y".repeat(400)), clock.monotonic());
    small.put("b", answer("x".repeat(400)), clock.monotonic());
    expect(small.get("a")).toEqual(answer("y".repeat(400)));
    small.put("c", answer("x".repeat(400)), clock.monotonic());
    expect([small.get("a"), small.get("b")]).toEqual([answer("y".repeat(400)), undefined]);
  });
});
