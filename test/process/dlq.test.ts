import { join } from "node:path";
import { expect, test } from "vitest";
import { startTwilioFake } from "../../src/providers/twilio/fake.ts";
import { API_TOKEN, type HeedProcess, startHeed } from "../support/heed-process.ts";
import { startNatsServer } from "../support/nats-server.ts";
import { runCli } from "../support/run-cli.ts";
import { scratchDirectory, writeFiles } from "../support/scratch.ts";
import { ACCOUNT_SID, AUTH_TOKEN } from "./click-workspace.ts";

const PHONE = "+12025550143";
const headers = { authorization: `Bearer ${API_TOKEN}`, "content-type": "application/json" };

function files(twilioUrl: string): Readonly<Record<string, string>> {
  return {
    "heed.yaml": `
workspace: letters
time_zone: America/New_York
country: US
providers:
  twilio: { account_sid: "\${TWILIO_ACCOUNT_SID}", auth_token: "\${TWILIO_AUTH_TOKEN}", base_url: "${twilioUrl}", timeout: 1s }
channels:
  sms: { kind: sms, provider: twilio, from: "+12025550100" }
events: { lead.created: {} }
`,
    "leads/hello.yaml": `
rule: hello
description: Say hello to a new lead.
owner: growth-ops
class: transactional
trigger: { event: lead.created }
retry: { attempts: 1, within: 1m }
actions:
  - send: sms
    text: Hello.
`,
  };
}

const env = { TWILIO_ACCOUNT_SID: ACCOUNT_SID, TWILIO_AUTH_TOKEN: AUTH_TOKEN };

interface Place {
  readonly workspace: string;
  readonly dataDirectory: string;
}

/** Without blocking: the vendor of the test must answer meanwhile. */
function heed({ workspace, dataDirectory }: Place, ...words: readonly string[]) {
  return runCli([...words, "--data-dir", dataDirectory], { env: { HEED_RULES: workspace } });
}

async function newLead({ url }: HeedProcess, contact: string): Promise<void> {
  const event = { event_type: "lead.created", contact_id: contact, address: { phone: PHONE } };
  const posted = await fetch(`${url}/v1/events`, { method: "POST", headers, body: JSON.stringify(event) });
  expect(posted.status).toBe(200);
}

/** A vendor that fails, a lead, and its message among the dead letters. */
async function given(store?: string) {
  const scratch = scratchDirectory();
  const twilio = await startTwilioFake({ accountSid: ACCOUNT_SID, authToken: AUTH_TOKEN, now: () => Date.now() });
  const place = {
    workspace: writeFiles(join(scratch, "rules"), files(twilio.url)),
    dataDirectory: join(scratch, "data"),
  };
  const start = () => startHeed({ ...place, env, ...(store !== undefined && { store }) });
  twilio.script("429");
  const running = await start();
  await newLead(running, "ana");
  return { place, twilio, running, start };
}

async function replayedOnce(
  { place, twilio }: Awaited<ReturnType<typeof given>>,
  ...flags: readonly string[]
): Promise<void> {
  const list = () => heed(place, "dlq", "list", ...flags);
  await expect
    .poll(async () => (await list()).stdout, { timeout: 30_000 })
    .toMatch(/^\d+ {2}\S+ {2}id:ana {2}message .* of rule hello/);
  expect((await list()).stdout).toContain(": provider.failed\n");
  expect((await heed(place, "dlq", "list", "--reason", "quarantined", ...flags)).stdout).toBe(
    "there is no dead letter\n",
  );
  const json = await heed(place, "dlq", "list", "--format", "json", "--contact", "ana", "--since", "1h", ...flags);
  const [letter] = (JSON.parse(json.stdout) as { dead_letters: { id: number }[] }).dead_letters;
  const id = String(letter?.id);
  const shown = await heed(place, "dlq", "show", id, ...flags);
  expect(JSON.parse(shown.stdout)).toMatchObject({ kind: "message", body: { reason: "provider.failed", attempt: 1 } });

  const replayed = await heed(place, "replay", "--reason", "provider.failed", ...flags);
  expect(replayed).toMatchObject({ status: 0, stdout: "1 replayed, 0 had nothing left to do, 0 stay\n" });
  expect((await list()).stdout).toBe("there is no dead letter\n");
  expect(await heed(place, "dlq", "show", id, ...flags)).toMatchObject({ status: 1 });
  expect(await heed(place, "dlq", "replay", id, ...flags)).toMatchObject({
    status: 1,
    stdout: expect.stringContaining("there is no dead letter of this number"),
  });
  await expect.poll(() => twilio.messages.length, { timeout: 15_000 }).toBe(1);
}

