import { expect, test } from "vitest";
import { longestWait } from "../../../src/core/time/look-again.ts";

const MINUTE = 60_000;

test("who resumes is told how long what waited may still wait", () => {
  const after = (ms: number): string => longestWait(ms, 0);
  expect([0, 2 * MINUTE, 10 * MINUTE, 35 * MINUTE, 600 * MINUTE].map(after)).toEqual([
    "30 seconds",
    "30 seconds",
    "60 seconds",
    "4 minutes",
    "10 minutes",
  ]);
});
