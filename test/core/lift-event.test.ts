import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../src/core/model/json.ts";
import { liftEvent, type Lifters } from "../../src/core/model/lift-event.ts";

const current = {
  schema_version: 1,
  event_id: "e1",
  event_type: "order.placed",
  occurred_at: "2026-03-06T14:00:00Z",
  received_at: "2026-03-06T14:00:00Z",
  provider: "api",
  data: {},
};

/** A version that never was: its events had a name, and their time in seconds. */
const invented: Lifters = new Map([
  [
    0,
    ({ name = null, at, ...rest }: JsonObject) => {
      const time = new Date(Number(at) * 1_000).toISOString();
      return { ...rest, event_type: name, occurred_at: time, received_at: time };
    },
  ],
]);
const old = { schema_version: 0, event_id: "e1", name: "order.placed", at: 1_772_805_600, provider: "api", data: {} };

describe("a stored event", () => {
  it("of today is read as it is", () => {
    const lifted = liftEvent(current);
    expect(lifted).toEqual({ kind: "event", event: current });
    expect(lifted.kind === "event" && lifted.event).toBe(current);
  });

  it("of an older version is lifted to today's, the same every time", () => {
    const lifted = {
      kind: "event",
      event: { ...current, occurred_at: "2026-03-06T14:00:00.000Z", received_at: "2026-03-06T14:00:00.000Z" },
    };
    expect(liftEvent(old, invented)).toEqual(lifted);
    expect(liftEvent(old, invented)).toEqual(lifted);
    expect(old.schema_version).toBe(0);
  });

  it("of an older version that nobody lifts any more is not guessed at", () => {
    expect(liftEvent(old)).toEqual({
      kind: "other version",
      why: "an event of version 0, which this Heed reads no more",
    });
  });

  it("of a newer version is not guessed at, even when it looks whole", () => {
    expect(liftEvent({ ...current, schema_version: 2 }, invented)).toEqual({
      kind: "other version",
      why: "an event of version 2, which a newer Heed wrote: this one reads up to 1",
    });
  });

  it.each([
    ["nothing", null],
    ["a list", [current]],
    ["a text", "order.placed"],
    ["no version", { ...current, schema_version: undefined }],
    ["a version that is none", { ...current, schema_version: "1" }],
    ["half a version", { ...current, schema_version: 0.5 }],
    ["no id", { ...current, event_id: 5 }],
    ["no data", { ...current, data: undefined }],
  ])("that is %s is no event", (_, stored) => {
    expect(liftEvent(stored, invented)).toEqual({ kind: "no event" });
  });

  it("that its lifter cannot make whole is no event", () => {
    expect(liftEvent({ ...old, name: null }, invented)).toEqual({ kind: "no event" });
  });
});
