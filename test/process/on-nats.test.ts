import { afterAll, beforeAll, expect, test } from "vitest";
import { startTwilioFake } from "../../src/providers/twilio/fake.ts";
import { startHeed } from "../support/heed-process.ts";
import { type NatsServer, startNatsServer } from "../support/nats-server.ts";
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

test("a server that is not there stops the start and says what to do", async () => {
  const workspace = clickWorkspace(scratch, { twilioUrl: "http://127.0.0.1:9", delay: "1s" });
  const options = { workspace: workspace.directory, dataDirectory: `${scratch}/none`, env: workspace.env };
  await expect(startHeed({ ...options, store: "nats://127.0.0.1:9" })).rejects.toThrow(
    /code 3[\s\S]*nats:\/\/127\.0\.0\.1:9/,
  );
});
