import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { startTwilioFake } from "../../src/providers/twilio/fake.ts";
import { API_TOKEN, startHeed } from "../support/heed-process.ts";
import { runCli, type Said } from "../support/run-cli.ts";
import { scratchDirectory, writeFiles } from "../support/scratch.ts";
import { ACCOUNT_SID, AUTH_TOKEN } from "./click-workspace.ts";

/** The commands of the README's runbook, run as they stand there while what they are for happens. */

const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
const headers = { authorization: `Bearer ${API_TOKEN}`, "content-type": "application/json" };
const env = { TWILIO_ACCOUNT_SID: ACCOUNT_SID, TWILIO_AUTH_TOKEN: AUTH_TOKEN };
/** What waited for the end of a pause looks again after half a minute. */
const PATIENCE = { timeout: 90_000, interval: 200 };

const workspace = (twilioUrl: string, text: string): Readonly<Record<string, string>> => ({
  "heed.yaml": `
workspace: on-call
time_zone: America/New_York
country: US
providers:
  twilio: { account_sid: "\${TWILIO_ACCOUNT_SID}", auth_token: "\${TWILIO_AUTH_TOKEN}", base_url: "${twilioUrl}", timeout: 1s }
channels:
  sms: { kind: sms, provider: twilio, from: "+12025550100" }
events: { lead.created: {} }
self_protection: { opt_out_rate: 5% }
`,
  "verification/verification-sms.yaml": `
rule: verification-sms
description: Text a new lead.
owner: growth-ops
class: transactional
trigger: { event: lead.created }
retry: { attempts: 1, within: 1m }
actions:
  - send: sms
    text: ${text}
`,
});

/** The commands under one of the runbook's headings, as they stand there. */
function commandsOf(heading: string): readonly string[] {
  const block = readme.split(`**${heading}**`)[1]?.split("```sh\n")[1]?.split("```")[0];
  if (block === undefined) throw new Error(`README.md has no runbook for "${heading}"`);
  return block.split("\n").filter((line) => line !== "");
}

