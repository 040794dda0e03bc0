import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { explain, type ExplainFlags } from "../../src/cli/explain.ts";
import { BadSetting, readRunSettings } from "../../src/cli/run-settings.ts";
import { systemClock } from "../../src/cli/system-clock.ts";
import { Unsupported } from "../../src/store/store.ts";
import { scratchDirectory, writeFiles } from "../support/scratch.ts";
import { live, type Living } from "./lived.ts";

/** `UPDATE_GOLDEN=1` writes the outputs anew. */
const golden = new URL("../golden/explain/", import.meta.url).pathname;
const update = process.env["UPDATE_GOLDEN"] === "1";

const MINUTE = 60_000;

const heed = `
workspace: acme
time_zone: America/New_York
country: US
providers: { outbox: {} }
channels:
  sms: { kind: sms, provider: outbox, from: "+12025550100", quiet_hours: { from: "21:00", to: "08:00" } }
contacts: { fields: { status: { type: string } } }
events:
  cart.left: { data: { total: number, cart_id: string } }
  order.paid: { data: { cart_id: string } }
consent: { sms: opt_in }
`;
const reminder = `rule: cart-reminder
description: Reminds of a cart that was left.
owner: growth-ops
class: marketing
trigger:
  event: cart.left
  where: { event.data.total: { gte: 50 } }
stop_on: [{ event: order.paid, same: data.cart_id }]
delay: 15m
guard: { contact.status: { not: customer } }
caps: [{ max: 1, per: contact, within: 24h }]
actions:
  - { send: sms, text: "Your cart is waiting. Reply STOP to end." }
`;
const cases = `suite: cart-reminder
rules: [cart-reminder.yaml]
start: 2026-03-06T23:00:00-05:00
horizon: 2d
contacts:
  ana: { id: ana, phone: "+12025550143", consent: { sms: granted } }
cases:
  - name: who becomes a customer in the night hears nothing
    given:
      - { at: 0s, contact: ana, event: cart.left, data: { total: 80 } }
      - { at: 8h, contact: ana, event: contact.updated, data: { traits: { status: customer } } }
    expect: none
  - name: a small cart is no reason
    given: [{ at: 0s, contact: ana, event: cart.left, data: { total: 5 } }]
    expect: none
  - name: one text for two carts
    given:
      - { at: 0s, contact: ana, event: cart.left, data: { total: 80 } }
      - { at: 10h, contact: ana, event: cart.left, data: { total: 90 } }
    expect: [{ at: 9h, send: sms }]
  - name: paying ends it
    given:
      - { at: 0s, contact: ana, event: cart.left, data: { total: 80, cart_id: one } }
      - { at: 5m, contact: ana, event: order.paid, data: { cart_id: one } }
    expect: none
  - name: paying for another cart does not end it
    given:
      - { at: 0s, contact: ana, event: cart.left, data: { total: 80, cart_id: one } }
      - { at: 5m, contact: ana, event: order.paid, data: { cart_id: two } }
    expect: [{ at: 9h, send: sms }]
  - name: no yes, no text
    given:
      - { at: 0s, contact: ana, event: consent.denied, data: { channel: sms, source: preference page } }
      - { at: 1m, contact: ana, event: cart.left, data: { total: 80 } }
    expect: none
`;

const folder = writeFiles(scratchDirectory(), {
  "rules/heed.yaml": heed,
  "rules/cart-reminder.yaml": reminder,
  "rules/cart-reminder.test.yaml": cases,
});
const workspace = join(folder, "rules");
const data = join(folder, "data");

async function run(flags: ExplainFlags, from = workspace, dataDir = data) {
  const said = { out: "", err: "" };
  const code = await explain(readRunSettings(from, { dataDir, store: "embedded" }, {}), flags, {
    write: (text) => void (said.out += text),
    talk: (text) => void (said.err += text),
    colours: false,
    clock: systemClock,
  });
  return { code, ...said };
}

/** The last line: the sentence that answers. */
const answer = (out: string): string => out.trimEnd().split("\n").at(-1) ?? "";

