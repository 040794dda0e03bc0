import { describe, expect, test } from "vitest";
import type { LedgerRecord } from "../../src/core/model/decision.ts";
import { addLine, newFigures, noFigures, type RuleFigures } from "../../src/ledger/figures.ts";
import { sumsBetween } from "../../src/ledger/by-hour.ts";
import { addHouseLine, type HouseFigures, newHouseFigures, spentWithin } from "../../src/ledger/house-figures.ts";
import { CHANNELS, type GivenRule, on, rule, rulebook, sendStep, START, world } from "../core/given.ts";

function addedOfHouse(records: readonly LedgerRecord[]): HouseFigures {
  const figures = newHouseFigures();
  for (const line of records) addHouseLine(figures, line);
  return figures;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const ana = { address: { phone: "+12025550143" } };
const price = { per: "segment", usual: { micros: 8_300, currency: "USD" }, prefixes: new Map() } as const;
const channels = new Map(
  CHANNELS.map((channel) => [channel.name, channel.name === "sms" ? { ...channel, price } : channel]),
);

function added(records: readonly LedgerRecord[], id: string): RuleFigures {
  const figures = newFigures();
  for (const line of records) addLine(figures, line, id);
  return figures;
}

function sale() {
  const goal = { match: on("Order Completed"), within: { count: 7, unit: "d" }, value: ["data", "revenue"] } as const;
  const w = world(
    rulebook(
      [
        rule({ id: "sale", goal }),
        rule({ id: "other", trigger: { match: on("nothing"), maxAge: { count: 1, unit: "h" } } }),
      ],
      {
        channels,
      },
    ),
  );
  w.event({ event_type: "lead.created", ...ana });
  w.pass(MINUTE);
  return w;
}

describe("what the account says of a rule", () => {
  test("from entering to converting, with what it cost", () => {
    const w = sale();
    const [message] = w.calls;
    const about = { message_id: message?.intentId ?? "", ...ana };
    w.event({ event_type: "sms.delivered", ...about });
    w.event({ event_type: "sms.received", ...ana, data: { text: "Thanks!" } });
    w.event({ event_type: "Order Completed", data: { revenue: 40 } });
    expect(added(w.records, "sale")).toMatchObject({
      arms: { treated: { enrolled: 1, converted: 1, value: 40, valueSquared: 1_600 } },
      channels: {
        sms: {
          sent: 1,
          statuses: { delivered: 1 },
          replied: 1,
          optedOut: 0,
          failed: 0,
          cost: { USD: 8_300 },
          converted: 1,
          value: 40,
        },
      },
      ended: { completed: 1 },
      hours: { [Math.floor(START / HOUR)]: { enrolled: 1, sent: 1, converted: 1 } },
    });
    expect(added(w.records, "other")).toEqual(noFigures);
  });

  test("counts a message once for each status, and no machine", () => {
    const w = sale();
    const about = { message_id: w.calls[0]?.intentId ?? "", ...ana };
    const statuses = () => added(w.records, "sale").channels["sms"]?.statuses;
    for (const event_type of ["sms.sent", "sms.delivered", "sms.delivered", "sms.sent"])
      w.event({ event_type, ...about });
    expect(statuses()).toEqual({ sent: 1, delivered: 1 });
    w.event({ event_type: "email.clicked", ...about, data: { machine: true } });
    expect(statuses()).toEqual({ sent: 1, delivered: 1 });
    w.event({ event_type: "email.opened", ...about });
    w.event({ event_type: "email.opened", ...about });
    expect(statuses()).toEqual({ sent: 1, delivered: 1, opened: 1 });
  });

  test("a conversion is no channel's that had said nothing before it", () => {
    const goal = { match: on("Order Completed"), within: { count: 7, unit: "d" }, value: ["data", "revenue"] } as const;
    const bought = (fields: Partial<GivenRule>): RuleFigures => {
      const w = world(rulebook([rule({ id: "sale", goal, ...fields })], { channels }));
      w.event({ event_type: "lead.created", ...ana });
      w.event({ event_type: "Order Completed", data: { revenue: 40 } });
      w.pass(HOUR);
      return added(w.records, "sale");
    };
    const later = bought({ delay: { min: { count: 5, unit: "m" }, max: { count: 5, unit: "m" } } });
    expect(later).toMatchObject({
      arms: { treated: { converted: 1 } },
      channels: { sms: { sent: 1, converted: 0, value: 0 } },
    });
    const held = bought({ holdout: 1 });
    expect(held).toMatchObject({ arms: { holdout: { converted: 1, value: 40 } }, channels: {} });
    const toTeam = bought({ steps: [sendStep("sales")] });
    expect(toTeam).toMatchObject({
      arms: { treated: { converted: 1 } },
      channels: { sales: { sent: 1, converted: 0 } },
    });
  });

  test("an opt-out soon after a message is the message's, and one long after is nobody's", () => {
    const soon = sale();
    soon.event({ event_type: "sms.received", ...ana, data: { text: "STOP" } });
    expect(added(soon.records, "sale").channels["sms"]?.optedOut).toBe(1);
    const late = sale();
    late.pass(8 * 24 * HOUR);
    late.event({ event_type: "sms.received", ...ana, data: { text: "STOP" } });
    expect(added(late.records, "sale").channels["sms"]?.optedOut).toBe(0);
  });

  test("an opt-out that a provider had heard before is no rule's, whatever message it comes up with", () => {
    const adopted = { data: { adopted: true }, address: { phone: "+12025550143", email: "ana@example.com" } };
    const w = world(rulebook([rule({ id: "sale", steps: [sendStep("email"), sendStep("sms", { id: "1" })] })]));
    w.event({ event_type: "lead.created", address: adopted.address });
    w.pass(MINUTE);
    const [mail, text] = w.calls.map(({ intentId }) => intentId);
    for (const event_type of ["email.unsubscribed", "email.complained", "email.bounced"]) {
      w.event({ event_type, ...adopted });
      w.event({ event_type, ...adopted, message_id: mail ?? "" });
    }
    w.event({ event_type: "sms.opted_out", ...adopted });
    w.event({ event_type: "sms.opted_out", ...adopted, message_id: text ?? "" });
    expect(w.contact().suppressions).toMatchObject({ "phone:+12025550143": { cause: "opted_out" } });
    const { channels: known, hours } = added(w.records, "sale");
    expect(known).toMatchObject({ email: { sent: 1, optedOut: 0 }, sms: { sent: 1, optedOut: 0 } });
    expect(known["email"]?.statuses).toEqual({});
    expect(Object.values(hours)).toEqual([{ enrolled: 1, sent: 2 }]);
  });

  test("a text that is refused because its recipient had said stop elsewhere is no opt-out of the rule before it", () => {
    const again = { match: on("second"), maxAge: { count: 1, unit: "h" } } as const;
    const w = world(rulebook([rule({ id: "sale" }), rule({ id: "next", trigger: again })]));
    w.event({ event_type: "lead.created", ...ana });
    w.pass(MINUTE);
    w.outcomes.push({ kind: "rejected", code: "21610", class: "opted_out" });
    w.event({ event_type: "second" });
    w.pass(MINUTE);
    expect(w.records).toContainEqual(
      expect.objectContaining({
        kind: "event",
        detail: expect.objectContaining({ type: "sms.opted_out", told: true }),
      }),
    );
    for (const id of ["sale", "next"]) expect(added(w.records, id).channels["sms"]?.optedOut).toBe(0);
  });

  test("why messages were held, how attempts failed and what nobody knows", () => {
    const w = world(rulebook([rule({ id: "sale" })], { channels }));
    w.outcomes.push({ kind: "rejected", code: "30003", class: "other" });
    w.event({ event_type: "lead.created", ...ana });
    w.event({ event_type: "lead.created" }, "id:nobody");
    w.outcomes.push({ kind: "ambiguous", code: "timeout" });
    w.event({ event_type: "lead.created", ...ana, address: { phone: "+12025550144" } }, "id:c2");
    const figures = added(w.records, "sale");
    expect(figures.channels["sms"]).toMatchObject({ sent: 0, rejected: 1 });
    expect(figures.held).toMatchObject({ "address.missing": 1, "provider.rejected": 1 });
    expect(figures.arms["treated"]?.enrolled).toBe(3);
  });

  test("keeps the hours of eight days", () => {
    const line = (hour: number): LedgerRecord => ({
      at: hour * HOUR,
      kind: "enrolled",
      rulebook: "x",
      rule: "sale",
      detail: { arm: "holdout" },
    });
    const figures = added(
      Array.from({ length: 400 }, (_, hour) => line(hour)),
      "sale",
    );
    expect(Object.keys(figures.hours)).toHaveLength(192);
    expect(figures.arms).toMatchObject({ holdout: { enrolled: 400 } });
  });

  test("takes names from outside for names", () => {
    const line: LedgerRecord = {
      at: START,
      kind: "message",
      rulebook: "x",
      rule: "sale",
      reason: "sent",
      detail: { channel: "__proto__", cost: { currency: "constructor", micros: 1 } },
    };
    const { channels: found } = added([line, line], "sale");
    expect(Object.hasOwn(found, "__proto__") || Object.keys(found).length === 0).toBe(true);
    expect(Reflect.get({}, "sent")).toBeUndefined();
  });
});

describe("what came in", () => {
  test("is counted by who brought it, with repetitions apart, and strangers' names within bounds", () => {
    const event = (provider: string, reason?: "event.duplicate"): LedgerRecord => ({
      at: START,
      kind: "event",
      rulebook: "x",
      ...(reason !== undefined && { reason }),
      detail: { type: "lead.created", provider },
    });
    const lines = [
      event("twilio"),
      event("twilio"),
      ...Array.from({ length: 80 }, (_, index) => event(`name ${index}`)),
    ];
    const { bySource } = addedOfHouse(lines);
    expect(bySource["twilio"]).toMatchObject({ events: 2, duplicates: 0, lastAt: START });
    expect(Object.keys(bySource)).toHaveLength(51);
    expect(bySource["others"]?.events).toBe(31);
  });
});

test("what an address and its contact tell each other came in once", () => {
  const w = world(rulebook([rule({ id: "sale" })], { channels }));
  w.event({ event_type: "lead.created", ...ana });
  w.event({ event_type: "sms.opted_out", ...ana }, "phone:+12025550143");
  w.event({ event_type: "sms.opted_out", ...ana });
  const events = w.records.filter(({ kind }) => kind === "event");
  const came = Object.values(addedOfHouse(events).bySource);
  expect(events.length).toBeGreaterThan(3);
  expect(came.reduce((sum, each) => sum + each.events, 0)).toBe(3);
  expect(came.reduce((sum, each) => sum + each.duplicates, 0)).toBe(0);
});

describe("what the account says of all rules together", () => {
  const wholeDay = { from: START - HOUR, to: START + 23 * HOUR };

  test("is what was decided, sent and spent in each hour", () => {
    const w = sale();
    w.event({ event_type: "Order Completed", data: { revenue: 40 } });
    w.event({ event_type: "lead.created" }, "id:nobody");
    const { decided, sent, spent } = addedOfHouse(w.records);
    const counts = Object.fromEntries(sumsBetween(decided, wholeDay.from, wholeDay.to));
    expect(counts).toMatchObject({ enrolled: 2, sent: 1, converted: 1, "address.missing": 1 });
    expect([...sumsBetween(sent, wholeDay.from, wholeDay.to)]).toEqual([["sms", 1]]);
    expect(spentWithin({ spent }, { channel: "sms", currency: "USD" }, wholeDay)).toBe(8_300);
    expect(spentWithin({ spent }, { channel: "sms", currency: "EUR" }, wholeDay)).toBe(0);
    expect(spentWithin({ spent }, { channel: "email", currency: "USD" }, wholeDay)).toBe(0);
    expect(
      spentWithin({ spent }, { channel: "sms", currency: "USD" }, { from: wholeDay.to, to: wholeDay.to + HOUR }),
    ).toBe(0);
  });

  test("forgets decisions after two days, sends after eight and spending after the longest month", () => {
    const cost = { currency: "USD", micros: 5 };
    const lines = Array.from({ length: 1_000 }, (_, hour): LedgerRecord => ({
      at: hour * HOUR,
      kind: "message",
      rulebook: "x",
      reason: "sent",
      detail: { channel: "sms", cost },
    }));
    const { decided, sent, spent } = addedOfHouse(lines);
    expect([decided, sent, spent].map((each) => Object.keys(each).length)).toEqual([48, 192, 768]);
    expect(spentWithin({ spent }, { channel: "sms", currency: "USD" }, { from: 990 * HOUR, to: 2_000 * HOUR })).toBe(
      50,
    );
  });
});