/** As a shell reads it, as far as the runbook goes. */
function wordsOf(line = ""): readonly string[] {
  const words = [...line.replace(/ # .*$/, "").matchAll(/"([^"]*)"|(\S+)/g)];
  const [command, ...rest] = words.map(([, quoted, bare]) => quoted ?? bare ?? "");
  expect(command, `a command of heed in the runbook: ${line}`).toBe("heed");
  return rest;
}

/** A running system of `--rules store`, its vendor, and a shell on the same machine. */
async function onCall() {
  const scratch = scratchDirectory();
  const twilio = await startTwilioFake({ accountSid: ACCOUNT_SID, authToken: AUTH_TOKEN, now: () => Date.now() });
  const dataDirectory = join(scratch, "data");
  const rules = writeFiles(join(scratch, "rules"), workspace(twilio.url, "The price is 10 USD."));
  const wrong = writeFiles(join(scratch, "wrong"), workspace(twilio.url, "The price is 1000 USD."));
  let port = "1";
  const heed = (line: string | undefined): Promise<Said> =>
    runCli(wordsOf(line), { env: { ...env, HEED_RULES: rules, HEED_DATA_DIR: dataDirectory, PORT: port } });
  expect(await heed(`heed deploy --reason "the first"`)).toMatchObject({ status: 0 });
  const running = await startHeed({ workspace: "--rules=store", dataDirectory, env });
  port = new URL(running.url).port;
  const post = async (event: Readonly<Record<string, unknown>>): Promise<void> => {
    const posted = await fetch(`${running.url}/v1/events`, { method: "POST", headers, body: JSON.stringify(event) });
    expect(posted.status).toBe(200);
  };
  return {
    heed,
    twilio,
    running,
    wrong,
    phoneOf: (lead: number): string => `+1${201 + lead}5550143`,
    newLead(lead: number): Promise<void> {
      const address = { phone: this.phoneOf(lead) };
      return post({ event_type: "lead.created", contact_id: `lead-${lead}`, address });
    },
    stop(lead: number): Promise<void> {
      return post({ event_type: "sms.received", address: { phone: this.phoneOf(lead) }, data: { text: "STOP" } });
    },
    /** What this lead was told. */
    toldTo(lead: number): readonly string[] {
      return twilio.messages.filter(({ to }) => to === this.phoneOf(lead)).map(({ body }) => body);
    },
    toFind: (say: string) => expect.stringContaining(say),
  };
}

type OnCall = Awaited<ReturnType<typeof onCall>>;

async function providerIsDown(on: OnCall): Promise<void> {
  const [doctor, pause, list, resume, replay, reconcile, ...more] = commandsOf("A provider is down");
  expect(more).toEqual([]);
  on.twilio.script("500", "500");
  await on.newLead(1);
  await on.newLead(2);
  await vi.waitFor(async () => expect((await on.heed(doctor)).stdout).toContain("dead letters: 2"), PATIENCE);
  expect(await on.heed(pause)).toMatchObject({ status: 0, stdout: on.toFind("paused the channel sms until") });
  await on.newLead(3);
  const found = await on.heed(list);
  expect(found.stdout.match(/id:lead-[12] .* of rule verification-sms, step 1: provider\.failed/g)).toHaveLength(2);
  expect(on.twilio.messages).toEqual([]);
  expect(await on.heed(resume)).toMatchObject({ status: 0, stdout: on.toFind("resumed the channel sms") });
  expect(await on.heed(replay)).toMatchObject({ status: 0, stdout: on.toFind("2 replayed") });
  await vi.waitFor(() => expect([1, 2, 3].map((lead) => on.toldTo(lead).length)).toEqual([1, 1, 1]), PATIENCE);
  await vi.waitFor(
    async () => expect(await on.heed(reconcile)).toMatchObject({ status: 0, stdout: on.toFind("everything adds up") }),
    PATIENCE,
  );
}

async function wrongRuleIsDeployed(on: OnCall): Promise<void> {
  const [pause, list, rollback, resume, reached, ...more] = commandsOf("A wrong rule was deployed");
  expect(more).toEqual([]);
  expect(await on.heed(`heed deploy "${on.wrong}" --reason "new prices"`)).toMatchObject({ status: 0 });
  await vi.waitFor(async () => {
    await on.newLead(4);
    expect(on.toldTo(4).at(-1)).toBe("The price is 1000 USD.");
  }, PATIENCE);
  expect(await on.heed(pause)).toMatchObject({ status: 0 });
  await on.newLead(5);
  const releases = await on.heed(list);
  expect(releases.stdout.split("\n")[0]).toMatch(/~verification-sms +new prices$/);
  expect(await on.heed(rollback)).toMatchObject({ status: 0, stdout: on.toFind("back to 1") });
  expect(await on.heed(resume)).toMatchObject({ stderr: "", stdout: on.toFind("resumed the rule verification-sms") });
  expect(await on.heed(reached)).toMatchObject({ status: 0, stdout: on.toFind("id:lead-4,verification-sms") });
  // Who waited while the wrong rule ran is told what is right.
  await vi.waitFor(() => expect(on.toldTo(5)).toEqual(["The price is 10 USD."]), PATIENCE);
}

async function floodOfStops(on: OnCall): Promise<void> {
  const [list, figures, explain, resume, verify, ...more] = commandsOf("A rule paused itself");
  expect(more).toEqual([]);
  const leads = Array.from({ length: 55 }, (_, index) => 10 + index);
  for (const lead of leads) await on.newLead(lead);
  await vi.waitFor(() => expect(leads.flatMap((lead) => on.toldTo(lead))).toHaveLength(55), PATIENCE);
  for (const lead of leads.slice(0, 8)) await on.stop(lead);
  const paused = /^rule:verification-sms {2}paused by itself .*, 8 opted out: more than .* allows \(5%\)$/m;
  await vi.waitFor(async () => expect((await on.heed(list)).stdout).toMatch(paused), PATIENCE);
  expect((await on.heed(figures)).stdout).toMatch(/^verification-sms,transactional,sms,.*,8,/m);
  const told = await on.heed(explain);
  expect(told.stdout).toMatch(/event sms\.opted_out .*"STOP"/);
  expect(told.stdout).toContain("got `verification-sms` through sms");
  expect(await on.heed("heed resume rule:verification-sms")).toMatchObject({ stderr: on.toFind("with a reason") });
  expect(await on.heed(resume)).toMatchObject({ status: 0, stdout: on.toFind("resumed the rule verification-sms") });
  expect(await on.heed(verify)).toMatchObject({ status: 0 });
}

// One running system and three incidents, by real commands, of which each is a process: a minute and more.
test(
  "each incident is found, stopped, explained and mended by the commands of the runbook alone",
  { timeout: 400_000 },
  async () => {
    const on = await onCall();
    await providerIsDown(on);
    await wrongRuleIsDeployed(on);
    await floodOfStops(on);
    await on.running.stop();
    await on.twilio.close();
  },
);
