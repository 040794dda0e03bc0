import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { explain } from "../../src/cli/explain.ts";
import { readRunSettings, type RunFlags } from "../../src/cli/run-settings.ts";
import { systemClock } from "../../src/cli/system-clock.ts";
import { behaviours } from "../../src/providers/fake-behaviours.ts";
import { API_TOKEN, type HeedProcess, startHeed } from "../support/heed-process.ts";
import { startNatsServer } from "../support/nats-server.ts";
import { runCli } from "../support/run-cli.ts";
import { scratchDirectory, writeFiles } from "../support/scratch.ts";

/** No variable of it is set: whoever only plays needs none. */
const files = {
  "heed.yaml": `
workspace: rehearsal
time_zone: America/New_York
country: US
providers:
  sendgrid: { api_key: "\${SENDGRID_API_KEY}", timeout: 1s, webhook: { public_key: "\${SENDGRID_KEY}" } }
  twilio:
    account_sid: "\${TWILIO_ACCOUNT_SID}"
    auth_token: "\${TWILIO_AUTH_TOKEN}"
    timeout: 1s
    webhook: { public_url: "https://hooks.example.com" }
channels:
  email: { kind: email, provider: sendgrid, from: "Acme <hello@acme.example>" }
  sms: { kind: sms, provider: twilio, from: "+12025550100" }
events: { lead.by_email: {}, lead.by_sms: {} }
`,
  "leads/by-email.yaml": `
rule: by-email
description: Write to a new lead.
owner: growth-ops
class: transactional
trigger: { event: lead.by_email }
actions:
  - send: email
    subject: Hello
    text: Hello, see https://acme.example/offer for more.
`,
  "leads/by-sms.yaml": `
rule: by-sms
description: Text a new lead.
owner: growth-ops
class: transactional
trigger: { event: lead.by_sms }
actions:
  - send: sms
    text: Hello.
`,
};

interface Place {
  readonly workspace: string;
  /** Where the commands find what was played. */
  readonly flags: RunFlags;
}

async function newLead({ url }: HeedProcess, channel: "email" | "sms", word: string): Promise<void> {
  const digits = behaviours.find((one) => one.word === word)?.digits ?? "";
  const address = channel === "email" ? { email: `ana+${word}@example.com` } : { phone: `+120255501${digits}` };
  const event = { event_type: `lead.by_${channel}`, contact_id: `${channel}-${word}`, address };
  const headers = { authorization: `Bearer ${API_TOKEN}`, "content-type": "application/json" };
  const posted = await fetch(`${url}/v1/events`, { method: "POST", headers, body: JSON.stringify(event) });
  expect(posted.status).toBe(200);
}

interface Account {
  /** How often each kind of event was heard of, but for the one that started it. */
  readonly heard: Readonly<Record<string, number>>;
  /** The last word about the message. */
  readonly message: string | null;
  /** Why nothing more, or no marketing, goes to this address. */
  readonly silence: "suppressed" | "denied" | "none";
}

/** What Heed made of a contact's message, as `heed explain` and `heed contact show` tell it. */
async function accountOf(contact: string, { workspace, flags }: Place): Promise<Account> {
  let told = "";
  const io = { write: (text: string) => (told += text), talk: () => undefined, colours: false, clock: systemClock };
  await explain(readRunSettings(workspace, flags, {}), { contact, format: "json" }, io);
  const timeline: readonly Line[] = JSON.parse(told).explained[0].contacts[0].timeline;
  const own = timeline.filter(({ document }) => document === `id:${contact}`).map(({ record }) => record);
  const heard: Record<string, number> = {};
  for (const { kind, detail } of own) {
    const type = detail?.type ?? "";
    if (kind === "event" && !type.startsWith("lead.")) heard[type] = (heard[type] ?? 0) + 1;
  }
  const message = own.findLast(({ kind }) => kind === "message")?.reason ?? null;
  const words = ["--data-dir", flags.dataDir ?? "", ...(flags.store === undefined ? [] : ["--store", flags.store])];
  const place = flags.namespace === undefined ? words : [...words, "--namespace", flags.namespace];
  const { stdout } = await runCli(["contact", "show", contact, ...place]);
  const { suppressions, consent }: Shown = JSON.parse(stdout);
  const denied = Object.values(consent).some((word) => word.startsWith("denied"));
  const silence = Object.keys(suppressions).length > 0 ? "suppressed" : denied ? "denied" : "none";
  return { heard, message, silence };
}

