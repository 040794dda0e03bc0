import { describe, expect, test } from "vitest";
import { bounded, CUT, GLANCE } from "../../src/core/model/bounded.ts";
import type { LedgerRecord } from "../../src/core/model/decision.ts";
import type { Json } from "../../src/core/model/json.ts";
import { type GivenRule, rule, rulebook, START, type World, world } from "./given.ts";

/** What the account of a message says of its gates: enough to explain it, and no more than that. */

const phone = "+12025550143";
const guarded: GivenRule = { id: "r", guard: { test: "guard" } };

function speaking(given: GivenRule = { id: "r" }, workspace: Parameters<typeof rulebook>[1] = {}): World {
  const w = world(rulebook([rule(given)], workspace));
  w.event({ event_type: "lead.created", address: { phone } });
  return w;
}

function messages({ records }: World): readonly LedgerRecord[] {
  return records.filter(({ kind }) => kind === "message");
}

function gates(record: LedgerRecord | undefined): Json | undefined {
  return record?.detail?.["gates"];
}

describe("the trail of a message", () => {
  test("is in its line of the account, sent or not, and the gate that had the last word comes last", () => {
    const [sent] = messages(speaking());
    expect(sent).toMatchObject({ reason: "sent", detail: { channel: "sms", attempt: 1 } });
    expect(gates(sent)).toEqual([
      { gate: "address", to: phone },
      { gate: "segments", segments: 1, most: 3, encoding: "gsm-7", length: 5 },
    ]);

    const w = world(rulebook([rule(guarded)]));
    w.conditions["guard"] = () => false;
    w.event({ event_type: "lead.created", address: { phone } });
    const [refused] = messages(w);
    expect(refused).toMatchObject({ reason: "guard.false" });
    expect(gates(refused)).toEqual([{ gate: "guard", verdict: "refuse", tests: [] }]);
  });

  test("waits in the document only as long as the call is under way", () => {
    const w = speaking();
    expect(JSON.stringify(w.contact())).not.toContain("gsm-7");
    expect(messages(w)).toHaveLength(1);
  });

  test("is in the line of each attempt", () => {
    const w = world(rulebook([rule({ id: "r" })]));
    w.outcomes.push({ kind: "retryable", code: "http_503", afterMs: null });
    w.event({ event_type: "lead.created", address: { phone } });
    w.pass(60_000);
    const told = messages(w);
    expect(told.map(({ reason }) => reason)).toEqual(["provider.failed", "sent"]);
    expect(told[0]).toMatchObject({ detail: { code: "http_503", until: expect.any(Number) } });
    for (const line of told) expect(gates(line)).toContainEqual({ gate: "address", to: phone });
  });

  test("says until when a message waits", () => {
    const quiet = { name: "sms", kind: "sms", provider: "fake", from: null, ratePerSecond: null, price: null } as const;
    const channels = new Map([["sms", { ...quiet, quietHours: { from: 13 * 60, to: 16 * 60 } }]]);
    const marketing: GivenRule = { id: "r", class: "marketing" };
    const [waiting] = messages(speaking(marketing, { channels, consent: { sms: "opt_out" } }));
    expect(waiting).toMatchObject({ reason: "quiet_hours.deferred", detail: { until: START + 2 * 3_600_000 } });
    expect(gates(waiting)).toContainEqual({
      gate: "quiet hours",
      verdict: "defer",
      open: { from: 960, to: 780 },
      zones: ["America/New_York"],
      zone_source: "phone",
    });
  });

  test("counts what caps have taken, and says when a place comes free", () => {
    const cap = { max: 1, per: "contact", channel: null, class: null, within: { count: 1, unit: "h" } } as const;
    const w = world(rulebook([rule({ id: "r", reentry: "parallel", caps: [{ ...cap, onExceed: "drop" }] })]));
    w.event({ event_type: "lead.created", address: { phone } });
    w.pass(60_000);
    w.event({ event_type: "lead.created", address: { phone } });
    const told = messages(w).map(gates);
    const named = { kind: "cap", of: "rule", per: "contact", within: "1h", max: 1 };
    expect(told[0]).toContainEqual({ gate: "caps", caps: [{ ...named, taken: 0 }] });
    const free = { ...named, taken: 1, free_at: START + 3_600_000 };
    expect(told[1]).toContainEqual({ gate: "caps", verdict: "refuse", caps: [free] });
  });
});

describe("the rest of the account", () => {
  test("an event's line holds what is needed to judge it again, bounded", () => {
    const w = world(rulebook([rule({ id: "r" })]));
    const data = { text: "x".repeat(5_000), many: Array.from({ length: 500 }, (_, index) => index), plan: "pro" };
    w.event({ event_type: "lead.seen", message_id: "m1", data });
    const [line] = w.records;
    expect(line).toMatchObject({
      kind: "event",
      reason: "trigger.no_match",
      detail: {
        type: "lead.seen",
        message_id: "m1",
        occurred_at: new Date(START).toISOString(),
        data: { plan: "pro" },
      },
    });
    expect(JSON.stringify(line).length).toBeLessThan(1_000);
  });

  test("what did not start says what it ran into, and what ended says which event ended it", () => {
    const stopOn = [{ match: { events: ["bought"], where: null, namesMachine: false }, same: null }];
    const w = world(
      rulebook([rule({ id: "r", stopOn, delay: { min: { count: 1, unit: "h" }, max: { count: 1, unit: "h" } } })]),
    );
    w.event({ event_type: "lead.created", address: { phone } });
    w.event({ event_type: "lead.created", address: { phone } });
    w.event({ event_type: "bought", event_id: "b1" });
    const told = w.records.filter(({ kind }) => kind === "not_enrolled" || kind === "ended");
    expect(told).toMatchObject([
      { reason: "reentry.active", detail: { since: START } },
      { reason: "stopped.by_event", detail: { event: "b1", type: "bought" } },
    ]);
  });
});

describe("bounded", () => {
  test("keeps what is small as it is, and cuts what is large at every depth", () => {
    const small = { a: [1, "two", null, true], b: { c: "d" } };
    expect(bounded(small, GLANCE)).toEqual(small);
    expect(bounded("x".repeat(200), GLANCE)).toBe(`${"x".repeat(120)}${CUT}`);
    expect(bounded([[[1]]], GLANCE)).toEqual([[CUT]]);
    const many = bounded(Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`k${index}`, index])), GLANCE);
    expect(Object.keys(typeof many === "object" && many !== null ? many : {})).toHaveLength(11);
  });
});
