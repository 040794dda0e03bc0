import { withDeadline } from "./deadline.ts";
import type { DoorAnswer, FakeContext, FakeWebhook, RetryLaw } from "./fake-vendor.ts";
import { HttpFailure, openVendorHttp } from "./vendor-http.ts";

/** Brings a vendor's webhooks to Heed's door, as stubbornly as the vendor does. */
export interface FakePoster {
  /** Resolves when the vendor is done with it, and tells of every attempt. */
  post(webhook: FakeWebhook, tell: (attempt: PostAttempt) => void): Promise<void>;
  close(): Promise<void>;
}

export interface PostAttempt {
  readonly end: "taken" | "again" | "dropped";
  readonly answer: DoorAnswer;
}

/** Vendors open more; Heed's door is measured elsewhere. */
const maxAtOnce = 16;
const timeoutMs = 15_000;
/** A quarter of an hour of a vendor's patience is fifteen seconds here. */
const quickness = 60;

export function openPoster({ clock, door }: Pick<FakeContext, "clock" | "door">, retries: RetryLaw): FakePoster {
  const http = openVendorHttp();
  const waiting: (() => void)[] = [];
  const timers = new Set<() => void>();
  let free = maxAtOnce;
  let closed = false;

  const turn = async (): Promise<void> => {
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
  };
  const done = (): void => {
    const next = waiting.shift();
    if (next === undefined) free += 1;
    else next();
  };
  const pause = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const cancel = clock.after(ms, () => {
        timers.delete(cancel);
        resolve();
      });
      timers.add(cancel);
    });

  const call = async ({ path, headers, body }: FakeWebhook): Promise<DoorAnswer> => {
    const base = door();
    if (base === null) return "no_connection";
    try {
      return await withDeadline<DoorAnswer>(clock, timeoutMs, "no_answer", async (signal) => {
        const { status } = await http.call({ method: "POST", url: base + path, headers, body }, signal);
        return status;
      });
    } catch (error) {
      return error instanceof HttpFailure && !error.written ? "no_connection" : "no_answer";
    }
  };

  return {
    async post(webhook, tell) {
      for (let attempt = 0; ; attempt += 1) {
        await turn();
        const answer = closed ? "no_answer" : await call(webhook);
        done();
        if (closed) return;
        const wait = retries.waitsMs[attempt];
        const after = retries.after(answer);
        const end = after === "again" && wait === undefined ? "dropped" : after;
        tell({ end, answer });
        if (end !== "again" || wait === undefined) return;
        await pause(wait / quickness);
      }
    },
    async close() {
      closed = true;
      for (const cancel of timers) cancel();
      await http.close();
    },
  };
}
