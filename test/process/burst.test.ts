import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { startTwilioFake } from "../../src/providers/twilio/fake.ts";
import { startHeed } from "../support/heed-process.ts";
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

/** `npm run soak:burst` makes it a minute. */
const SECONDS = Number(process.env["HEED_BURST_SECONDS"] ?? 5);
const CONNECTIONS = 16;
const BATCH = 20;
const PEOPLE = people(1_000);
const scratch = scratchDirectory();

test(
  `a burst of ${SECONDS} s at the door's full speed is acknowledged, queued and drained`,
  { timeout: (SECONDS * 12 + 120) * 1_000 },
  async () => {
    const twilio = await startTwilioFake({ accountSid: ACCOUNT_SID, authToken: AUTH_TOKEN, now: () => Date.now() });
    const workspace = clickWorkspace(scratch, { twilioUrl: twilio.url, delay: "1s", rate: "100/s" });
    const heed = await startHeed({
      workspace: workspace.directory,
      dataDirectory: `${scratch}/data`,
      env: workspace.env,
    });
    await identify(heed.url, PEOPLE);
    await expect.poll(() => waiting(heed.url), { timeout: 20_000 }).toBe(0);

    const statuses = new Map<number, number>();
    let clicks = 0;
    const nextClick = () => {
      clicks += 1;
      const person = PEOPLE[clicks % PEOPLE.length];
      if (person === undefined) throw new Error("there is nobody to click");
      return click(person, `click-${clicks}`, Date.now());
    };
    const until = Date.now() + SECONDS * 1_000;
    const sendUntilTheEnd = async (): Promise<void> => {
      while (Date.now() < until) {
        const batch = Array.from({ length: BATCH }, nextClick);
        const status = await postClicks(heed.url, workspace.privateKey, batch, Date.now());
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
      }
    };
    await Promise.all(Array.from({ length: CONNECTIONS }, sendUntilTheEnd));
    expect([...statuses.keys()], "every request is acknowledged with 200").toEqual([200]);

    // Drained: the queue is empty, and everybody got the one text that the cap allows.
    await expect.poll(() => waiting(heed.url), { timeout: SECONDS * 10_000 + 60_000, interval: 500 }).toBe(0);
    await expect.poll(() => new Set(twilio.messages.map(({ to }) => to)).size, { timeout: 60_000 }).toBe(PEOPLE.length);
    await sleep(1_000);
    expect(twilio.messages).toHaveLength(PEOPLE.length);
    process.stdout.write(`burst: ${clicks} clicks in ${SECONDS} s acknowledged\n`);

    await heed.stop();
    await twilio.close();
  },
);
