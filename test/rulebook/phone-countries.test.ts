import { getCountries } from "libphonenumber-js";
import { expect, test } from "vitest";
import { phoneCountries } from "../../src/rulebook/phone-countries.ts";

test("the countries with phone numbers are those of the library that reads the numbers", () => {
  expect([...phoneCountries].toSorted()).toEqual(getCountries().toSorted());
});
