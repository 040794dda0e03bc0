import type { Clock } from "../core/model/clock.ts";
import type { LookedUp } from "../core/model/decision.ts";
import type { JsonObject } from "../core/model/json.ts";
import { type Breaker, createBreaker } from "./breaker.ts";
import { createAnswerCache } from "./cache.ts";
import { createPlaces } from "./places.ts";
import { type Failure, type Fetched, failed, type LookupSource, type Texts } from "./source.ts";

/** What is to be seen of look-ups from outside: names of look-ups and words of ours, nothing about contacts. */
export interface LookupWatch {
  lookupEnded(name: string, outcome: Fetched["kind"] | "left_alone", ms: number): void;
  lookupCached(name: string): void;
  /** Questions at work and waiting for their place. */
  lookupsInFlight(name: string, count: number): void;
  /** `code` is that of the last failure. */
  lookupBreaker(name: string, state: Breaker["state"], code: string): void;
}

/** One look-up as it is asked: what is asked already, or was a moment ago, is not asked again, and trouble is kept small. */
export interface Desk {
  readonly name: string;
  /** A plain value where the answer is at hand. Rejects only with `LookupsClosed`. */
  ask(texts: Texts): LookedUp | Promise<LookedUp>;
  close(): Promise<void>;
}

export interface DeskOptions {
  readonly name: string;
  readonly clock: Clock;
  readonly source: LookupSource;
  readonly watch: LookupWatch;
  /** For one question, all its tries together. */
  readonly timeoutMs: number;
  /** 0: no answer is kept. */
  readonly goodForMs: number;
  /** The values that rules may read; null: all. What nobody may read is not kept. */
  readonly fields: ReadonlySet<string> | null;
}

/** The house closes, and nobody waits for the answer: no verdict may be made of that. */
export class LookupsClosed extends Error {
  override readonly name = "LookupsClosed";
}

const MOST_TRIES = 3;
const BACKOFF_MS = 100;

export function createDesk(options: DeskOptions): Desk {
  const { name, clock, source, watch, goodForMs } = options;
  const cache = createAnswerCache(clock, goodForMs);
  const places = createPlaces(source.atOnce);
  const flights = new Map<string, Promise<LookedUp>>();
  /** How the questions under way end when the house closes; null when it has closed. */
  let closers: Set<() => void> | null = new Set();
  let lastCode = "";
  const breaker = createBreaker(clock, (state) => watch.lookupBreaker(name, state, lastCode));

  async function fly(asked: string, texts: Texts): Promise<LookedUp> {
    await places.enter();
    try {
      if (closers === null) throw new LookupsClosed("look-ups are closed");
      const began = clock.monotonic();
      if (!breaker.enter()) {
        watch.lookupEnded(name, "left_alone", 0);
        return { kind: "failed" };
      }
      const fetched = await withinTime(options, texts, closers);
      if (fetched.kind === "failed") lastCode = fetched.code;
      breaker.tell(fetched.kind !== "failed", fetched.kind === "failed" ? fetched.afterMs : null);
      watch.lookupEnded(name, fetched.kind, clock.monotonic() - began);
      const answer = answerOf(fetched, options.fields);
      if (answer.kind === "value") cache.put(asked, answer, began);
      return answer;
    } finally {
      places.leave();
    }
  }

  return {
    name,
    ask(texts) {
      const asked = JSON.stringify(texts);
      const known = cache.get(asked);
      if (known !== undefined) {
        watch.lookupCached(name);
        return known;
      }
      const flying = flights.get(asked);
      if (flying !== undefined) return flying;
      const flight = fly(asked, texts).finally(() => {
        flights.delete(asked);
        watch.lookupsInFlight(name, flights.size);
      });
      flights.set(asked, flight);
      watch.lookupsInFlight(name, flights.size);
      return flight;
    },
    async close() {
      const ending = closers ?? [];
      closers = null;
      for (const end of ending) end();
      await source.close().catch(() => undefined);
    },
  };
}

function answerOf(fetched: Fetched, fields: ReadonlySet<string> | null): LookedUp {
  switch (fetched.kind) {
    case "value":
      return { kind: "value", value: fields === null ? fetched.value : only(fields, fetched.value) };
    case "nothing":
      return { kind: "value", value: {} };
    case "invalid":
    case "failed":
      return { kind: fetched.kind };
  }
}

function only(fields: ReadonlySet<string>, value: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(value).filter(([name]) => fields.has(name)));
}

/** Asks until there is an answer, as often as makes sense, and no longer than the look-up's time. Rejects when the house closes. */
function withinTime(
  { clock, source, timeoutMs }: DeskOptions,
  texts: Texts,
  closers: Set<() => void>,
): Promise<Fetched> {
  const controller = new AbortController();
  const deadline = clock.monotonic() + timeoutMs;
  return new Promise((resolve, reject) => {
    const end = (): void => {
      cancel();
      closers.delete(close);
      controller.abort();
    };
    const cancel = clock.after(timeoutMs, () => {
      end();
      resolve(failed("timeout", false));
    });
    const close = (): void => {
      end();
      reject(new LookupsClosed("look-ups are closed"));
    };
    closers.add(close);
    void askSomeTimes({ clock, source, texts, deadline, signal: controller.signal }).then((fetched) => {
      end();
      resolve(fetched);
    });
  });
}

interface Question {
  readonly clock: Clock;
  readonly source: LookupSource;
  readonly texts: Texts;
  /** Monotonic. */
  readonly deadline: number;
  readonly signal: AbortSignal;
}

async function askSomeTimes({ clock, source, texts, deadline, signal }: Question): Promise<Fetched> {
  for (let tries = 1; ; tries += 1) {
    const fetched = await fetchedFrom(source, texts, signal);
    if (fetched.kind !== "failed" || !fetched.again || !source.repeatable || tries === MOST_TRIES) return fetched;
    const pause = Math.max(fetched.afterMs ?? 0, BACKOFF_MS * 2 ** (tries - 1));
    if (clock.monotonic() + pause >= deadline) return fetched;
    await new Promise<void>((resolve) => void clock.after(pause, resolve));
    if (signal.aborted) return fetched;
  }
}

/** A source promises never to reject. One that does all the same has not answered. */
async function fetchedFrom(source: LookupSource, texts: Texts, signal: AbortSignal): Promise<Fetched | Failure> {
  try {
    return await source.fetch(texts, signal);
  } catch {
    return failed("thrown", false);
  }
}
