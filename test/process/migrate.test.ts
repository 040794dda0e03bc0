import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startTwilioFake } from "../../src/providers/twilio/fake.ts";
import { systemClock } from "../../src/cli/system-clock.ts";
import { openEmbeddedStore } from "../../src/store/embedded.ts";
import { openJetStreamStore } from "../../src/store/jetstream.ts";
import { cli } from "../support/built-cli.ts";
import { API_TOKEN, startHeed } from "../support/heed-process.ts";
import { type NatsServer, startNatsServer } from "../support/nats-server.ts";
import { scratchDirectory } from "../support/scratch.ts";
import { ACCOUNT_SID, AUTH_TOKEN, click, clickWorkspace, identify, people, postClicks } from "./click-workspace.ts";

let nats: NatsServer;
beforeAll(async () => {
  nats = await startNatsServer();
}, 60_000);
afterAll(() => nats.stop());

const env = { PATH: process.env["PATH"] ?? "", HEED_API_TOKEN: API_TOKEN };

function migrate(directory: string, namespace: string) {
  const flags = ["--from", directory, "--to", nats.url, "--namespace", namespace];
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, "migrate", ...flags], {
    env,
    encoding: "utf8",
    timeout: 60_000,
  });
  return { status, stdout, stderr };
}

const encoder = new TextEncoder();
const CONTACTS = 1_500;
const LINES = 6;

async function fill(directory: string): Promise<void> {
  const store = await openEmbeddedStore({ directory, clock: systemClock });
  const keys = Array.from({ length: CONTACTS }, (_, index) => `contact ${index}`);
  await Promise.all(
    keys.map(async (key) => {
      const emit = Array.from({ length: LINES }, (_, line) => {
        return { lane: "audit", id: `line ${line}`, key, body: encoder.encode(`line ${line} of ${key}`) } as const;
      });
      await store.commit({ key, base: "new", body: encoder.encode(`document of ${key}`), wakeAt: null, emit });
      const body = encoder.encode("event");
      await store.append(["one", "two"].map((id) => ({ id: `${key} ${id}`, key, body })));
      await store.append([{ id: `${key} dead`, key, body, dead: "not readable" }]);
    }),
  );
  await store.close();
}

test(
  "a move that is killed again and again goes on where it was, and ends with everything there once",
  // Slow, because what is killed in its midst must last long enough.
  { timeout: 180_000 },
  async () => {
    const directory = scratchDirectory();
    await fill(directory);
    const namespace = "killed";
    const watching = await openJetStreamStore({ url: nats.url, namespace, clock: systemClock });
    const mark = async (): Promise<string> => {
      const doc = await watching.load("heed:migration", "latest");
      const arrived = doc === null ? {} : (JSON.parse(Buffer.from(doc.body).toString("utf8")) as { mark?: string });
      return arrived.mark ?? "";
    };
    // Each is killed as soon as it has carried something.
    for (let last = "", kills = 0; kills < 4; kills += 1, last = await mark()) {
      const child = spawn(
        process.execPath,
        [cli, "migrate", "--from", directory, "--to", nats.url, "--namespace", namespace],
        { env, stdio: "ignore" },
      );
      const gone = once(child, "exit");
      await expect.poll(mark, { timeout: 20_000, interval: 5 }).not.toBe(last);
      child.kill("SIGKILL");
      const [code]: unknown[] = await gone;
      expect(code).toBeNull();
    }
    await watching.close();
    const ended = migrate(directory, namespace);
    expect(ended).toMatchObject({ status: 0 });
    expect(ended.stdout).toContain(`documents     ${CONTACTS} moved, ${CONTACTS} there\n`);
    expect(ended.stdout).toContain(`lines         ${CONTACTS * LINES} moved, ${CONTACTS * LINES} there\n`);
    expect(ended.stdout).toContain(`events        ${CONTACTS * 2} moved, ${CONTACTS * 2} there\n`);
    expect(ended.stdout).toContain(`dead letters  ${CONTACTS} moved, ${CONTACTS} there\n`);

    const store = await openJetStreamStore({ url: nats.url, namespace, clock: systemClock });
    const newestFirst = Array.from({ length: LINES }, (_, line) => `line ${line}`).toReversed();
    for (let index = 0; index < CONTACTS; index += 50) {
      const lines = await store.history(`contact ${index}`, { limit: 100 });
      expect(lines.map(({ id }) => id)).toEqual(newestFirst);
    }
    const events: string[] = [];
    const consumer = await store.consume("events", { parallel: 64, leaseMs: 5_000 }, async ({ id }) => {
      events.push(id);
      return { done: true };
    });
    await expect.poll(() => events.length, { timeout: 30_000 }).toBe(CONTACTS * 2);
    expect(new Set(events).size).toBe(CONTACTS * 2);
    await consumer.stop(1_000);
    await store.close();
  },
);

test(
  "with events under way and messages that wait, everybody gets one message, from NATS or from before",
  { timeout: 180_000 },
  async () => {
    const everybody = people(40);
    const scratch = scratchDirectory();
    const twilio = await startTwilioFake({ accountSid: ACCOUNT_SID, authToken: AUTH_TOKEN, now: () => Date.now() });
    const workspace = clickWorkspace(scratch, { twilioUrl: twilio.url, delay: "4s" });
    const options = { workspace: workspace.directory, dataDirectory: `${scratch}/data`, env: workspace.env };
    const half = everybody.slice(0, 20);
    const clicks = (some: typeof everybody) => some.map((person) => click(person, `click-${person.id}`, Date.now()));

    const before = await startHeed(options);
    await identify(before.url, everybody);
    await sleep(1_500);
    expect(await postClicks(before.url, workspace.privateKey, clicks(half), Date.now())).toBe(200);
    // Some of these wait, and some of those that come now are not even decided.
    await sleep(2_500);
    expect(await postClicks(before.url, workspace.privateKey, clicks(everybody), Date.now())).toBe(200);
    await before.kill9();
    const moved = migrate(options.dataDirectory, "heed");
    expect(moved).toMatchObject({ status: 0 });

    await expect(startHeed(options)).rejects.toThrow(/code 3[\s\S]*was moved to nats:/);
    const after = await startHeed({ ...options, store: nats.url });
    expect(await postClicks(after.url, workspace.privateKey, clicks(everybody), Date.now())).toBe(200);
    await expect.poll(() => twilio.messages.length, { timeout: 60_000 }).toBeGreaterThanOrEqual(everybody.length);
    await sleep(3_000);
    expect(twilio.messages.map(({ to }) => to).toSorted()).toEqual(everybody.map(({ phone }) => phone).toSorted());
    expect(await after.stop()).toBe(0);
    await twilio.close();
  },
);
