import { describe, expect, test } from "vitest";
import type { JsonObject } from "../../src/core/model/json.ts";
import { rule, rulebook, sendStep, START, type World, world } from "./given.ts";

const HOUR = 3_600_000;
const phone = "+12025550143";
const email = "ana@example.com";
const [phoneKey, emailKey] = [`phone:${phone}`, `email:${email}`] as const;
const since = new Date(START - 24 * HOUR).toISOString();

const known = (w: World): void =>
  void w.event({ event_type: "contact.identified", address: { phone, email }, occurred_at: since });

const suppressed = (w: World, key: string, data: JsonObject): void => {
  const address = key === phoneKey ? { phone } : { email };
  w.event({ event_type: "address.suppressed", address, occurred_at: since, provider: "import", data }, key);
};

const onBoth = [
  rule({ id: "text", steps: [sendStep("sms")] }),
  rule({ id: "mail", steps: [sendStep("email")] }),
  rule({ id: "offer", class: "marketing", delay: hourly(2), steps: [sendStep("sms")] }),
];

function hourly(count: number) {
  return { min: { count, unit: "h" }, max: { count, unit: "h" } } as const;
}

const reached = (w: World): readonly string[] => {
  w.now += HOUR;
  w.event({ event_type: "lead.created", event_id: `lead-${w.now}` });
  w.pass(HOUR / 2);
  return w.calls
    .splice(0)
    .map(({ channel }) => channel)
    .toSorted();
};

describe("a silence that another system kept until now", () => {
  test.each([
    ["before the address belongs to anybody", [suppressed, known]],
    ["when it belongs to somebody already", [known, suppressed]],
  ] as const)("holds as a STOP does, for messages of every class, told %s", (_when, order) => {
    const w = world(rulebook(onBoth));
    for (const tell of order) tell(w, phoneKey, { channel: "sms", reason: "opted_out" });
    expect(reached(w)).toEqual(["email"]);
    expect(w.reasons()).toContain("suppressed");
    expect(w.contact(phoneKey).suppressions[phoneKey]).toMatchObject({ state: "suppressed", cause: "opted_out" });
  });

  test("is lifted by START where it was a STOP, and by nothing where it was a complaint", () => {
    for (const [reason, after] of [
      ["opted_out", ["email", "sms"]],
      ["complained", ["email"]],
    ] as const) {
      const w = world(rulebook(onBoth));
      known(w);
      suppressed(w, phoneKey, { channel: "sms", reason });
      w.event({ event_type: "sms.received", address: { phone }, data: { text: "START" } }, phoneKey);
      expect(reached(w)).toEqual(after);
    }
  });

  test("reaches every contact that shares the address", () => {
    const w = world(rulebook(onBoth));
    known(w);
    const other = { event_id: "other", contact_id: "c2", address: { phone }, occurred_at: since };
    w.event({ event_type: "contact.identified", ...other }, "id:c2");
    suppressed(w, phoneKey, { channel: "sms", reason: "opted_out" });
    for (const key of ["id:c1", "id:c2"]) {
      expect(w.contact(key).suppressions[phoneKey], key).toMatchObject({ state: "suppressed" });
    }
  });

  test("of a mailbox that does not exist silences that mailbox alone", () => {
    const w = world(rulebook(onBoth));
    known(w);
    suppressed(w, emailKey, { channel: "email", reason: "bounced" });
    expect(reached(w)).toEqual(["sms"]);
  });

  test("of calls leaves texts as they are", () => {
    const w = world(rulebook(onBoth));
    known(w);
    suppressed(w, phoneKey, { channel: "voice", reason: "opted_out" });
    expect(w.contact().suppressions).toHaveProperty([`voice:${phoneKey}`]);
    expect(reached(w)).toEqual(["email", "sms"]);
  });

  test("ends marketing that is under way, as a STOP would", () => {
    const w = world(rulebook(onBoth, { consent: { sms: "opt_out" } }));
    known(w);
    w.event({ event_type: "lead.created" });
    suppressed(w, phoneKey, { channel: "sms", reason: "opted_out" });
    expect(w.records.filter(({ kind, rule: id }) => kind === "ended" && id === "offer")).toMatchObject([
      { reason: "stopped.by_opt_out" },
    ]);
  });

  test("outlives an erasure, and is heard after one", () => {
    for (const order of ["before", "after"]) {
      const w = world(rulebook(onBoth));
      known(w);
      if (order === "before") suppressed(w, phoneKey, { channel: "sms", reason: "opted_out" });
      w.event({ event_type: "contact.erased" });
      w.now += HOUR;
      if (order === "after") suppressed(w, phoneKey, { channel: "sms", reason: "opted_out" });
      w.event({ event_type: "contact.identified", event_id: "again", address: { phone, email } });
      expect(reached(w), order).toEqual(["email"]);
    }
  });
});