interface Shown {
  readonly suppressions: Readonly<Record<string, string>>;
  readonly consent: Readonly<Record<string, string>>;
}

interface Line {
  readonly document: string;
  readonly record: { readonly kind: string; readonly reason?: string; readonly detail?: { readonly type?: string } };
}

const scratch = scratchDirectory();

// Most of it is waiting: for a call that gets no answer, and ten seconds more until Heed asks about it.
describe("what fakes play is what Heed makes of it", { timeout: 120_000 }, () => {
  const workspace = writeFiles(join(scratch, "rules"), files);
  const place = { workspace, flags: { dataDir: join(scratch, "data", "fake") } };
  let heed: HeedProcess;
  const accounts = new Map<string, Account>();
  beforeAll(async () => {
    heed = await startHeed({ workspace, dataDirectory: join(scratch, "data"), flags: ["--fake"] });
    for (const { word } of behaviours) await newLead(heed, "email", word);
    for (const { word, digits } of behaviours) if (digits !== null) await newLead(heed, "sms", word);
    // The last that is settled, long before its report would come: by then all else was told.
    const settled = async () => expect((await accountOf("sms-lost-answer", place)).message).toBe("sent");
    await vi.waitFor(settled, { timeout: 50_000, interval: 500 });
    for (const one of ["email-lost-answer", "sms-lost-answer"]) accounts.set(one, await accountOf(one, place));
  }, 90_000);
  afterAll(() => heed.stop());

  const arrival = { "email.processed": 1, "email.delivered": 1 };
  const texted = { "sms.queued": 1, "sms.sent": 1, "sms.delivered": 1 };
  const anything = expect.any(String);

  test.each([
    ["email-delivered", arrival, "sent", "none"],
    ["email-duplicate", arrival, "sent", "none"],
    ["email-reversed", arrival, "sent", "none"],
    ["email-hard-bounce", { "email.processed": 1, "email.bounced": 1 }, "sent", "suppressed"],
    ["email-late-bounce", { ...arrival, "email.bounced": 1 }, "sent", "suppressed"],
    ["email-machine-open", { ...arrival, "email.opened": 1 }, "sent", "none"],
    ["email-opens", { ...arrival, "email.opened": 1 }, "sent", "none"],
    ["email-clicks", { ...arrival, "email.opened": 1, "email.clicked": 1 }, "sent", "none"],
    ["email-complains", { ...arrival, "email.complained": 1 }, "sent", "suppressed"],
    ["email-unsubscribes", { ...arrival, "email.unsubscribed": 1 }, "sent", "denied"],
    ["email-replies", { ...arrival, "email.replied": 1 }, "sent", "none"],
    ["email-bad-signature", { "email.processed": 1 }, "sent", "none"],
    ["email-stale", { "email.processed": 1 }, "sent", "none"],
    ["email-burst", { ...arrival, "email.opened": 1_000 }, "sent", "none"],
    ["email-silent", {}, "sent", "none"],
    ["email-lost-answer", {}, "provider.unknown", "none"],
    ["sms-delivered", texted, "sent", "none"],
    ["sms-duplicate", texted, "sent", "none"],
    ["sms-reversed", texted, "sent", "none"],
    ["sms-hard-bounce", { "sms.queued": 1, "sms.undelivered": 1 }, "sent", anything],
    ["sms-replies", { ...texted, "sms.received": 1 }, "sent", "none"],
    ["sms-stop", { ...texted, "sms.opted_out": 1 }, "sent", "suppressed"],
    ["sms-bad-signature", { "sms.queued": 1 }, "sent", "none"],
    // Twilio signs no time, so there is nothing to be stale.
    ["sms-stale", { "sms.queued": 1, "sms.delivered": 1 }, "sent", "none"],
    ["sms-burst", { ...texted, "sms.received": 1_000 }, "sent", "none"],
    ["sms-silent", {}, "sent", "none"],
    ["sms-opted-out", { "sms.opted_out": 1 }, "provider.rejected", "suppressed"],
    ["sms-invalid", {}, "provider.rejected", anything],
    // Nobody reported on it yet: Twilio was asked, and had it on its list.
    ["sms-lost-answer", {}, "sent", "none"],
  ])("%s: %j, %s, %j", async (contact, heard, message, silence) => {
    const account = async () => accounts.get(contact) ?? (await accountOf(contact, place));
    // A thousand events of one contact are decided one after the other.
    await expect.poll(account, { timeout: 90_000, interval: 1_000 }).toEqual({ heard, message, silence });
  });

  test("forged and stale reports are refused, and counted", async () => {
    const metrics = await (await fetch(`${heed.url}/metrics`)).text();
    const refused = (source: string, reason: string) =>
      Number(new RegExp(`rejected\\S*\\{[^}]*${source}[^}]*${reason}[^}]*\\} (\\d+)`).exec(metrics)?.[1] ?? 0);
    expect(refused("sendgrid", "signature_invalid")).toBeGreaterThan(0);
    expect(refused("sendgrid", "timestamp_stale")).toBeGreaterThan(0);
    // Twilio makes one attempt.
    expect(refused("twilio", "signature_invalid")).toBe(1);
  });

  test("a thousand reports of one request are taken at once, and nobody's address is told", () => {
    expect(heed.output()).toContain("fake sendgrid: reported opened 1000 times: Heed answered 200\n");
    expect(heed.output()).toContain("NO MESSAGE LEAVES THIS MACHINE");
    expect(heed.output().replace(/^ {2}curl.*$|^ {4}-d .*$/gm, "")).not.toMatch(/ana\+|2025550/);
  });
});

