import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { exportLedger, type ExportFlags } from "../../src/cli/export.ts";
import { verifyLedger, type VerifyFlags } from "../../src/cli/ledger-verify.ts";
import { reconcile } from "../../src/cli/reconcile.ts";
import { openRecording } from "../../src/cli/recordings/open-recording.ts";
import { readRunSettings } from "../../src/cli/run-settings.ts";
import { systemClock } from "../../src/cli/system-clock.ts";
import { accountOf } from "../../src/ledger/account-of.ts";
import { createLog } from "../../src/observe/log.ts";
import { keepFigures } from "../../src/runtime/keep-figures.ts";
import { keepSeals } from "../../src/runtime/keep-seals.ts";
import { PassThrough } from "node:stream";
import { readBack } from "../plan/recording-in-pieces.ts";
import { eventually } from "../store/conformance/harness.ts";
import { scratchDirectory, writeFiles } from "../support/scratch.ts";
import { live } from "./lived.ts";

/** An account that the real engine wrote: a message that went out, one that waits, an address that found its owner. */

const HOUR = 3_600_000;
const heed = `
workspace: acme
time_zone: America/New_York
country: US
providers: { outbox: {} }
channels:
  sms: { kind: sms, provider: outbox, from: "+12025550100", price: { per_segment: 0.5 USD } }
  desk: { kind: slack, provider: outbox }
events:
  trial.began: { data: { plan: string } }
  trial.used: {}
  page.viewed: {}
`;
const ruleHead = "description: Says something.\nowner: growth-ops\nclass: transactional\n";
const trial = `rule: trial
${ruleHead}trigger: { event: trial.began }
actions:
  - send: sms
    text: "Your trial has begun."
  - wait_for:
      event: trial.used
      timeout: 2d
      then: [{ send: desk, text: "Somebody uses their trial." }]
      otherwise: [{ send: sms, text: "Your trial waits for you." }]
`;
const folder = scratchDirectory();
const data = join(folder, "data");
const workspace = writeFiles(join(folder, "rules"), { "heed.yaml": heed, "trial.yaml": trial });
const log = createLog(new PassThrough());
const settings = readRunSettings(workspace, { dataDir: data }, {});
/** Moments after the story. */
let ahead = 0;
const clock = { ...systemClock, now: () => systemClock.now() + ahead };

beforeAll(async () => {
  await live({ workspace, data, from: "2026-03-06T15:00:00Z" }, async (living) => {
    const { store, post, lines, leap } = living;
    await post("e-mail", "email:ana@example.com", { event_type: "page.viewed", address: { email: "ana@example.com" } });
    await lines(1, "email:ana@example.com");
    const ana = { contact_id: "ana", address: { phone: "+12125550143", email: "ana@example.com" } };
    await post("e-ana", "id:ana", { event_type: "trial.began", data: { plan: '=HYPERLINK("http://evil")' }, ...ana });
    await lines(4);
    // The address is Ana's by now, and hands on what it hears.
    await post("e-late", "email:ana@example.com", { event_type: "page.viewed", address: { email: "ana@example.com" } });
    await lines(2, "email:ana@example.com");
    leap(49 * HOUR);
    await post("e-ben", "id:ben", { event_type: "trial.began", contact_id: "ben", address: { phone: "+12125550144" } });
    await lines(3, "id:ben");
    // Ana's wait has ended as well, and her second message is out.
    await eventually(async () => {
      const { lines: account } = await accountOf(store, "id:ana", 100);
      expect(account.filter(({ reason }) => reason === "sent")).toHaveLength(2);
    });
    const at = Date.parse("2026-03-08T16:00:10Z");
    const then = { ...systemClock, now: () => at };
    const parts = { store, clock: then, log, isMine: () => true, retention: () => ({ events: null, ledger: null }) };
    const [figures, seals] = [keepFigures(parts), keepSeals(parts)];
    await figures.catchUp();
    await seals.sealNow();
    await Promise.all([figures.stop(), seals.stop()]);
  });
  ahead = Date.parse("2026-03-08T17:00:00Z") - systemClock.now();
});

