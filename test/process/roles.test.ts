import { afterAll, beforeAll, expect, test } from "vitest";
import { startTwilioFake, type TwilioFake } from "../../src/providers/twilio/fake.ts";
import { API_TOKEN, type HeedProcess, startHeed } from "../support/heed-process.ts";
import { type NatsServer, startNatsServer } from "../support/nats-server.ts";
import { scratchDirectory } from "../support/scratch.ts";
import {
  ACCOUNT_SID,
  AUTH_TOKEN,
  click,
  type ClickWorkspace,
  clickWorkspace,
  identify,
  people,
  postClicks,
  waiting,
} from "./click-workspace.ts";

const scratch = scratchDirectory();
let nats: NatsServer;
let twilio: TwilioFake;
let workspace: ClickWorkspace;

beforeAll(async () => {
  nats = await startNatsServer();
  twilio = await startTwilioFake({ accountSid: ACCOUNT_SID, authToken: AUTH_TOKEN, now: () => Date.now() });
  workspace = clickWorkspace(scratch, { twilioUrl: twilio.url, delay: "1s" });
});

afterAll(async () => {
  await twilio.close();
  await nats.stop();
});

function start(role: string, name = role): Promise<HeedProcess> {
  return startHeed({
    workspace: workspace.directory,
    dataDirectory: `${scratch}/${name}`,
    store: nats.url,
    env: workspace.env,
    flags: ["--role", role],
  });
}

async function problemAt(url: string): Promise<unknown> {
  const response = await fetch(url, { method: "POST", headers: { authorization: `Bearer ${API_TOKEN}` }, body: "{}" });
  expect(response.headers.get("content-type")).toBe("application/problem+json");
  return response.json();
}

test("processes of one role each are one system together", async () => {
  const door = await start("ingest");
  const desk = await start("console");
  const others = [await start("decide"), await start("dispatch")];
  const everybody = people(20);

  expect(door.output()).toMatch(/role +ingest\n/);
  expect(others[0]?.output()).not.toContain("API token");
  expect(await (await fetch(`${door.url}/readyz`)).json()).toMatchObject({ status: "ready", roles: ["ingest"] });
  for (const { url } of [door, desk, ...others]) {
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    expect(await (await fetch(`${url}/metrics`)).text()).toContain("heed_");
  }
  const atDoor = { status: 503, title: expect.stringContaining("--role ingest") };
  expect(await problemAt(`${desk.url}/webhooks/sendgrid`)).toMatchObject(atDoor);
  expect(await problemAt(`${desk.url}/v1/events`)).toMatchObject(atDoor);
  expect(await problemAt(`${door.url}/api/outbox`)).toMatchObject({
    status: 503,
    title: expect.stringContaining("--role console"),
  });
  const pauses = await fetch(`${desk.url}/api/pauses`, { headers: { authorization: `Bearer ${API_TOKEN}` } });
  expect(await pauses.json()).toEqual({ pauses: [] });

  await identify(door.url, everybody);
  await expect.poll(() => waiting(door.url), { timeout: 20_000 }).toBe(0);
  const clicks = everybody.map((person) => click(person, `roles-${person.id}`, Date.now()));
  expect(await postClicks(door.url, workspace.privateKey, clicks, Date.now())).toBe(200);
  await expect.poll(() => twilio.messages.length, { timeout: 30_000 }).toBe(everybody.length);
  expect(twilio.messages.map(({ to }) => to).toSorted()).toEqual(everybody.map(({ phone }) => phone).toSorted());
  for (const heed of [door, desk, ...others]) expect(await heed.stop()).toBe(0);
});