// Half a minute: the server's death and return, and SendGrid's growing patience.
test(
  "what vendors report while the store is down comes again from those who come again, and is taken once",
  { timeout: 120_000 },
  async ({ onTestFinished }) => {
    const nats = await startNatsServer();
    onTestFinished(() => nats.stop());
    const dataDirectory = join(scratch, "nats-data");
    const workspace = writeFiles(join(scratch, "nats-rules"), files);
    const heed = await startHeed({ workspace, dataDirectory, store: nats.url, flags: ["--fake"] });
    await newLead(heed, "email", "late-bounce");
    await newLead(heed, "sms", "late-bounce");
    const told = { timeout: 60_000, interval: 100 };
    await expect.poll(heed.output, told).toContain('fake sendgrid: a message to "late-bounce" was taken');
    await expect.poll(heed.output, told).toContain('fake twilio: a message to "late-bounce" was taken');
    await nats.kill9();
    await expect.poll(heed.output, told).toMatch(/fake sendgrid: .*Heed answered 503; it will be sent again/);
    await expect.poll(heed.output, told).toMatch(/fake twilio: .*Heed answered 503; the vendor gives up/);
    await nats.restart();
    await expect.poll(heed.output, told).toContain("fake sendgrid: reported bounced: Heed answered 200");
    const place = { workspace, flags: { dataDir: dataDirectory, store: nats.url, namespace: "heed-fake" } };
    await expect
      .poll(() => accountOf("email-late-bounce", place), { timeout: 30_000, interval: 500 })
      .toEqual({
        heard: { "email.processed": 1, "email.delivered": 1, "email.bounced": 1 },
        message: "sent",
        silence: "suppressed",
      });
    expect(await heed.stop()).toBe(0);
  },
);
