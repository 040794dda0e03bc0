import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fieldValue, limitedValue } from "../../src/core/field-value.ts";
import type { Json } from "../../src/core/model/json.ts";
import type { FieldType } from "../../src/core/model/rulebook.ts";
import { on, rule, rulebook, world } from "./given.ts";

const zone = "America/New_York";
const value = (given: Json, type: FieldType): Json | undefined => {
  const read = fieldValue(given, type, zone);
  return "value" in read ? read.value : undefined;
};

describe("a value gets the type that its field declares", () => {
  test.each<[FieldType, Json, Json]>([
    ["string", 12, "12"],
    ["string", "  as it is ", "  as it is "],
    ["number", " 12.50 ", 12.5],
    ["number", "-1e3", -1000],
    ["integer", "12.0", 12],
    ["integer", "007", 7],
    ["boolean", "Yes", true],
    ["boolean", 0, false],
    ["list", "a; b;;c ", ["a", "b", "c"]],
    ["list", ["a", 1], ["a", "1"]],
    ["list", "", []],
    ["time", "2026-03-06T14:00:00+01:00", "2026-03-06T13:00:00Z"],
    ["time", "2026-03-06T14:00Z", "2026-03-06T14:00:00Z"],
    ["time", 1_772_800_000, "2026-03-06T12:26:40Z"],
    ["time", "1772800000000", "2026-03-06T12:26:40Z"],
    // Without an offset: where the workspace is, whatever season it is there.
    ["time", "2026-03-06", "2026-03-06T05:00:00Z"],
    ["time", "2026-07-06 14:00", "2026-07-06T18:00:00Z"],
    // In the gap of a clock change it moves later; of one that comes twice it is the first.
    ["time", "2026-03-08T02:30:00", "2026-03-08T07:30:00Z"],
    ["time", "2026-11-01 01:30", "2026-11-01T05:30:00Z"],
  ])("%s from %j is %j", (type, given, read) => {
    expect(value(given, type)).toEqual(read);
  });

  test.each<[FieldType, Json]>([
    ["string", ["a"]],
    ["number", "1,200"],
    ["number", "twelve"],
    ["number", ""],
    ["number", "0x10"],
    ["number", "Infinity"],
    ["integer", 12.5],
    ["integer", "12345678901234567890"],
    ["boolean", "maybe"],
    ["boolean", 2],
    ["list", [["a"]]],
    ["list", 12],
    // Of two readings none is taken.
    ["time", "03/04/2026"],
    ["time", "2026-02-30"],
    ["time", "2026-3-6"],
    ["time", "45992"],
    ["time", 45992],
    ["time", "20260306"],
    ["time", "next week"],
    ["time", "9999999999999999"],
    ["time", true],
  ])("%s is not made of %j", (type, given) => {
    expect(fieldValue(given, type, zone)).toHaveProperty("expected");
  });

  test("what was read once is read the same again", () => {
    const type = fc.constantFrom<FieldType>("string", "number", "integer", "boolean", "time", "list");
    const given = fc.oneof(
      fc.jsonValue(),
      fc.double().map(String),
      fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
      fc.constantFrom("2026-11-01 01:30", "2026-03-08T02:30:00", "a;b", "yes"),
    );
    fc.assert(
      fc.property(given, type, (raw, declared) => {
        const once = value(raw as Json, declared);
        if (once !== undefined) expect(value(once, declared)).toEqual(once);
      }),
    );
  });

  test("a field may be limited to values", () => {
    const plan = { type: "string", values: ["free", "pro"] } as const;
    expect(limitedValue("pro", plan, zone)).toEqual({ value: "pro" });
    expect(limitedValue("gold", plan, zone)).toEqual({ expected: "one of free, pro" });
  });
});

describe("attributes that an event says of a contact", () => {
  const fields = new Map([
    ["age", { type: "integer", values: null }],
    ["since", { type: "time", values: null }],
  ] as const);

  test("have their types for the rules it starts, and what cannot be read is left as it was and told", () => {
    const seen: Json[] = [];
    const delay = { min: { count: 1, unit: "h" }, max: { count: 1, unit: "h" } } as const;
    const started = rule({
      id: "r",
      delay,
      trigger: { match: on("contact.updated"), maxAge: { count: 24, unit: "h" } },
    });
    const w = world(rulebook([started], { fields, timeZone: zone }));
    w.event({ event_type: "contact.identified", data: { traits: { age: "41", since: "2026-03-06", note: "12" } } });
    w.event({ event_type: "contact.updated", data: { traits: { age: "old", time_zone: "Mars/One", note: null } } });
    seen.push(...Object.values(w.contact().enrollments).map(({ trigger }) => trigger.data["traits"] ?? null));
    expect(w.contact().attributes).toEqual({ age: 41, since: "2026-03-06T05:00:00Z", note: null });
    expect(seen).toEqual([{ note: null }]);
    expect(w.records.find(({ kind }) => kind === "identity")?.detail).toEqual({ values_refused: ["age", "time_zone"] });
  });
});
