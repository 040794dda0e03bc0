import { describe, expect, test } from "vitest";
import type { LedgerRecord } from "../../src/core/model/decision.ts";
import { traceOf } from "../../src/cli/trace-hops.ts";
import { everything, type Story } from "../../src/simulate/explain/story.ts";

/** Where the chain ends outside of us: what only a vendor could tell. */

const then = Date.parse("2026-03-06T15:00:00Z");
const HOUR = 3_600_000;

function story(...records: readonly Partial<LedgerRecord>[]): Story {
  const lines = records.map((record) => {
    const whole: LedgerRecord = {
      at: then,
      kind: "message",
      rulebook: "r",
      rule: "trial",
      enrollment: "run",
      ...record,
    };
    return { key: "id:ana", record: whole };
  });
  return {
    key: "id:ana",
    keys: ["id:ana"],
    asked: null,
    name: "Ana",
    zones: { zone: "UTC", all: ["UTC"], source: "workspace" } as never,
    lines,
    missed: [],
    standing: [],
    teamChannels: new Set(),
    erased: null,
    unheard: null,
    starts: new Map(),
    notes: [],
  };
}

const filter = { ...everything, message: "m1" };
const sent = { intent: "m1", reason: "sent", detail: { channel: "sms", provider: "twilio", attempt: 1 } } as const;
const report = (type: string): Partial<LedgerRecord> => ({
  kind: "event",
  event: `e-${type}`,
  detail: { type, provider: "twilio", of: { intent: "m1", rule: "trial", channel: "sms", first: true } },
});
const causes = (now: number, ...records: readonly Partial<LedgerRecord>[]) =>
  traceOf(story(...records), filter, now).cause.join("\n");

describe("where a message's way ends", () => {
  test("just sent: patience; long ago and no report: the webhook", () => {
    expect(causes(then + 60_000, sent)).toContain("m1: was handed to its provider; reports come within minutes");
    expect(causes(then + 2 * HOUR, sent)).toContain("m1: was handed to twilio, which has reported nothing since");
  });

  test("delivered: nothing is left to say; undelivered: the vendor's word", () => {
    expect(causes(then + 2 * HOUR, sent, report("sms.delivered"))).not.toContain("m1:");
    expect(causes(then + 2 * HOUR, sent, report("sms.undelivered"))).toContain(
      "m1: its provider could not deliver it (sms.undelivered)",
    );
    const { hops } = traceOf(story(sent, report("sms.delivered")), filter, then);
    expect(hops.map(({ name }) => name)).toEqual(["contact", "messages", "reports"]);
  });

  test("refused by a gate: its reason, and where to read on", () => {
    const refused = { ...sent, reason: "consent.missing" } as const;
    expect(causes(then, refused)).toMatch(/m1: .+ \(heed codes consent\.missing says what to do\)/);
  });
});
