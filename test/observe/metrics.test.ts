import { describe, expect, it } from "vitest";
import type { LedgerRecord } from "../../src/core/model/decision.ts";
import { createMetrics, type Metrics } from "../../src/observe/metrics.ts";

async function valueOf(metrics: Metrics, line: string): Promise<number | null> {
  const found = (await metrics.registry.metrics()).split("\n").find((each) => each.startsWith(`${line} `));
  return found === undefined ? null : Number(found.slice(line.length + 1));
}

const line = (reason: LedgerRecord["reason"], detail: LedgerRecord["detail"] = {}): LedgerRecord => ({
  at: 1,
  kind: "message",
  rulebook: "x",
  ...(reason !== undefined && { reason }),
  detail: { channel: "sms", ...detail },
});

describe("lanes", () => {
  it("are measured with how much waits, and for how long at the most", async () => {
    const metrics = createMetrics();
    let [now, waiting] = [100_000, 0];
    metrics.watchLanes(
      async () => ({ events: waiting, due: 5, dead: 2 }),
      () => now,
    );
    const oldest = () => valueOf(metrics, 'heed_lane_oldest_seconds{lane="events"}');
    expect(await oldest()).toBe(0);
    [now, waiting] = [130_000, 7];
    expect(await oldest()).toBe(30);
    expect(await valueOf(metrics, 'heed_lane_waiting{lane="events"}')).toBe(7);
    metrics.taken("events", 125_000);
    expect(await oldest()).toBe(5);
    // What comes again is older than what waits behind it, and says nothing of that.
    metrics.taken("events", 50_000);
    expect(await oldest()).toBe(5);
    [now, waiting] = [200_000, 0];
    expect(await oldest()).toBe(0);
    expect(await valueOf(metrics, 'heed_lane_waiting{lane="dead"}')).toBe(2);
    expect(await valueOf(metrics, 'heed_lane_oldest_seconds{lane="due"}')).toBeNull();
  });

  it("are missing while the store is away, and everything else is there", async () => {
    const metrics = createMetrics();
    metrics.watchLanes(
      () => Promise.reject(new Error("away")),
      () => 0,
    );
    metrics.commitConflict();
    expect(await valueOf(metrics, "heed_commit_conflicts_total")).toBe(1);
    expect(await metrics.registry.metrics()).not.toContain("heed_lane_waiting{");
  });
});

it("tries are told apart by the account: again, given up, unknown and parked", async () => {
  const metrics = createMetrics();
  metrics.tried(line("provider.failed", { until: 5 }));
  metrics.tried(line("provider.failed", { until: 9 }));
  metrics.tried(line("provider.failed"));
  metrics.tried(line("provider.unknown"));
  metrics.tried(line("provider.unknown", { code: "parked" }));
  metrics.tried(line("sent"));
  expect(await valueOf(metrics, 'heed_retries_total{channel="sms"}')).toBe(2);
  expect(await valueOf(metrics, 'heed_given_up_total{channel="sms"}')).toBe(1);
  expect(await valueOf(metrics, 'heed_unknown_outcomes_total{channel="sms",state="asking"}')).toBe(1);
  expect(await valueOf(metrics, 'heed_unknown_outcomes_total{channel="sms",state="parked"}')).toBe(1);
});
