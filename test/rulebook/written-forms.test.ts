import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { writtenForms } from "../../src/rulebook/written-forms.ts";

function meant(title: string, written: string): string | null {
  const form = writtenForms.get(title);
  if (form === undefined) throw new Error(`there is no form ${title}`);
  return form.meant(written);
}

describe("a duration that is meant by", () => {
  test.each([
    ["15 minutes", "15m"],
    ["15 min", "15m"],
    ["90 Seconds", "90s"],
    ["day", "1d"],
    ["a day", "1d"],
    ["an hour", "1h"],
    ["one week", "1w"],
    ["daily", "1d"],
    ["1.5h", "90m"],
    ["0.5d", "12h"],
    ["1h30m", "90m"],
    ["1 hour and 30 minutes", "90m"],
    ["2 days, 12 hours", "60h"],
    ["PT15M", "15m"],
    ["P2D", "2d"],
    ["P1DT12H", "36h"],
    ["3mo", "90d"],
    ["2 months", "60d"],
    ["1y", "365d"],
    ["24 hours", "24h"],
    ["60 seconds", "60s"],
    [" 5M ", "5m"],
  ])("%s is %s", (written, expected) => {
    expect(meant("duration", written)).toBe(expected);
  });

  test.each([
    "never",
    "",
    "0m",
    "0 days",
    "-5m",
    "m",
    "soon",
    "5 apples",
    "15",
    "1.5",
    "9999999d",
    "500ms",
    "15m later",
    "p",
    "pt",
  ])("%j is nobody's guess", (written) => {
    expect(meant("duration", written)).toBeNull();
  });

  test("a time-out may be shorter than a second, and no longer than minutes", () => {
    expect(meant("time-out", "2 seconds")).toBe("2s");
    expect(meant("time-out", "0.5s")).toBe("500ms");
    expect(meant("time-out", "1h")).toBe("60m");
    expect(meant("time-out", "quickly")).toBeNull();
  });
});

describe("a share that is meant by", () => {
  test.each([
    ["10", "10%"],
    ["0.1", "10%"],
    ["0.005", "0.5%"],
    ["12.5", "12.5%"],
    ["10 %", "10%"],
    ["10 percent", "10%"],
    ["0.5 pct", "0.5%"],
    ["100", "100%"],
  ])("%s is %s", (written, expected) => {
    expect(meant("share", written)).toBe(expected);
  });

  test.each(["1", "0", "150%", "0%", "-5", "ten percent", "", "0.00001", "half"])("%j is nobody's guess", (written) => {
    expect(meant("share", written)).toBeNull();
  });
});

describe("a time of day that is meant by", () => {
  test.each([
    ["9", '"09:00"'],
    ["9:15", '"09:15"'],
    ["9.15", '"09:15"'],
    ["17h30", '"17:30"'],
    ["17h", '"17:00"'],
    ["09:15:00", '"09:15"'],
    ["5pm", '"17:00"'],
    ["5 PM", '"17:00"'],
    ["12am", '"00:00"'],
    ["12:30 p.m.", '"12:30"'],
  ])("%s is %s", (written, expected) => {
    expect(meant("time of day", written)).toBe(expected);
  });

  test.each(["24:00", "9:60", "13pm", "0am", "noon", "", "25", "9:1", "09:15:30"])(
    "%j is nobody's guess",
    (written) => {
      expect(meant("time of day", written)).toBeNull();
    },
  );
});

describe("an amount of money that is meant by", () => {
  test.each([
    ["$50", "50 USD"],
    ["50$", "50 USD"],
    ["€ 0.04", "0.04 EUR"],
    ["50.00 usd", "50.00 USD"],
    ["USD 50", "50 USD"],
    ["1,000 EUR", "1000 EUR"],
    ["50EUR", "50 EUR"],
  ])("%s is %s", (written, expected) => {
    expect(meant("amount of money", written)).toBe(expected);
  });

  test.each(["50", "fifty dollars", "", "$50 USD", "50 dollars", "1,00 EUR", "-5 USD"])(
    "%j is nobody's guess",
    (written) => {
      expect(meant("amount of money", written)).toBeNull();
    },
  );
});

/** The patterns of the schemas, by the form they are for. */
const definitions: Readonly<Record<string, { readonly pattern: string }>> = JSON.parse(
  readFileSync(new URL("../../schemas/workspace.schema.json", import.meta.url), "utf8"),
).definitions;

test.each([
  ["duration", "duration"],
  ["share", "share"],
  ["time of day", "localTime"],
  ["amount of money", "money"],
])("whatever is written, what %s is meant has the form that the schema wants", (title, definition) => {
  const pattern = new RegExp(definitions[definition]?.pattern ?? "nothing", "u");
  const piece = fc.constantFrom(
    "1",
    "9",
    "15",
    "30",
    "0",
    ".",
    ":",
    " ",
    "h",
    "m",
    "d",
    "mo",
    "pm",
    "%",
    "$",
    "USD",
    "eur",
    ",",
    "and",
    "pt",
    "week",
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 7 }), (pieces) => {
      const found = meant(title, pieces.join(""));
      if (found !== null) expect(found.replaceAll('"', "")).toMatch(pattern);
    }),
    { numRuns: 3_000 },
  );
});