function io() {
  let out = "";
  let err = "";
  return {
    out: (text: string) => void (out += text),
    err: (text: string) => void (err += text),
    write: async (text: string) => void (out += text),
    said: () => ({ out, err }),
  };
}

async function exported(flags: ExportFlags, env: NodeJS.ProcessEnv = {}) {
  const to = io();
  const code = await exportLedger(settings, flags, { clock, env, io: to });
  return { code, ...to.said() };
}

async function rowsOf(flags: ExportFlags, env: NodeJS.ProcessEnv = {}): Promise<readonly Record<string, unknown>[]> {
  const { out } = await exported(flags, env);
  return out
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe("heed ledger verify", () => {
  const verify = async (flags: VerifyFlags) => {
    const to = io();
    return { code: await verifyLedger(settings, flags, clock, to), ...to.said() };
  };

  test("says that nothing was changed, and its JSON is an anchor for the next time", async () => {
    const pretty = await verify({});
    expect(pretty.out).toMatch(/^\d+ lines are as they were when they were sealed, in \d+ seals\n/);
    expect(pretty.out).toContain("nothing was changed, removed or put in between");
    expect(pretty.code).toBe(0);
    const { out } = await verify({ format: "json" });
    const files = writeFiles(join(folder, "noted"), {
      "seals.json": out,
      "forged.json": out.replace(/"digest": "./, '"digest": "!'),
    });
    expect((await verify({ anchor: join(files, "seals.json") })).code).toBe(0);
    const forged = await verify({ anchor: join(files, "forged.json") });
    expect(forged.out).toContain("is another one than was noted");
    expect(forged.code).toBe(1);
  });

  test("refuses an anchor that is none", async () => {
    await expect(verify({ anchor: join(workspace, "heed.yaml") })).rejects.toThrow(/--anchor: expected a file/);
  });
});

describe("heed reconcile", () => {
  test("adds up what a system that did its work has left", async () => {
    const to = io();
    const code = await reconcile(settings, {}, clock, to);
    expect(to.said().out).toBe(
      [
        "events    4 came in = 4 decided + 0 pending + 0 quarantined",
        "          0 more were repetitions; 4 are kept as they came in, and each was looked for",
        "messages  3 were meant = 3 have ended + 0 in flight",
        "everything adds up",
        "",
      ].join("\n"),
    );
    expect(code).toBe(0);
  });
});

describe("heed export", () => {
  test("prints each line once, goes on where it ended, and keeps to a time", async () => {
    const all = await rowsOf({});
    expect(all.length).toBeGreaterThan(10);
    const { err } = await exported({ until: "2026-03-07T00:00:00Z" });
    const after = /--after (\d+)/.exec(err)?.[1] ?? "";
    const rest = await rowsOf({ after });
    const first = await rowsOf({ until: "2026-03-07T00:00:00Z" });
    expect([...first, ...rest]).toEqual(all);
    expect(rest.length).toBeGreaterThan(0);
    expect(first.length).toBeGreaterThan(0);
    expect((await exported({ after: String(all.at(-1)?.["place"]) })).out).toBe("");
  });

  test("is CSV that no spreadsheet runs", async () => {
    const { out } = await exported({ format: "csv", what: "lines" });
    const [head = "", ...lines] = out.split("\r\n");
    expect(head.startsWith("place,id,at,contact,kind,reason,rule")).toBe(true);
    expect(lines.at(-1)).toBe("");
    expect(out).toContain('=HYPERLINK(\\""http://evil\\"")');
    // Inside of a quoted cell that begins with a brace it is text.
    expect(out).not.toMatch(/(?:^|,|\n)"?=HYPERLINK/);
  });

  test("tells what became of each message, once", async () => {
    const rows = await rowsOf({ what: "messages" });
    expect(rows).toHaveLength(3);
    expect(rows.filter(({ contact }) => contact === "id:ana")).toMatchObject([
      { rule: "trial", channel: "sms", outcome: "sent", attempts: 1, cost: 0.5, currency: "USD" },
      { rule: "trial", channel: "sms", outcome: "sent", attempts: 1, cost: 0.5, currency: "USD" },
    ]);
  });

  test("tells what a rule came to, by class and channel", async () => {
    const rows = await rowsOf({ what: "rules" });
    expect(rows).toMatchObject([
      { rule: "trial", class: "transactional", channel: null, enrolled: 2, sent: null },
      { rule: "trial", class: "transactional", channel: "sms", enrolled: null, sent: 3, cost: 1.5, currency: "USD" },
    ]);
    expect(Object.keys(rows[0] ?? {}).toSorted()).toEqual(Object.keys(rows[1] ?? {}).toSorted());
    await expect(exported({ what: "rules", since: "2d" })).rejects.toThrow(/leave --since/);
  });

  test("says nothing of anybody when it is to be redacted, and the same mark for the same name", async () => {
    const env = { HEED_REDACT_KEY: "a secret of some length" };
    const { out } = await exported({ redact: true }, env);
    expect(out).not.toMatch(/ana|ben|HYPERLINK|2125550/);
    expect((await exported({ redact: true }, env)).out).toBe(out);
    expect((await exported({ redact: true }, { HEED_REDACT_KEY: "another secret of some length" })).out).not.toBe(out);
    const marks = new Set((await rowsOf({ redact: true }, env)).map(({ contact }) => contact));
    expect(marks.size).toBe(new Set((await rowsOf({})).map(({ contact }) => contact)).size);
  });

  test("prints what came in as a recording that can be played again, with the messages beside it", async () => {
    const rows = await rowsOf({ what: "events" });
    expect(rows.map(({ event_id: id }) => id)).toEqual(["e-mail", "e-ana", "e-late", "e-ben"]);
    expect(rows[1]).toMatchObject({ contact_id: "ana", data: { plan: '=HYPERLINK("http://evil")' } });
    expect((await rowsOf({ what: "events", since: "2026-03-07T00:00:00Z" })).map((row) => row["event_id"])).toEqual([
      "e-ben",
    ]);
    expect((await exported({ what: "events", since: "28d" })).err).toContain(
      "nothing is kept from before 2026-03-06T15:00:",
    );
    await expect(exported({ what: "events", format: "csv" })).rejects.toThrow(/events have no columns/);
    await expect(exported({ what: "events", after: "3" })).rejects.toThrow(/goes on with --since/);
  });

  test("prints a recording about nobody, in which what belonged together still does", async () => {
    const env = { HEED_REDACT_KEY: "a secret of some length" };
    const text = (await exported({ what: "events", redact: true }, env)).out;
    const messages = (await exported({ what: "messages", redact: true }, env)).out;
    expect(text).not.toMatch(/ana|ben|HYPERLINK|evil|5550/i);
    const path = join(folder, "redacted.ndjson");
    writeFileSync(path, text + messages);
    const recording = await openRecording([path], null, { settings, env: {}, clock, stdin: new PassThrough() });
    const { events, sent, survey } = await readBack(recording);
    const [mail, ana, late, ben] = events;
    expect(mail?.key).toMatch(/^email:[0-9a-f]{20}@[0-9a-f]{12}\.example$/);
    expect(late?.key).toBe(mail?.key);
    expect(ana?.event.address?.email).toBe(mail?.event.address?.email);
    // A number stays one of its area, and nobody's.
    expect(ana?.event.address?.phone).toMatch(/^\+1212\d{7}$/);
    expect(ana?.event.address?.phone).not.toBe(ben?.event.address?.phone);
    expect(new Set(sent?.map(({ key }) => key))).toEqual(new Set([ana?.key, ben?.key]));
    expect(survey.unreadable).toBe(0);
  });
});
