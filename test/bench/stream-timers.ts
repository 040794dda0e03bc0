import { systemClock } from "../../src/cli/system-clock.ts";
import { openJetStreamStore } from "../../src/store/jetstream.ts";
import { startNatsServer } from "../support/nats-server.ts";
import type { Pen } from "./stream-door.ts";
import { residentBytesOf } from "./stream-processes.ts";

const HOUR_MS = 3_600_000;
const AT_ONCE = 500;

/** Timers of contacts without a history, through a crash of nats-server and a new reader: whether all of them go off. */
export async function measureTimers(total: number, { print, count }: Pen): Promise<void> {
  const server = await startNatsServer();
  const writer = await openJetStreamStore({ url: server.url, namespace: "heed", clock: systemClock });
  const body = Buffer.alloc(300, "t");
  const dueAt = Date.now() + HOUR_MS;
  const began = performance.now();
  for (let start = 0; start < total; start += AT_ONCE) {
    const window = Array.from({ length: Math.min(AT_ONCE, total - start) }, (_, index) =>
      writer.commit({ key: `timer-${start + index}`, base: "new", body, wakeAt: dueAt + index, emit: [] }),
    );
    await Promise.all(window);
  }
  const perSecond = (total / (performance.now() - began)) * 1_000;
  await writer.close();
  await server.kill9();
  await server.restart();

  // For this reader the hour is over.
  const clock = { ...systemClock, now: () => Date.now() + 2 * HOUR_MS };
  const memory = residentBytesOf(process.pid);
  const opened = performance.now();
  const reader = await openJetStreamStore({ url: server.url, namespace: "heed", clock, reofferMs: HOUR_MS });
  const gone = new Uint8Array(total);
  let first = Number.NaN;
  let different = 0;
  let repeated = 0;
  await new Promise<void>((resolve, reject) => {
    const consuming = reader.consume("due", { parallel: 64, leaseMs: 30_000 }, async ({ key }) => {
      const number = Number(key.slice("timer-".length));
      if (gone[number] === 1) repeated += 1;
      else different += 1;
      gone[number] = 1;
      if (different === 1) first = performance.now() - opened;
      if (different === total) resolve();
      return { done: true };
    });
    consuming.catch(reject);
  });
  const all = performance.now() - opened;
  const grown = (residentBytesOf(process.pid) - memory) / 1_048_576;
  print(
    `${count(total).trim()} timers, set at ${count(perSecond).trim()} /s; nats-server killed, a new reader: the first goes off ${(first / 1_000).toFixed(1)} s after, all of them ${(all / 1_000).toFixed(1)} s after, ${repeated} twice; ${grown.toFixed(0)} MB more in the reader`,
  );
  await reader.close();
  await server.stop();
}
