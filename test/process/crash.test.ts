import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { test } from "vitest";
import { startTwilioFake } from "../../src/providers/twilio/fake.ts";
import { type HeedProcess, startHeed } from "../support/heed-process.ts";
import { startNatsServer } from "../support/nats-server.ts";
import { scratchDirectory } from "../support/scratch.ts";
import { seed } from "../support/seed.ts";
import {
  ACCOUNT_SID,
  AUTH_TOKEN,
  click,
  clickWorkspace,
  identify,
  people,
  postClicks,
  waiting,
} from "./click-workspace.ts";

const KILLS = 10;
const EVERYBODY = people(60);
const scratch = scratchDirectory();

/** The same on every store that people run: `null` is the default, which needs nothing else. */
const STORES = { embedded: null, JetStream: startNatsServer };

// At the same time: most of it is waiting.
test.concurrent.for(Object.entries(STORES))(
  `a process on the %s store, killed ${KILLS} times at random moments, texts every contact exactly once (seed ${seed})`,
  { timeout: 240_000 },
  async ([name, startServer], { expect, onTestFinished }) => {
    const draw = mulberry32(seed);
    const server = await startServer?.();
    onTestFinished(async () => server?.stop());
    const twilio = await startTwilioFake({ accountSid: ACCOUNT_SID, authToken: AUTH_TOKEN, now: () => Date.now() });
    // Every seventh text is taken by Twilio, and the answer is lost.
    twilio.script(...EVERYBODY.map((_, index) => (index % 7 === 3 ? "accept-then-hang" : "ok")));
    const workspace = clickWorkspace(join(scratch, name), { twilioUrl: twilio.url, delay: "1s", rate: "20/s" });
    const port = await freePort();
    const start = () =>
      startHeed({
        workspace: workspace.directory,
        dataDirectory: join(scratch, name, "data"),
        port,
        ...(server === undefined ? {} : { store: server.url }),
        env: workspace.env,
      });

    let heed: HeedProcess = await start();
    await identify(heed.url, EVERYBODY);
    // A click by address alone finds its phone number only once the address is known to be somebody's.
    await expect.poll(() => waiting(heed.url), { timeout: 20_000 }).toBe(0);

    // SendGrid's side: shuffled batches, every click twice, each batch until it is acknowledged.
    const clicks = [...EVERYBODY, ...EVERYBODY]
      .map((person) => ({ person, order: draw() }))
      .sort((a, b) => a.order - b.order)
      .map(({ person }) => click(person, `click-${person.id}`, Date.now()));
    let acknowledged = 0;
    const sending = (async () => {
      for (let index = 0; index < clicks.length; index += 3) {
        const batch = clicks.slice(index, index + 3);
        for (;;) {
          const status = await postClicks(heed.url, workspace.privateKey, batch, Date.now()).catch(() => 0);
          if (status === 200) break;
          await sleep(20);
        }
        acknowledged += batch.length;
        await sleep(20 + draw() * 80);
      }
    })();

    for (let kills = 0; kills < KILLS; kills++) {
      await sleep(100 + draw() * 700);
      await heed.kill9();
      heed = await start();
    }
    await sending;
    expect(acknowledged).toBe(clicks.length);

    await expect
      .poll(() => new Set(twilio.messages.map(({ to }) => to)).size, { timeout: 60_000, interval: 250 })
      .toBe(EVERYBODY.length);
    const asked = (): number => twilio.calls.filter(({ method }) => method === "GET").length;
    await expect.poll(asked, { message: "lost answers are asked about", timeout: 40_000 }).toBeGreaterThanOrEqual(8);
    // Longer than a lease and the question that follows it: whatever would still be sent twice shows up now.
    await sleep(14_000);
    const sent = twilio.messages.map(({ to }) => to).toSorted();
    expect(sent).toEqual(EVERYBODY.map(({ phone }) => phone).toSorted());
    expect(twilio.calls.filter(({ method }) => method === "POST")).toHaveLength(EVERYBODY.length);

    expect(await heed.stop()).toBe(0);
    await twilio.close();
  },
);

function mulberry32(start: number): () => number {
  let state = start;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}