describe("of a test case", () => {
  test.each([
    ["night", "becomes a customer"],
    ["small-cart", "small cart"],
    ["capped", "two carts"],
    ["stopped", "paying ends it"],
    ["not-stopped", "another cart"],
    ["no-consent", "no yes"],
  ])("%s is told as an operations person reads it", async (name, wanted) => {
    const { code, out, err } = await run({ test: wanted });
    expect({ code, err }).toEqual({ code: 0, err: "" });
    const file = join(golden, `${name}.txt`);
    if (update) writeFileSync(file, out);
    expect(out).toBe(readFileSync(file, "utf8"));
  });

  test("the answer names what stood in the way, in order", async () => {
    expect(answer((await run({ test: "becomes a customer" })).out)).toBe(
      'ana did not get `cart-reminder`: it was quiet hours where the contact is, so it waited until Sat 7 Mar 08:00, and then the guard did not hold: contact.status is "customer" (`not "customer"` fails).',
    );
  });

  test("a filter leaves out what was not asked for", async () => {
    const { out } = await run({ test: "two carts", event: "given-2" });
    expect(out).toContain("given-2");
    expect(out).not.toContain("given-1");
    expect(answer(out)).toContain("did not get `cart-reminder`: a cap was reached: 1 of 1 taken");
    const unknown = await run({ test: "two carts", rule: "cart-remind" });
    expect(unknown).toMatchObject({ code: 1, out: expect.not.stringContaining("did not start") });
    expect(unknown.out).toContain("the files have no rule cart-remind; did you mean cart-reminder?");
    const stop = await run({ test: "paying ends it", event: "given-2" });
    expect(stop.out).toContain("cart-reminder ends: an event of the rule's `stop_on` came");
    expect(stop.out).not.toContain("none listens");
    expect(answer((await run({ test: "another cart", event: "given-2" })).out)).toBe(
      "The event given-2 started no rule for ana.",
    );
  });

  test("a contact of a test goes by its name, its id and its address", async () => {
    for (const contact of ["ana", "id:ana", "+12025550143"]) {
      expect(await run({ test: "small cart", contact }), contact).toMatchObject({ code: 0 });
    }
  });

  test("the same as JSON, each line with the record it was made from", async () => {
    const { out } = await run({ test: "becomes a customer", format: "json" });
    const told: unknown = JSON.parse(out);
    expect(told).toMatchObject({
      format_version: "1.0",
      explained: [
        {
          contacts: [
            {
              contact: { key: "id:ana", name: "ana" },
              zone: { name: "America/New_York", source: "phone" },
              timeline: expect.arrayContaining([
                expect.objectContaining({
                  verdict: "refused",
                  parts: expect.arrayContaining([
                    expect.objectContaining({
                      name: "guard",
                      verdict: "refused",
                      text: expect.stringContaining("contact.status"),
                    }),
                  ]),
                }),
              ]),
              answers: [expect.stringContaining("ana did not get `cart-reminder`")],
            },
          ],
        },
      ],
    });
  });

  test("a case, a contact or a format that is not there is told so", async () => {
    expect(await run({ test: "no such case" })).toMatchObject({
      code: 1,
      out: "",
      err: expect.stringContaining("no case has"),
    });
    expect(await run({ test: "small cart", contact: "zoe" })).toMatchObject({
      code: 1,
      out: expect.stringContaining("nothing happened to zoe in this case; it has ana"),
    });
    await expect(run({ test: "small cart", format: "xml" })).rejects.toThrow(BadSetting);
  });

  test("finds in a look-up what the case says", async () => {
    const asking = writeFiles(join(folder, "asking"), {
      "heed.yaml": `${heed}lookups:\n  crm: { http: { url: "https://crm.example.com/{{ contact.id }}" }, fields: { status: { type: string } } }\n`,
      "cart-reminder.yaml": reminder.replace("contact.status", "lookup.crm.status"),
      "cart-reminder.test.yaml": `suite: cart-reminder
rules: [cart-reminder.yaml]
start: 2026-03-06T12:00:00-05:00
horizon: 1d
contacts:
  ana: { id: ana, phone: "+12025550143", consent: { sms: granted } }
cases:
  - name: the crm knows a customer
    lookups: { crm: { status: customer } }
    given: [{ at: 0s, contact: ana, event: cart.left, data: { total: 80 } }]
    expect: none
`,
    });
    const { code, out, err } = await run({ test: "the crm knows" }, asking);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(answer(out)).toContain('the guard did not hold: lookup.crm.status is "customer"');
  });

  test("judges an event by the contact as it was then", async () => {
    const then = writeFiles(join(folder, "then"), {
      "heed.yaml": heed,
      "cart-reminder.yaml": reminder.replace("{ event.data.total: { gte: 50 } }", "{ contact.status: lead }"),
      "cart-reminder.test.yaml": `suite: cart-reminder
rules: [cart-reminder.yaml]
start: 2026-03-06T12:00:00-05:00
horizon: 1d
contacts:
  ana: { id: ana, phone: "+12025550143", consent: { sms: granted } }
cases:
  - name: becomes a lead too late
    given:
      - { at: 0s, contact: ana, event: cart.left, data: { total: 80 } }
      - { at: 1h, contact: ana, event: contact.updated, data: { traits: { status: lead } } }
    expect: none
`,
    });
    const { out, err } = await run({ test: "too late" }, then);
    expect(err).toBe("");
    expect(answer(out)).toBe('`cart-reminder` did not start for ana: contact.status is missing (`is "lead"` fails).');
  });

  test("exits 2 when the rules cannot be read", async () => {
    const broken = writeFiles(join(folder, "broken"), { "heed.yaml": heed, "x.yaml": "rule: y\n" });
    expect(await run({ test: "a" }, broken)).toMatchObject({ code: 2, out: "", err: expect.stringContaining("HEED") });
  });
});

