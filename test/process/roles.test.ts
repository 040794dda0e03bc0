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
  type Person,
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

test("deciders share out the contacts, and those of one that is killed are decided by the others", async () => {
  const everybody = people(120);
  const door = await start("ingest");
  const sender = await start("dispatch");
  const deciders = await Promise.all(["a", "b", "c"].map((name) => start("decide", `decide-${name}`)));
  const shares = () => deciders.map((heed) => /.*"share":"(\d of \d)"/s.exec(heed.output())?.[1]).toSorted();
  await expect.poll(shares, { timeout: 20_000 }).toEqual(["1 of 3", "2 of 3", "3 of 3"]);

  await identify(door.url, everybody);
  await expect.poll(() => waiting(door.url), { timeout: 20_000 }).toBe(0);
  const before = await Promise.all(deciders.map(({ url }) => decisionsAt(url)));
  expect(before.every(({ decisions }) => decisions > 0)).toBe(true);

  // While nobody comes or goes, hardly ever do two of them decide for one contact at once.
  const conflictsBefore = await conflictsAt(deciders);
  for (let round = 0; round < 5; round++) await look(door.url, everybody, round);
  await expect.poll(() => waiting(door.url), { timeout: 20_000 }).toBe(0);
  expect((await conflictsAt(deciders)) - conflictsBefore).toBeLessThan(everybody.length / 20);

  await deciders[1]?.kill9();
  deciders.splice(1, 1);
  const more = people(240).slice(120);
  await identify(door.url, more);
  await expect.poll(shares, { timeout: 20_000 }).toEqual(["1 of 2", "2 of 2"]);
  await expect.poll(() => waiting(door.url), { timeout: 20_000 }).toBe(0);
  expect(
    await postClicks(
      door.url,
      workspace.privateKey,
      more.map((person) => click(person, `late-${person.id}`, Date.now())),
      Date.now(),
    ),
  ).toBe(200);
  const phones = more.map(({ phone }) => phone).toSorted();
  const sent = () => twilio.messages.map(({ to }) => to).filter((to) => phones.includes(to));
  await expect.poll(() => sent().toSorted(), { timeout: 60_000 }).toEqual(phones);
  for (const heed of [door, sender, ...deciders]) expect(await heed.stop()).toBe(0);
});

test("three dispatchers together keep the rate of a channel", async () => {
  const everybody = people(60);
  const slow = clickWorkspace(`${scratch}/slow`, { twilioUrl: twilio.url, delay: "1s", rate: "10/s" });
  const options = { workspace: slow.directory, store: nats.url, env: slow.env };
  const run = (name: string, role: string) =>
    startHeed({ ...options, dataDirectory: `${scratch}/${name}`, flags: ["--namespace", "slow", "--role", role] });
  const door = await run("slow-door", "ingest,decide");
  const senders = await Promise.all(["a", "b", "c"].map((name) => run(`slow-${name}`, "dispatch")));
  await identify(door.url, everybody);
  await expect.poll(() => waiting(door.url), { timeout: 20_000 }).toBe(0);
  const before = twilio.messages.length;
  const clicks = everybody.map((person) => click(person, `slow-${person.id}`, Date.now()));
  expect(await postClicks(door.url, slow.privateKey, clicks, Date.now())).toBe(200);
  await expect.poll(() => twilio.messages.length - before, { timeout: 60_000 }).toBe(everybody.length);
  const times = twilio.messages.slice(before).map(({ date_created }) => Date.parse(date_created));
  // Six seconds by the rate; two if each of the three had it for itself. Whole seconds are all that Twilio tells.
  expect(Math.max(...times) - Math.min(...times)).toBeGreaterThanOrEqual(4_000);
  const counts = await Promise.all(senders.map(({ url }) => sentBy(url)));
  expect(counts.every((count) => count > 0)).toBe(true);
  for (const heed of [door, ...senders]) expect(await heed.stop()).toBe(0);
});

async function sentBy(url: string): Promise<number> {
  const metrics = await (await fetch(`${url}/metrics`)).text();
  return Number(/^heed_send_outcomes_total\{.*\} (\d+)$/m.exec(metrics)?.[1] ?? 0);
}

/** Eight events of everybody that no rule listens to: nobody but deciders touches these contacts. */
async function look(url: string, everybody: readonly Person[], round: number): Promise<void> {
  const events = everybody.flatMap(({ id }) =>
    Array.from({ length: 8 }, (_, n) => {
      return { event_id: `look-${round}-${n}-${id}`, event_type: "lead.looked", contact_id: id };
    }),
  );
  const headers = { authorization: `Bearer ${API_TOKEN}`, "content-type": "application/json" };
  const response = await fetch(`${url}/v1/events`, { method: "POST", headers, body: JSON.stringify(events) });
  expect(await response.json()).toMatchObject({ accepted: events.length });
}

async function decisionsAt(url: string): Promise<{ readonly decisions: number; readonly conflicts: number }> {
  const metrics = await (await fetch(`${url}/metrics`)).text();
  const sum = (name: string) =>
    [...metrics.matchAll(new RegExp(`^${name}(?:\\{.*\\})? (\\d+)$`, "gm"))].reduce((all, [, n]) => all + Number(n), 0);
  return { decisions: sum("heed_contact_document_bytes_count"), conflicts: sum("heed_commit_conflicts_total") };
}

async function conflictsAt(deciders: readonly HeedProcess[]): Promise<number> {
  const counts = await Promise.all(deciders.map(({ url }) => decisionsAt(url)));
  return counts.reduce((all, { conflicts }) => all + conflicts, 0);
}
