import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { backfill, type BackfillFlags } from "../../src/cli/backfill.ts";
import { BadSetting, readRunSettings } from "../../src/cli/run-settings.ts";
import { systemClock } from "../../src/cli/system-clock.ts";
import { type FakeReply, type FakeServer, startFakeServer } from "../../src/providers/fake-server.ts";
import { openEmbeddedStore } from "../../src/store/embedded.ts";
import { collect, eventually, text } from "../store/conformance/harness.ts";
import { scratchDirectory, writeFiles } from "../support/scratch.ts";

const scratch = scratchDirectory();
const account = "AC00000000000000000000000000000001";

const json = { "content-type": "application/json" };

let vendor: FakeServer | null = null;
afterEach(() => vendor?.close());

/** Twilio's list of messages, page by page; null is a page that fails. */
async function open(
  pages: readonly (readonly object[] | null)[],
  port = "1",
  mailgun: (url: URL) => object = () => ({}),
) {
  const asked: URL[] = [];
  vendor = await startFakeServer(({ url }): FakeReply => {
    asked.push(url);
    if (url.pathname.includes("/events")) return { status: 200, body: JSON.stringify(mailgun(url)) };
    const number = Number(url.searchParams.get("Page") ?? 0);
    if (url.pathname.endsWith("/Calls.json"))
      return { status: 200, headers: json, body: JSON.stringify({ calls: [], next_page_uri: null }) };
    const messages = pages[number] ?? null;
    if (messages === null) return { status: 503, body: "{}" };
    const next = number + 1 < pages.length ? `${url.pathname}?Page=${number + 1}` : null;
    return {
      status: 200,
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ messages, page: number, page_size: 1_000, next_page_uri: next }),
    };
  });
  const workspace = writeFiles(join(scratch, randomUUID()), {
    "heed.yaml": [
      "workspace: w\ntime_zone: America/New_York\ncountry: US\nproviders:\n  outbox: {}",
      `  twilio: { account_sid: "\${ACCOUNT}", auth_token: "\${TOKEN}", base_url: "${vendor.url}", webhook: { public_url: "https://hooks.example.com" } }`,
      `  mailgun: { api_key: "\${TOKEN}", domain: mg.example.com, base_url: "${vendor.url}" }`,
      'channels: { sms: { kind: sms, provider: twilio, from: "+12025550100" } }\n',
    ].join("\n"),
  });
  const dataDirectory = join(scratch, randomUUID());
  const env = {
    HEED_RULES: workspace,
    HEED_DATA_DIR: dataDirectory,
    PORT: port,
    HEED_API_TOKEN: "a-token-of-sixteen-characters",
    ACCOUNT: account,
    TOKEN: "token-of-the-account",
  };
  const settings = readRunSettings(undefined, {}, env);
  await openEmbeddedStore({ directory: dataDirectory, clock: systemClock }).then((store) => store.close());
  const errors = { last: "" };
  return {
    asked,
    env,
    errors,
    async ask(name = "twilio", flags: BackfillFlags = { since: "2h" }) {
      let out = "";
      errors.last = "";
      const io = { out: (part: string) => void (out += part), err: (part: string) => void (errors.last += part) };
      const code = await backfill(name, flags, { settings, env, clock: systemClock, io, colours: false });
      return { code, out };
    },
    async events(count: number) {
      const store = await openEmbeddedStore({ directory: dataDirectory, clock: systemClock });
      const lane = await collect(store, "events");
      await eventually(() => expect(lane.deliveries.length).toBe(count));
      await store.close();
      return lane.deliveries.map(({ body }) => JSON.parse(text(body) ?? "") as Record<string, unknown>);
    },
  };
}

/** Mailgun's list of events, with one that is none. */
async function openMailgun(port?: string) {
  const place = await open([], port, (url) => {
    const items = url.searchParams.has("begin") ? [{ nonsense: true }] : [];
    return { items, paging: { next: `${url.origin}${url.pathname}/next` } };
  });
  return place;
}

function message(number: number, fields: object = {}): object {
  const sid = `SM${String(number).padStart(32, "0")}`;
  const date = new Date(Date.now() - 60_000).toUTCString();
  return {
    sid,
    account_sid: account,
    direction: "inbound",
    status: "received",
    from: "+12025550143",
    to: "+12025550100",
    body: "I need help",
    num_media: "0",
    error_code: null,
    date_created: date,
    date_sent: date,
    date_updated: date,
    messaging_service_sid: null,
    ...fields,
  };
}