/** The same as the first case of the tests, lived through. */
async function lived({ store, post, leap, lines }: Living): Promise<void> {
  const ana = { contact_id: "ana", address: { phone: "+12025550143" } } as const;
  await post("e0", "id:ana", { ...ana, event_type: "consent.granted", data: { channel: "sms", source: "form" } });
  await post("e1", "id:ana", { ...ana, event_type: "cart.left", data: { total: 80 } });
  await lines(3);
  leap(15 * MINUTE);
  await lines(4);
  leap(8 * 60 * MINUTE);
  await post("e2", "id:ana", { ...ana, event_type: "contact.updated", data: { traits: { status: "customer" } } });
  await post("e3", "id:ana", { ...ana, event_type: "cart.let", data: { total: 80 } });
  await post("e4", "id:ana", { ...ana, event_type: "cart.left", data: { total: 5 } });
  await lines(7);
  leap(60 * MINUTE);
  await lines(9);
  await post("m1", "id:ana-old", { contact_id: "ana-old", event_type: "cart.left", data: { total: 7 } });
  await post("m2", "id:ana", { contact_id: "ana", event_type: "contact.merged", data: { from: "ana-old" } });
  await lines(11);
  const visit = { data: { anonymous_id: "visitor", total: 8 } } as const;
  await post("a1", "anon:visitor", { ...visit, event_type: "cart.left" });
  await lines(1, "anon:visitor");
  await post("a2", "id:ana", { ...visit, contact_id: "ana", event_type: "contact.identified" });
  await lines(2, "anon:visitor");
  await post("a3", "anon:visitor", { ...visit, event_type: "cart.left" });
  await lines(13);
  await post("er1", "id:er", { contact_id: "er", event_type: "cart.left", data: { total: 9 } });
  await lines(1, "id:er");
  await post("er2", "id:er", { contact_id: "er", event_type: "contact.erased" });
  await lines(0, "id:er");
  await store.append([{ id: "api:lost", key: "id:ana", body: new Uint8Array(1), dead: "not readable" }]);
}

