import { describe, expect, test } from "vitest";
import { isReversed, parseMoment, parseWindow, resolveMoment, resolveWindow } from "../../src/rulebook/moment.ts";

/** A Friday, two days before New York's clocks go forward. */
const start = Date.parse("2026-03-06T14:00:00-05:00");
const newYork = "America/New_York";

function momentAt(text: string, zone = newYork): string {
  const moment = parseMoment(text);
  if (moment === null) throw new Error(`no moment: ${text}`);
  return new Date(resolveMoment(moment, start, zone)).toISOString();
}

function windowAt(text: string): readonly string[] {
  const window = parseWindow(text);
  if (window === null) throw new Error(`no window: ${text}`);
  const { from, to } = resolveWindow(window, start, newYork);
  return [new Date(from).toISOString(), new Date(to).toISOString()];
}

describe("a moment", () => {
  test.each([
    ["0s", "2026-03-06T19:00:00.000Z"],
    ["15m", "2026-03-06T19:15:00.000Z"],
    ["48h", "2026-03-08T19:00:00.000Z"],
    // Sunday has 23 hours, so that two o'clock on Monday is 71 hours away.
    ["3d", "2026-03-09T18:00:00.000Z"],
    ["3d 15m", "2026-03-09T18:15:00.000Z"],
    ["15m3d", "2026-03-09T18:15:00.000Z"],
    ["next 14:00", "2026-03-07T19:00:00.000Z"],
    ["next 14:01", "2026-03-06T19:01:00.000Z"],
    ["next mon 09:15", "2026-03-09T13:15:00.000Z"],
    ["next fri 13:59", "2026-03-13T17:59:00.000Z"],
    ["next fri 14:01", "2026-03-06T19:01:00.000Z"],
  ])("%s counts from the start on the contact's clock", (text, wanted) => {
    expect(momentAt(text)).toBe(wanted);
  });

  test("is another one in another zone", () => {
    expect(momentAt("next 09:15", "Asia/Tokyo")).toBe("2026-03-07T00:15:00.000Z");
    expect(momentAt("3d", "Asia/Tokyo")).toBe("2026-03-09T19:00:00.000Z");
  });

  test("in the hour that the clocks skip is an hour later", () => {
    expect(momentAt("next sun 02:30")).toBe("2026-03-08T07:30:00.000Z");
  });

  test.each([
    "",
    "15",
    "m",
    "15m..",
    "1.5h",
    "next 9:15",
    "next 25:00",
    "next foo 09:15",
    "next",
    "-5m",
    "15m 18",
    "15m  3d",
  ])("is not what %j says", (text) => {
    expect(parseMoment(text)).toBeNull();
  });
});

describe("a window", () => {
  test.each([
    ["15m", "2026-03-06T19:15:00.000Z", "2026-03-06T19:15:00.000Z"],
    ["15m..18m", "2026-03-06T19:15:00.000Z", "2026-03-06T19:18:00.000Z"],
    ["next 09:15..09:20", "2026-03-07T14:15:00.000Z", "2026-03-07T14:20:00.000Z"],
    ["next sat 23:50..00:10", "2026-03-08T04:50:00.000Z", "2026-03-08T05:10:00.000Z"],
  ])("%s has both ends in it", (text, from, to) => {
    expect(windowAt(text)).toEqual([from, to]);
  });

  test.each(["15m..", "..15m", "15m..18m..20m", "15m..09:20", "next 09:15..18m", "next 09:15..next 09:20"])(
    "is not what %j says",
    (text) => {
      expect(parseWindow(text)).toBeNull();
    },
  );

  test("is reversed when its end is before its beginning, but for a night", () => {
    const reversed = [
      "18m..15m",
      "1h..59m",
      "1d..23h",
      "15m..18m",
      "15m..15m",
      "next 09:15..09:10",
      "next 23:50..00:10",
      "next 18:00..09:00",
      "next 09:15..09:15",
    ].filter((text) => {
      const window = parseWindow(text);
      return window !== null && isReversed(window);
    });
    expect(reversed).toEqual(["18m..15m", "1h..59m", "1d..23h", "next 09:15..09:10"]);
  });
});