describe("heed backfill", () => {
  it("takes in what was missed, once, however often it is asked", async () => {
    const place = await open([[message(1), message(2, { body: "STOP" })], [message(3)]]);
    expect(await place.ask()).toEqual({
      code: 0,
      out: "3 reports of twilio: 3 new, 0 known already, 0 not readable\n",
    });
    expect(await place.ask()).toEqual({
      code: 0,
      out: "3 reports of twilio: 0 new, 3 known already, 0 not readable\n",
    });
    const events = await place.events(3);
    expect(events.map(({ event_type: type }) => type)).toEqual(["sms.received", "sms.opted_out", "sms.received"]);
    expect(events.every(({ provider }) => provider === "twilio")).toBe(true);
  });

  it("keeps what came before the vendor failed, and says how to go on", async () => {
    const place = await open([[message(1)], null]);
    await expect(place.ask()).rejects.toThrow(
      /^1 report of twilio: 1 new, .* and then: Twilio could not be asked .*the same command goes on from there$/,
    );
    expect(await place.events(1)).toHaveLength(1);
  });

  it("warns of what was decided so long ago that nobody knows it by its id any more", async () => {
    const place = await open([[]]);
    await place.ask("twilio", { since: "72h" });
    expect(place.errors.last).not.toContain("decided again");
    await place.ask("twilio", { since: "73h" });
    expect(place.errors.last).toContain("what was decided before is decided again");
  });

  it("says what becomes of reports that can't be read: a store keeps them, and a running system does not", async () => {
    const stored = await openMailgun();
    expect((await stored.ask("mailgun")).out).toMatch(
      /: 0 new, 0 known already, 1 not readable \(kept as dead letters\)\n$/,
    );
    expect(stored.errors.last).toMatch(/\nnot readable, once: .{10,}\n$/);
    await vendor?.close();
    const system = await startFakeServer((): FakeReply => ({ status: 200, body: JSON.stringify({ status: "alive" }) }));
    try {
      const reached = await openMailgun(new URL(system.url).port);
      expect((await reached.ask("mailgun")).out).toContain(
        "1 not readable (not kept: run it on the store to keep them)",
      );
      expect(reached.errors.last).toMatch(/not readable, once: .{10,}\n$/);
    } finally {
      await system.close();
    }
  });

  it("tells what keeps it from asking, and no advice about rules", async () => {
    const place = await open([[]]);
    const [rule, env] = [
      "rule: a\nclass: transactional\ntrigger: { event: lead.created }\nactions: [{ send: sms, text: Hi. }]\n",
      place.env,
    ];
    writeFiles(env.HEED_RULES, { "a.yaml": rule });
    const settings = readRunSettings(undefined, {}, env);
    const context = {
      settings,
      env: { ...env, TOKEN: "" },
      clock: systemClock,
      io: { out() {}, err() {} },
      colours: false,
    };
    const told = await backfill("twilio", { since: "2h" }, context).catch((fault: unknown) => String(fault));
    expect(told).toContain("providers.twilio of heed.yaml needs TOKEN: set it in the environment");
    expect(told).not.toContain("warning");
    writeFiles(env.HEED_RULES, { "a.yaml": "rule: [\n" });
    const broken = await backfill("twilio", { since: "2h" }, context).catch((fault: unknown) => String(fault));
    expect(broken).toContain("a.yaml");
  });

  it("needs no variables of other providers, of channels or of look-ups", async () => {
    const place = await open([[message(1)]]);
    writeFiles(place.env.HEED_RULES, {
      "heed.yaml": [
        "workspace: w\ntime_zone: America/New_York\ncountry: US\nproviders:",
        `  twilio: { account_sid: "\${ACCOUNT}", auth_token: "\${TOKEN}", base_url: "${vendor?.url}" }`,
        '  sendgrid: { api_key: "${SENDGRID_KEY}", webhook: { public_key: "${SENDGRID_PUBLIC_KEY}" } }',
        '  zendesk: { subdomain: acme, oauth_token: "${ZENDESK_TOKEN}" }',
        'channels: { sms: { kind: sms, provider: twilio, from: "${FROM}" } }\n',
      ].join("\n"),
    });
    expect((await place.ask()).out).toContain("1 report of twilio: 1 new");
    await expect(place.ask("sendgrid")).rejects.toThrow("sendgrid can't be asked");
  });

  it("says whom it can ask instead", async () => {
    const place = await open([[]]);
    await expect(place.ask("outbox")).rejects.toThrow(
      "outbox can't be asked for what it reported; those that can: twilio, mailgun",
    );
    await expect(place.ask("sendgrid")).rejects.toThrow(
      "heed.yaml configures no provider sendgrid; it has outbox, twilio, mailgun",
    );
    await expect(place.ask("twilio", { since: "soon" })).rejects.toThrow("--since takes 2h for example");
    await expect(place.ask("twilio", { since: "2h", until: "3h" })).rejects.toThrow(BadSetting);
    expect(place.asked).toEqual([]);
  });
});