describe("of the live store", () => {
  beforeAll(() => live({ workspace, data, from: "2026-03-06T23:00:00-05:00" }, lived), 60_000);

  test("says what the test case says", async () => {
    const { code, out } = await run({ contact: "ana", rule: "cart-reminder", event: "e1" });
    expect(code).toBe(0);
    const [inTest] = answer((await run({ test: "becomes a customer" })).out).split(" so it waited");
    expect(answer(out)).toContain(inTest);
    expect(answer(out)).toContain('the guard did not hold: contact.status is "customer" (`not "customer"` fails)');
    expect(out).toMatch(/decided by rulebook [0-9a-f]{12}, which is that of the files/);
    expect(out).toContain("America/New_York, from the phone number; quiet 21:00–08:00; free from Sat 7 Mar 08:00");
  });

  test("an address leads to the contact it belongs to, however the number is written", async () => {
    for (const contact of ["+12025550143", "(202) 555-0143", "id:ana"]) {
      expect(await run({ contact }), contact).toMatchObject({ code: 0, out: expect.stringContaining("(id:ana)") });
    }
  });

  test("a contact that was merged leads to the one that stays, with what happened before", async () => {
    const { code, out } = await run({ contact: "ana-old" });
    expect(code).toBe(0);
    expect(out).toContain("ana (id:ana)");
    expect(out).toMatch(/event cart.left \(m1\).*\n.*does not start: event.data.total is 7/);
    expect(out).toContain("takes in what was known under id:ana-old");
  });

  test("an event or a rule is found under every key that led to the contact", async () => {
    for (const event of ["m1", "a1", "a3"]) {
      const { code, out } = await run({ event });
      expect({ event, code }).toEqual({ event, code: 0 });
      expect(out).toContain("ana (id:ana)");
      expect(out).toContain(`event cart.left (${event})`);
      expect(out).not.toContain("never arrived");
      expect(out.match(/times in/g), event).toHaveLength(1);
    }
  });

  test("an event that started nothing names the rule that nearly did, and on which test it failed", async () => {
    const { code, out } = await run({ event: "e4" });
    expect(code).toBe(0);
    expect(answer(out)).toBe("`cart-reminder` did not start for ana: event.data.total is 5 (`gte 50` fails).");
    expect(out).toContain("judged by the rules and the contact as they are now");
  });

  test("an event of a type that nobody listens to names the one that was likely meant", async () => {
    const { out } = await run({ event: "e3" });
    expect(out).toContain("no rule listens to cart.let (did you mean cart.left, which starts cart-reminder?)");
    expect(answer(out)).toBe("The event e3 started no rule for ana: none listens to its type.");
  });

  test("an event that never arrived, or is a dead letter, is told as such", async () => {
    expect(await run({ event: "e99" })).toMatchObject({ code: 1, out: expect.stringContaining("e99 never arrived") });
    expect(await run({ event: "e99", contact: "ana" })).toMatchObject({
      code: 1,
      out: expect.stringContaining("Check that"),
    });
    expect((await run({ event: "lost" })).out).toMatch(
      /the event lost is a dead letter since 2026-03-07T.*: not readable/,
    );
  });

  test("a message is found by its id, and a rule by what it did to anybody", async () => {
    const { out } = await run({ contact: "ana", format: "json" });
    const id = /"intent": "(\w+)"/.exec(out)?.[1] ?? "";
    expect(await run({ message: id })).toMatchObject({
      code: 0,
      out: expect.stringContaining("step 1, message through sms"),
    });
    expect(await run({ rule: "cart-reminder" })).toMatchObject({
      code: 0,
      out: expect.stringContaining("cart-reminder starts"),
    });
    expect(await run({ message: "no-such" })).toMatchObject({
      code: 1,
      out: expect.stringContaining("in any account"),
    });
    const unknown = await run({ rule: "cart-remind" });
    expect(unknown).toMatchObject({ code: 1, out: expect.stringContaining("cart-remind is in nobody's account\n") });
    expect(unknown.out).toContain("did you mean cart-reminder?");
  });

  test("whoever was erased is told to have been, as is that their account is gone", async () => {
    const { code, out } = await run({ contact: "er" });
    expect(code).toBe(1);
    expect(out).toContain("the contact was erased");
    expect(answer(out)).toMatch(/^er was erased on Sat 7 Mar .*, and the account of an erased contact is gone\.$/);
    expect((await run({ event: "er1" })).out).toContain("the account of a contact that was erased is gone");
  });

  test("somebody unknown is told with what was looked for, and who is near", async () => {
    expect(await run({ contact: "anna" })).toMatchObject({
      code: 1,
      out: expect.stringContaining("nobody is known as anna: looked for id:anna, anon:anna; did you mean ana?"),
    });
  });

  test("rules that changed since are told to have changed; rules that cannot be read keep nothing back", async () => {
    const changed = writeFiles(join(folder, "changed"), {
      "heed.yaml": heed,
      "cart-reminder.yaml": reminder.replace("15m", "20m"),
    });
    expect((await run({ contact: "ana" }, changed)).out).toContain("now, so that today the answer may be another");
    const broken = writeFiles(join(folder, "broken-live"), { "heed.yaml": heed, "cart-reminder.yaml": "rule: [\n" });
    const { code, out } = await run({ contact: "ana", event: "e1" }, broken);
    expect(code).toBe(0);
    expect(out).toContain("the files have problems");
    const unheard = await run({ event: "e3" }, broken);
    expect(unheard.out).toContain("The event e3 started no rule for ana.");
    expect(unheard.out).not.toContain("none listens");
    expect((await run({ contact: "er" }, broken)).out).toContain(
      "times in UTC: nothing tells the contact's, and the workspace's cannot be read",
    );
    expect(out).toContain("the guard did not hold");
  });

  test("where today's rules would decide otherwise, it says so", async () => {
    const today = async (name: string, change: (text: string) => string): Promise<string> => {
      const from = writeFiles(join(folder, name), { "heed.yaml": heed, "cart-reminder.yaml": change(reminder) });
      return answer((await run({ event: "e4" }, from)).out);
    };
    expect(await today("lower", (text) => text.replace("gte: 50", "gte: 5"))).toBe(
      "`cart-reminder` did not start for ana: event.data.total is 5 (`gte 5` holds), so that it would start now: the rule or the contact was another then.",
    );
    expect(
      await today("off", (text) => text.replace("class:", "enabled: false\nclass:").replace(/ {2}where.*\n/, "")),
    ).toBe("`cart-reminder` did not start for ana: the rule is switched off.");
  });

  test("needs something to explain, and a store to read", async () => {
    await expect(run({})).rejects.toThrow(BadSetting);
    await expect(run({ contact: "ana" }, workspace, join(folder, "nowhere"))).rejects.toThrow(Unsupported);
    expect(existsSync(join(folder, "nowhere"))).toBe(false);
  });
});

afterAll(() => expect(existsSync(join(data, "store.mdb"))).toBe(true));
