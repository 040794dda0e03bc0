import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { connect } from "nats";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startTwilioFake } from "../../src/providers/twilio/fake.ts";
import { startHeed } from "../support/heed-process.ts";
import { type NatsServer, startNatsServer } from "../support/nats-server.ts";
import { runCli } from "../support/run-cli.ts";
import { scratchDirectory } from "../support/scratch.ts";
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

const EVERYBODY = people(40);
const scratch = scratchDirectory();
let nats: NatsServer;

beforeAll(async () => {
  nats = await startNatsServer();
});

afterAll(async () => {
  await nats.stop();
});

test(
  "on JetStream a signed click becomes one text, across duplicates and a restart",
  { timeout: 120_000 },
  async () => {
    const twilio = await startTwilioFake({ accountSid: ACCOUNT_SID, authToken: AUTH_TOKEN, now: () => Date.now() });
    const workspace = clickWorkspace(scratch, { twilioUrl: twilio.url, delay: "2s" });
    const start = () =>
      startHeed({
        workspace: workspace.directory,
        dataDirectory: `${scratch}/data`,
        store: nats.url,
        env: workspace.env,
      });
    const post = async (url: string) => {
      for (const person of EVERYBODY) {
        const clicks = [click(person, `click-${person.id}`, Date.now())];
        expect(await postClicks(url, workspace.privateKey, clicks, Date.now())).toBe(200);
      }
    };

    const first = await start();
    expect(first.output()).toContain("JetStream");
    await identify(first.url, EVERYBODY);
    // A click by address alone finds its phone number only once the address is known to be somebody's.
    await expect.poll(() => waiting(first.url), { timeout: 20_000 }).toBe(0);
    await post(first.url);
    expect(await first.stop()).toBe(0);
    const second = await start();
    await post(second.url);
    await expect.poll(() => twilio.messages.length, { timeout: 30_000 }).toBeGreaterThanOrEqual(EVERYBODY.length);
    const sent = twilio.messages.map(({ to }) => to);
    expect(sent.toSorted()).toEqual(EVERYBODY.map(({ phone }) => phone).toSorted());
    expect(await second.stop()).toBe(0);
    await twilio.close();
  },
);

test(
  "what other systems publish into NATS is taken in once, through kills while it is",
  { timeout: 240_000 },
  async () => {
    const workspace = clickWorkspace(join(scratch, "inbox"), { twilioUrl: "http://127.0.0.1:9", delay: "1h" });
    const start = () =>
      startHeed({
        workspace: workspace.directory,
        dataDirectory: `${scratch}/inbox-data`,
        store: nats.url,
        env: { ...workspace.env, HEED_NAMESPACE: "inbox" },
      });
    const publisher = await connect({ servers: nats.url });
    const manager = await publisher.jetstreamManager();
    const jetStream = publisher.jetstream();
    let heed = await start();
    const names = Array.from({ length: 3_000 }, (_, index) => `click-${index}`);
    const event = (index: number) => ({ event_type: "email.clicked", contact_id: `c${index % 100}` });
    const publishing = (async () => {
      for (const [index, msgID] of names.entries())
        await jetStream.publish("inbox.events.in.site", JSON.stringify(event(index)), { msgID });
    })();
    for (let kill = 0; kill < 3; kill += 1) {
      await sleep(400);
      await heed.kill9();
      heed = await start();
    }
    await publishing;
    const stream = await jetStream.streams.get("INBOX_EVENTS");
    const waitingInside = async () => {
      const { num_pending: pending, num_ack_pending: unacknowledged } = await manager.consumers.info(
        "INBOX_INBOX",
        "inbox",
      );
      return pending + unacknowledged;
    };
    // What a killed process had at hand comes again when its lease of half a minute ends.
    await expect.poll(waitingInside, { timeout: 120_000 }).toBe(0);
    const { messages } = (await stream.info()).state;
    const reader = await jetStream.consumers.get("INBOX_EVENTS");
    const ids: unknown[] = [];
    for await (const message of await reader.fetch({ max_messages: messages })) {
      ids.push(message.json<{ event_id: string }>().event_id);
      if (ids.length === messages) break;
    }
    expect(ids.toSorted()).toEqual(names.toSorted());
    expect(await heed.stop()).toBe(0);
    await publisher.close();
  },
);

test("a server that is not there stops the start and says what to do", async () => {
  const workspace = clickWorkspace(scratch, { twilioUrl: "http://127.0.0.1:9", delay: "1s" });
  const options = { workspace: workspace.directory, dataDirectory: `${scratch}/none`, env: workspace.env };
  await expect(startHeed({ ...options, store: "nats://127.0.0.1:9" })).rejects.toThrow(
    /code 3[\s\S]*nats:\/\/127\.0\.0\.1:9/,
  );
});

test(
  "the doctor comes to an end at a server that takes connections and says nothing",
  { timeout: 90_000 },
  async () => {
    const silent = createServer((socket) => void sockets.add(socket));
    const sockets = new Set<Socket>();
    await once(silent.listen(0, "127.0.0.1"), "listening");
    const address = silent.address();
    const port = typeof address === "object" ? String(address?.port) : "";
    const { directory, env } = clickWorkspace(scratch, { twilioUrl: "http://127.0.0.1:9", delay: "1s" });
    const { status, stdout } = await runCli(["doctor", directory, "--offline", "--store", `nats://127.0.0.1:${port}`], {
      env: { ...env, HEED_DATA_DIR: `${scratch}/none`, PORT: "1" },
    });
    for (const socket of sockets) socket.destroy();
    silent.close();
    expect(stdout).toContain("did not finish the connection in time");
    expect(status).toBe(3);
  },
);
