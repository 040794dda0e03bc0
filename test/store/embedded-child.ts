/**
 * A process to be killed: appends, commits and emits in a loop on the embedded store in argv[2] and writes a line per
 * acknowledgement. argv[3] is the round, so that ids never repeat; argv[4] what to do.
 */
import { writeSync } from "node:fs";
import { openEmbeddedStore } from "../../src/store/embedded.ts";
import { createTestClock } from "./conformance/test-clock.ts";

const [, , directory = "", round = "0", task = "work"] = process.argv;
const store = await openEmbeddedStore({ directory, clock: createTestClock(), keepFreeBytes: 0 });
/** Synchronous: what is not in the pipe when SIGKILL comes was never acknowledged. */
const say = (...words: readonly (string | number)[]): void => void writeSync(1, `${words.join(" ")}\n`);
say("open");

if (task === "hold") {
  setInterval(() => undefined, 1_000);
} else if (task === "poison") {
  await store.consume("events", { parallel: 1, leaseMs: 60_000 }, async ({ id, attempt }) => {
    say("delivered", id, attempt);
    process.kill(process.pid, "SIGKILL");
    return await new Promise(() => undefined);
  });
} else if (task === "fill") {
  const body = new Uint8Array(2_000);
  let refused = 0;
  let done = 0;
  process.on("unhandledRejection", (error) => say("unhandled", String(error)));
  await Promise.all(
    Array.from({ length: 20 }, async (_, writer) => {
      for (let index = 0; index < 200; index += 1) {
        try {
          await store.append([{ id: `fill ${writer}/${index}`, key: `key ${writer}`, body }]);
          done += 1;
          say("appended", `fill ${writer}/${index}`);
        } catch (error) {
          refused += 1;
          say("refused", error instanceof Error ? error.name : "?");
        }
      }
    }),
  );
  say("done", done, refused);
  await store.close();
} else {
  await Promise.all(Array.from({ length: 16 }, (_, writer) => work(writer)));
}

async function work(writer: number): Promise<void> {
  const key = `writer ${writer}`;
  let base = (await store.load(key, "latest"))?.rev ?? "new";
  for (let index = 0; ; index += 1) {
    const name = `${round}/${writer}/${index}`;
    await store.append([{ id: `f ${name}`, key, body: new TextEncoder().encode(name) }]);
    say("appended", `f ${name}`);
    const result = await store.commit({
      key,
      base,
      body: new TextEncoder().encode(name),
      wakeAt: Date.now() - 1,
      emit: [
        { lane: "jobs.sms", id: `j ${name}`, key, body: new TextEncoder().encode(name) },
        { lane: "audit", id: `a ${name}`, key, body: new TextEncoder().encode(name) },
      ],
    });
    if (!result.ok) throw new Error(`the only writer of ${key} found ${result.why}`);
    base = result.rev;
    say("committed", writer, name);
  }
}
