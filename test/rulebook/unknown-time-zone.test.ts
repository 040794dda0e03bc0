import { expect, test } from "vitest";
import { isTimeZone } from "../../src/core/time/instant.ts";
import { checkWorkspace } from "../../src/rulebook/check-workspace.ts";
import { heedYaml, inMemory } from "./in-memory.ts";

const problemsOf = (zone: string) => {
  const heed = heedYaml.replace(/^time_zone: .*$/m, `time_zone: ${zone}`);
  const { problems } = checkWorkspace(inMemory({ "heed.yaml": heed }), null);
  return problems.filter(({ code }) => code === "HEED208").map(({ message }) => message);
};

test("each zone that the runtime lists is one for all who reckon with it", () => {
  expect(Intl.supportedValuesOf("timeZone").filter((zone) => !isTimeZone(zone))).toEqual([]);
});

test("a zone is known by each of its names", () => {
  expect(["America/New_York", "US/Eastern", "Asia/Calcutta", "Asia/Kolkata", "UTC"].flatMap(problemsOf)).toEqual([]);
  expect(problemsOf("America/New_Yorc")).toEqual(["`America/New_Yorc` is not a time zone"]);
});
