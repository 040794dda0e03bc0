import { describe, expect, it } from "vitest";
import type { SourceFigures } from "../../src/ledger/sources.ts";
import { quietDoors } from "../../src/runtime/quiet-doors.ts";

const HOUR = 3_600_000;
const now = Date.parse("2026-03-06T19:30:00Z");

/** Spoke last so many hours ago, and before that in the hours of a week that are `busy`, counted back from then. */
function source(silentHours: number, busy: (hour: number) => boolean, weekHours = 168): SourceFigures {
  const lastAt = now - silentHours * HOUR;
  const last = Math.floor(lastAt / HOUR);
  const back = Array.from({ length: weekHours }, (_, index) => index).filter((hour) => hour === 0 || busy(hour));
  return { events: 1, duplicates: 0, lastAt, hours: Object.fromEntries(back.map((hour) => [last - hour, 3])) };
}

const quiet = (figures: SourceFigures, name = "twilio") =>
  quietDoors({ bySource: { [name]: figures } }, now).map(({ usualHours }) => usualHours);
const always = () => true;

describe("a door is quiet", () => {
  it("after three hours when it spoke each hour", () => {
    expect(quiet(source(3, always))).toEqual([]);
    expect(quiet(source(3.1, always))).toEqual([1]);
  });

  it("after twice its longest rest, when it rests at night", () => {
    const shop = (hour: number) => hour % 24 < 12;
    expect(quiet(source(14, shop))).toEqual([]);
    expect(quiet(source(26, shop))).toEqual([]);
    expect(quiet(source(26.1, shop))).toEqual([13]);
  });

  it("never when it has no habit yet, or speaks for Heed or for many", () => {
    expect(quiet(source(100, always, 48))).toEqual([]);
    expect(quiet(source(100, always, 49))).toEqual([1]);
    expect(quiet(source(1_000, (hour) => hour % 24 === 0))).toEqual([]);
    expect(quiet(source(100, always), "heed")).toEqual([]);
    expect(quiet(source(100, always), "others")).toEqual([]);
  });
});
