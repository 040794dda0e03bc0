import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { check } from "../../src/cli/check.ts";
import { readRunSettings } from "../../src/cli/run-settings.ts";
import { systemClock } from "../../src/cli/system-clock.ts";
import { test as heedTest } from "../../src/cli/test.ts";
import { testNew, type TestNewFlags } from "../../src/cli/test-new.ts";
import { scratchDirectory, writeFiles } from "../support/scratch.ts";
import { live } from "./lived.ts";

/** A story that the real engine decided on a real store; the test that is made of it is played by the real simulation. */

const HOUR = 3_600_000;
const MINUTE = 60_000;
const heed = `
workspace: acme
time_zone: America/New_York
country: US
providers: { outbox: {} }
channels:
  sms: { kind: sms, provider: outbox, from: "+12025550100" }
  desk: { kind: slack, provider: outbox }
contacts:
  fields:
    plan: { type: string }
    first_name: { type: string }
events:
  trial.began: { data: { plan: string, order_id: string } }
  trial.used: {}
  trial.asked: {}
  page.viewed: {}
`;
const head = (id: string) => `rule: ${id}\ndescription: Says something.\nowner: growth-ops\nclass: transactional\n`;
const trial = `${head("trial")}trigger: { event: trial.began }
actions:
  - send: sms
    text: "Your trial has begun{% if contact.first_name %}, {{ contact.first_name | default: 'you' }}{% endif %}."
  - wait: 1h
  - send: sms
    when: { contact.plan: { not: pro } }
    text: "Your trial waits for you."
  - wait_for:
      event: trial.used
      timeout: 2d
      then: [{ send: desk, text: "Somebody uses their trial." }]
`;
const asked = `${head("asked")}trigger: { event: trial.asked }
guard: { contact.plan: pro }
actions:
  - send: desk
    text: "Somebody asks."
`;
const folder = scratchDirectory();
const data = join(folder, "data");
const workspace = writeFiles(join(folder, "rules"), {
  "heed.yaml": heed,
  "sales/trial.yaml": trial,
  "sales/asked.yaml": asked,
});
const settings = readRunSettings(workspace, { dataDir: data }, {});
const clock = { ...systemClock, now: () => Date.parse("2026-03-20T00:00:00Z") };
const person = { contact_id: "ana-lopez", address: { phone: "+12125550143", email: "ana.lopez@acme.org" } };

beforeAll(async () => {
  await live({ workspace, data, from: "2026-03-06T15:00:00Z" }, async ({ post, lines, reasons, leap }) => {
    const who = "id:ana-lopez";
    const traits = { first_name: "Ana", plan: "free", email: "ana.lopez@acme.org" };
    await post("e0", who, { event_type: "contact.updated", ...person, data: { traits } });
    await lines(1, who);
    leap(HOUR);
    await post("e1", who, { event_type: "trial.began", ...person, data: { plan: "free", order_id: "ORD-77-LOPEZ" } });
    await reasons(1, "sent", who);
    leap(10 * MINUTE);
    await post("e2", who, { event_type: "trial.asked", ...person });
    await reasons(1, "guard.false", who);
    leap(50 * MINUTE);
    await reasons(2, "sent", who);
    leap(5 * HOUR);
    await post("e3", who, { event_type: "trial.used", ...person });
    await reasons(3, "sent", who);
    await reasons(1, "completed", who);
  });
});

async function made(flags: Partial<TestNewFlags>) {
  let [out, err] = ["", ""];
  const io = { out: (text: string) => void (out += text), err: (text: string) => void (err += text) };
  const between = ["2026-03-06T14:00:00Z", "2026-03-07T15:00:00Z"];
  const code = await testNew({ fromContact: "ana-lopez", between, ...flags }, { settings, clock, io });
  return { code, out, err };
}

function checked(): number {
  const io = { write: () => undefined, talk: () => undefined, colours: false, now: clock.now };
  return check([workspace], {}, io);
}

async function played(filter: string) {
  let [out, err] = ["", ""];
  const io = {
    write: (text: string) => void (out += text),
    talk: (text: string) => void (err += text),
    colours: false,
  };
  return { code: await heedTest(workspace, { filter }, io), out, err };
}

