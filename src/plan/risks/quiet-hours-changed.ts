import type { Channel, QuietHours } from "../../core/model/rulebook.ts";
import {
  type Evidence,
  type Finding,
  inRule,
  inWorkspace,
  pairsOf,
  type RiskCheck,
  workspacesOf,
} from "./risk-check.ts";

export const quietHoursChanged: RiskCheck = {
  code: "PLN103",
  page: {
    what: "The hours in which nothing is sent changed: quiet hours of a channel, the window of a rule, or the time zone that both have for a contact whose own is not known.",
    why: "Some countries have laws about hours. Wider quiet hours hold back what then goes out all at once when they end.",
    todo: "Read the new hours in the contact's own zone, and look at the busiest minute of the plan.",
    example: {
      in: "rule",
      before: 'window: { days: [mon, tue, wed, thu, fri], from: "09:15", to: "17:00", zone: contact }',
      after: 'window: { days: [mon, tue, wed, thu, fri, sat, sun], from: "09:15", to: "21:00", zone: contact }',
    },
  },
  find: (evidence) => [...zone(evidence), ...channels(evidence), ...windows(evidence)],
};

/** The clock of whoever has no zone of their own, by field or phone number: everybody whom only an email address is known of. */
function zone(evidence: Evidence): readonly Finding[] {
  const { before, after } = workspacesOf(evidence);
  if (before.timeZone === after.timeZone) return [];
  const message = `contacts whose zone is not known live by the clock of ${after.timeZone}, and lived by that of ${before.timeZone}: quiet hours, windows and times of day move with it`;
  return [inWorkspace(evidence, ["time_zone"], message)];
}

function channels(evidence: Evidence): readonly Finding[] {
  const { before, after } = workspacesOf(evidence);
  return [...before.channels.values()].flatMap((was: Channel) => {
    const is = after.channels.get(was.name);
    if (is === undefined || hours(was.quietHours) === hours(is.quietHours)) return [];
    const message = `marketing by ${was.name} is quiet ${hours(is.quietHours)}, and was quiet ${hours(was.quietHours)}`;
    return [inWorkspace(evidence, [`channels.${was.name}.quiet_hours`, `channels.${was.name}`], message)];
  });
}

function windows(evidence: Evidence): readonly Finding[] {
  return pairsOf(evidence).flatMap((pair) => {
    const { before, after, rule } = pair;
    if (JSON.stringify(before.window) === JSON.stringify(after.window)) return [];
    const say = ({ window }: typeof before): string =>
      window === null ? "at any time" : `${window.days.join(", ")} ${between(window)} (${window.zone})`;
    return [inRule(pair, ["window"], `${rule} speaks ${say(after)}, and spoke ${say(before)}`)];
  });
}

function hours(quiet: QuietHours | null): string {
  return quiet === null ? "at no time" : between(quiet);
}

function between({ from, to }: QuietHours): string {
  return `from ${clock(from)} to ${clock(to)}`;
}

function clock(minutes: number): string {
  const two = (value: number): string => String(value).padStart(2, "0");
  return `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}