test("through the running system, a message that failed is sent by a replay, once", { timeout: 120_000 }, async () => {
  const story = await given();
  await replayedOnce(story, "--port", new URL(story.running.url).port);
  await story.running.stop();
  const told = await heed(story.place, "explain", "--contact", "ana");
  expect(told.stdout).toMatch(/message \S+ was to be tried again, said (?!operator\b)\S+/);
  expect(told.stdout).toMatch(/^decided by rulebook [0-9a-f]{12}, which is that of the files$/m);
  await story.twilio.close();
});

test("on NATS, in the store that all processes share", { timeout: 120_000 }, async () => {
  const server = await startNatsServer();
  const story = await given(server.url);
  await replayedOnce(story, "--store", server.url);
  await story.running.stop();
  await story.twilio.close();
  await server.stop();
});

test(
  "in a store that nobody has open, letters are listed, discarded and replayed for the next start",
  { timeout: 120_000 },
  async () => {
    const { place, twilio, running, start } = await given();
    const port = ["--port", new URL(running.url).port];
    twilio.script("429");
    await newLead(running, "ben");
    const ids = async (): Promise<readonly string[]> =>
      [...(await heed(place, "dlq", "list", ...port)).stdout.matchAll(/^\d+/gm)].map(([id]) => id);
    await expect.poll(ids, { timeout: 30_000 }).toHaveLength(2);
    const [first = "", second = ""] = await ids();
    await running.stop();

    const stopped = ["--port", "1"];
    expect(await heed(place, "dlq", "discard", first, ...stopped)).toMatchObject({ status: 3 });
    const discarded = await heed(place, "dlq", "discard", first, "--reason", "told by phone", ...stopped);
    expect(discarded).toMatchObject({ status: 0, stdout: `discarded ${first}\n` });
    expect(await heed(place, "dlq", "discard", first, "--reason", "again", ...stopped)).toMatchObject({ status: 1 });
    expect(await heed(place, "dlq", "replay", second, ...stopped)).toMatchObject({ status: 0 });
    expect(twilio.messages).toEqual([]);
    const again = await start();
    await expect.poll(() => twilio.messages.length, { timeout: 20_000 }).toBe(1);
    expect((await heed(place, "dlq", "list", "--port", new URL(again.url).port)).stdout).toBe(
      "there is no dead letter\n",
    );
    await again.stop();
    await twilio.close();
  },
);

test("what cannot be meant is said, and the API asks for a token", { timeout: 60_000 }, async () => {
  const { place, running, twilio } = await given();
  const port = ["--port", new URL(running.url).port];
  for (const words of [
    ["replay"],
    ["replay", "1", "--all"],
    ["replay", "one"],
    ["show", "one"],
    ["list", "--format", "xml"],
    ["list", "--limit", "0"],
    ["list", "--since", "soon"],
    ["list", "--contact", "email:ana"],
  ]) {
    expect([words, (await heed(place, "dlq", ...words, ...port)).status]).toEqual([words, 3]);
  }
  const ask = async (path: string, init: RequestInit = { headers }) =>
    (await fetch(`${running.url}/api/dead-letters${path}`, init)).status;
  expect(await ask("", {})).toBe(401);
  expect(await ask("?limit=0")).toBe(400);
  expect(await ask("?after=x")).toBe(400);
  expect(await ask("/x")).toBe(400);
  expect(await ask("/1/replay", { method: "POST", headers, body: `{ "may_double": 1 }` })).toBe(400);
  expect(await ask("/1", { method: "DELETE", headers, body: `{ "note": 1 }` })).toBe(400);
  expect(await ask("/999", { method: "DELETE", headers, body: "{}" })).toBe(200);
  await running.stop();
  await twilio.close();
});
