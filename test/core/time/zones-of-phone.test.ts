import { expect, test } from "vitest";
import { isTimeZone } from "../../../src/core/time/instant.ts";
import { PHONE_PREFIXES } from "../../../src/core/time/phone-zones/phone-prefixes.ts";
import { zonesOfPhone } from "../../../src/core/time/phone-zones/zones-of-phone.ts";

test.each([
  ["Washington", "+12025550143", ["America/New_York"]],
  ["Honolulu", "+18085550143", ["Pacific/Honolulu"]],
  ["Phoenix, without clock changes", "+16025550143", ["America/Phoenix"]],
  ["Toronto", "+14165550143", ["America/Toronto"]],
  ["Puerto Rico", "+17875550143", ["America/Puerto_Rico"]],
  ["a German mobile", "+4915112345678", ["Europe/Berlin"]],
  ["Nepal", "+97714123456", ["Asia/Katmandu"]],
  ["Sydney", "+61291234567", ["Australia/Sydney"]],
])("%s", (_where, phone, zones) => {
  expect(zonesOfPhone(phone)).toEqual(zones);
});

test("an area code may lie in two zones, and a number may say no more than its country", () => {
  expect(zonesOfPhone("+12085550143")).toEqual(["America/Boise", "America/Los_Angeles"]);
  expect(zonesOfPhone("+61500123456")).toContain("Australia/Perth");
  expect(zonesOfPhone("+61500123456")).toContain("Australia/Sydney");
});

test.each(["+18005550143", "+10005550143", "+999123456789", "", "+", "+01291234567", "++61291234567", "x61291234567"])(
  "%j is of no place we know",
  (phone) => {
    expect(zonesOfPhone(phone)).toEqual([]);
  },
);

test("the table names only zones that the time zone data knows, and each prefix once", () => {
  const zones = new Set(Object.keys(PHONE_PREFIXES).flatMap((names) => names.split(" ")));
  expect([...zones].filter((zone) => !isTimeZone(zone))).toEqual([]);
  const prefixes = Object.values(PHONE_PREFIXES).flatMap((list) => list.split(" "));
  expect(new Set(prefixes).size).toBe(prefixes.length);
  expect(prefixes.every((prefix) => /^[1-9]\d{0,8}$/.test(prefix))).toBe(true);
});