const incident = "trial.incident-2026-03-06";
const path = join(workspace, "sales", `${incident}.test.yaml`);

describe("heed test new", () => {
  test("makes a test of what happened, about nobody, that heed check and heed test take", async () => {
    expect(await made({ rule: "trial" })).toEqual({
      code: 0,
      out: `${path}: plays as it happened; say what should have happened instead, and mend the rule until it passes\n`,
      err: "",
    });
    const text = readFileSync(path, "utf8");
    expect(text).not.toMatch(/ana|lopez|acme\.org|ORD-77|2125550143/i);
    expect(text).toContain("person-1@example.com");
    expect(text).toContain("+12025550100");
    expect(text).toMatch(/event: trial\.began/);
    expect(checked()).toBe(0);
    const { code, out } = await played(incident);
    expect({ code, out }).toMatchObject({ code: 0, out: expect.stringContaining("1 passed") });
  });

  test("fails once the rule does something else", async () => {
    const rule = join(workspace, "sales/trial.yaml");
    writeFileSync(rule, trial.replace("wait: 1h", "wait: 2h"));
    const later = await played(incident);
    expect(later.code).toBe(1);
    writeFileSync(rule, trial.replace("{ not: pro }", "pro"));
    const fewer = await played(incident);
    expect(fewer.code).toBe(1);
    // Made of the same, it says so at once.
    const again = await made({ rule: "trial" });
    expect(again.code).toBe(1);
    expect(again.out).toContain("-2.test.yaml: the rules of now do something else than what was done");
    writeFileSync(rule, trial);
    expect((await played(incident)).code).toBe(0);
  });

  test("takes in all rules that did something, with the reason why one said nothing", async () => {
    const out = join(workspace, "sales", "all.test.yaml");
    expect(await made({ out })).toMatchObject({ code: 0, err: "" });
    const text = readFileSync(out, "utf8");
    expect(text).toContain("rules: [ asked.yaml, trial.yaml ]");
    expect(text).toContain("{ rule: asked, reason: guard.false, contact: person-1 }");
    writeFileSync(join(workspace, "sales/asked.yaml"), asked.replace("contact.plan: pro", "contact.plan: free"));
    expect((await played("all")).code).toBe(1);
    writeFileSync(join(workspace, "sales/asked.yaml"), asked);
    await expect(made({ out })).rejects.toThrow(/is there already/);
  });

  test("finds the contact by an address, and begins with what was known before the first moment", async () => {
    const out = join(workspace, "sales", "later.test.yaml");
    const later = ["2026-03-06T15:30:00Z", "2026-03-07T15:00:00Z"];
    expect(await made({ out, fromContact: "+1 212 555 0143", between: later })).toMatchObject({ code: 0 });
    const text = readFileSync(out, "utf8");
    expect(text).not.toMatch(/contact\.updated/);
    expect(text).toMatch(/first_name: Person 1/);
    expect(text).toMatch(/plan: free/);
    expect(text).toMatch(/phone: "\+12025550100"/);
  });

  test("says what it leaves out of runs that began before", async () => {
    const out = join(workspace, "sales", "half.test.yaml");
    const half = await made({ out, between: ["2026-03-06T16:05:00Z", "2026-03-07T15:00:00Z"] });
    expect(half.err).toContain(
      "left out what runs did that began before: of trial; an earlier --between takes them in",
    );
    expect(half.code).toBe(0);
  });

  test("says what is wrong with what was asked for", async () => {
    await expect(made({ fromContact: "nobody" })).rejects.toThrow(/nobody is known as nobody/);
    await expect(made({ rule: "lost" })).rejects.toThrow(/there is no rule lost/);
    await expect(made({ between: ["2026-03-06T14:00:00Z"] })).rejects.toThrow(/takes two moments/);
    await expect(made({ between: ["2026-03-07T14:00:00Z", "2026-03-06T14:00:00Z"] })).rejects.toThrow(/earlier than/);
    const before = { between: ["2026-03-01T00:00:00Z", "2026-03-02T00:00:00Z"] };
    await expect(made(before)).rejects.toThrow(/no rule did anything/);
    await expect(made({ ...before, rule: "trial" })).rejects.toThrow(/nothing came in of this contact/);
  });
});
