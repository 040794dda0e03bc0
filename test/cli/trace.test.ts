import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { readRunSettings } from "../../src/cli/run-settings.ts";
import { systemClock } from "../../src/cli/system-clock.ts";
import { trace } from "../../src/cli/trace.ts";
import { scratchDirectory, writeFiles } from "../support/scratch.ts";
import { live } from "./lived.ts";

const HOUR = 3_600_000;
const heed = `
workspace: acme
time_zone: America/New_York
country: US
providers: { outbox: {} }
channels:
  sms: { kind: sms, provider: outbox, from: "+12025550100" }
events:
  trial.began: { data: { seats: number } }
  trial.used: {}
  page.viewed: {}
`;
const trial = `rule: trial
description: Says something.
owner: growth-ops
class: transactional
trigger: { event: trial.began, where: { event.data.seats: { gte: 5 } } }
actions:
  - send: sms
    text: "Your trial has begun."
  - wait_for:
      event: trial.used
      timeout: 2d
      then: [{ send: sms, text: "Good." }]
      otherwise: [{ send: sms, text: "Your trial waits for you." }]
`;
const folder = scratchDirectory();
const data = join(folder, "data");
const workspace = writeFiles(join(folder, "rules"), { "heed.yaml": heed, "trial.yaml": trial });
const settings = readRunSettings(workspace, { dataDir: data }, {});
const phone = { phone: "+12125550143" };
let intent = "";
let providers = "";
let end = 0;

beforeAll(async () => {
  await live({ workspace, data, from: "2026-03-06T15:00:00Z" }, async ({ store, post, lines, leap }) => {
    await post("e-began", "id:ana", {
      event_type: "trial.began",
      data: { seats: 9 },
      contact_id: "ana",
      address: phone,
    });
    await lines(3);
    const account = await store.history("id:ana", { limit: 10 });
    const sent = account.map(({ body }) => JSON.parse(new TextDecoder().decode(body)) as { intent?: string });
    intent = sent.find((line) => line.intent !== undefined)?.intent ?? "";
    const doc = await store.load("id:ana", "latest");
    providers = /"providerMessageId":"([^"]+)"/.exec(new TextDecoder().decode(doc?.body))?.[1] ?? "";
    await post("e-few", "id:ben", {
      event_type: "trial.began",
      data: { seats: 1 },
      contact_id: "ben",
      address: { phone: "+12125550144" },
    });
    await lines(1, "id:ben");
    await post("e-lonely", "id:ben", { event_type: "page.viewed", contact_id: "ben" });
    await lines(2, "id:ben");
    const body = new TextEncoder().encode(JSON.stringify({ event_id: "e-odd", event_type: "??" }));
    await store.append([{ id: "api:e-odd", key: "quarantine:api", body, dead: "event_type is no word" }]);
    leap(2 * HOUR);
  });
  end = Date.parse("2026-03-06T17:00:30Z");
});

async function traced(id: string) {
  let out = "";
  const code = await trace(
    settings,
    id,
    {},
    {
      write: (text) => void (out += text),
      talk: () => undefined,
      colours: false,
      clock: { ...systemClock, now: () => end },
    },
  );
  return { code, out };
}

describe("heed trace", () => {
  test("follows an event from the door to what waits now", async () => {
    const { code, out } = await traced("e-began");
    expect(code).toBe(0);
    expect(out).toMatch(/1 door +Fri 6 Mar 10:00(?::\d\d)? ✓ trial\.began e-began from api: accepted, decided/);
    expect(out).toContain('it brought {"seats":9}');
    expect(out).toMatch(/2 contact +✓ id:ana/);
    expect(out).toMatch(/3 rules .* ✓ trial starts/);
    expect(out).toMatch(/now +… trial waits/);
    expect(out).toMatch(/5 messages .* sms/);
    expect(out).toContain(`${intent}: lies in the outbox of this machine`);
  });

  test("knows a message by our id and by its provider's", async () => {
    const ours = await traced(intent);
    expect(ours.code).toBe(0);
    expect(ours.out).toContain("5 messages");
    expect(providers).not.toBe("");
    expect((await traced(providers)).out.replace(providers, "")).toBe(ours.out.replace(intent, ""));
  });

  test("says which condition an event nearly met, and when no rule listens to its type", async () => {
    const few = await traced("e-few");
    expect(few.out).toMatch(/✗ trial does not start: event\.data\.seats is 1/);
    expect(few.code).toBe(0);
    expect((await traced("e-lonely")).out).toContain("no rule listens to page.viewed");
  });

  test("finds what was refused at the door, with what it said", async () => {
    const { code, out } = await traced("e-odd");
    expect(code).toBe(0);
    expect(out).toContain("was refused at the door although its signature was right");
    expect(out).toContain("event_type is no word");
    expect(out).toContain("heed dlq show");
    expect(out).toContain('"event_type":"??"');
  });

  test("says where to look for what never came", async () => {
    const { code, out } = await traced("e-nobody");
    expect(code).toBe(1);
    expect(out).toContain("never arrived here");
    expect(out).toContain("Check that its sender got a 2xx");
  });
});
