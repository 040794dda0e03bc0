import { parseDuration } from "../conditions/parse-duration.ts";
import type { Clock } from "../core/model/clock.ts";
import { nominalMs } from "../core/time/duration.ts";
import { parseInstant } from "../core/time/instant.ts";
import { BadSetting } from "./run-settings.ts";

/** Epoch milliseconds of what a person wrote behind a flag: `2h` ago, or a moment. Throws `BadSetting`. */
export function momentOf(flag: string, text: string, clock: Clock): number {
  const length = parseDuration(text);
  const moment = length === null ? parseInstant(text) : clock.now() - nominalMs(length);
  if (moment !== null) return moment;
  throw new BadSetting(
    `${flag} takes 2h for example, or a moment such as 2026-03-06T16:00:00Z, not "${text.slice(0, 40)}"`,
  );
}
