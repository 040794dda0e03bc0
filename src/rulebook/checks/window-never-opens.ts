import { DAY_MINUTES, formatLocalTime } from "../../core/time/local-time.ts";
import {
  type Closure,
  hoursAround,
  longestClosure,
  type WeeklyHours,
  windowNeverMeetsQuietHours,
  windowNeverOpens as neverOpens,
} from "../../core/time/weekly-window.ts";
import { type Check, problemAt } from "../check.ts";
import { compileWindow, minuteOf } from "../compile-parts.ts";
import { contactChannelsOf, type NamedChannel } from "../contact-channels.ts";
import type { ParsedFile, ParsedRule, ParsedWorkspace } from "../parsed-workspace.ts";
import type { Path, Problem } from "../problem.ts";
import type { Window } from "../rule-file.generated.ts";
import { lengthOf, stepTimes, type TimedStep } from "../step-times.ts";
import type { WorkspaceFile } from "../workspace-file.generated.ts";

/** A window in which nothing, or not all of what it is meant for, can ever be sent. */
export const windowNeverOpens = {
  id: "window-never-opens",
  pages: {
    HEED312: {
      what: "A window never opens, lies wholly within the quiet hours of the channel, or stays closed for longer than the rule's `expires`. Or it is open all night and closed at noon. Or quiet hours end when they begin, are the day instead of the night, or leave less than four hours.",
      why: "Messages wait for the next open moment. Where there is none they wait until they expire; where it comes after `expires`, those of Friday evening are never sent and nobody notices. With quiet hours the wrong way round, all marketing goes out at night.",
      example: {
        in: "rule",
        bad: 'window: { from: "09:00", to: "09:00" }\nguard:\n  contact.status: new',
        good: 'window: { from: "09:00", to: "17:00" }\nguard:\n  contact.status: new',
      },
      waivable: true,
    },
  },
  run,
} as const satisfies Check;

function run(parsed: ParsedWorkspace): readonly Problem[] {
  const { workspace } = parsed;
  return [...(workspace === null ? [] : oddQuietHours(workspace)), ...inRules(parsed)];
}

/** Quiet hours that cannot be meant: of no length, over the day in place of the night, or nearly all day long. */
function oddQuietHours({ document, file }: ParsedFile<WorkspaceFile>): readonly Problem[] {
  return Object.entries(file.channels).flatMap(([name, { quiet_hours: quiet }]) => {
    const odd = quiet === undefined ? null : oddity(quiet.from, quiet.to);
    if (odd === null) return [];
    const { at, ...said } = odd;
    return [problemAt(document, { code: "HEED312", path: ["channels", name, "quiet_hours", ...at], ...said })];
  });
}

interface Oddity extends Pick<Problem, "message" | "help"> {
  readonly severity?: "warning";
  readonly at: Path;
}

const [noon, deepNight] = [12 * 60, 3 * 60];
const longest = 20 * 60;

function lengthBetween(start: number, end: number): number {
  return (end - start + DAY_MINUTES) % DAY_MINUTES;
}

/** Whether these hours hold the depth of the night, and not noon. */
function isNight(from: string, to: string): boolean {
  const start = minuteOf(from);
  const length = lengthBetween(start, minuteOf(to));
  return lengthBetween(start, deepNight) < length && lengthBetween(start, noon) >= length;
}

function oddity(from: string, to: string): Oddity | null {
  const said = `quiet hours from ${from} to ${to}`;
  const [start, end] = [minuteOf(from), minuteOf(to)];
  if (start === end) {
    return {
      at: ["to"],
      message: `${said} are no time at all`,
      help: "write when they end; to stop a channel use heed pause",
    };
  }
  if (isNight(to, from)) {
    const message = `${said} are the day: marketing wakes people up between ${to} and ${from}`;
    return {
      severity: "warning",
      at: [],
      message,
      help: `if the night is meant, write { from: "${to}", to: "${from}" }`,
    };
  }
  if (lengthBetween(start, end) <= longest) return null;
  const message = `${said} leave only ${to} to ${from} for the marketing of a whole day`;
  return { severity: "warning", at: [], message, help: "write when the night begins and when it ends" };
}

function inRules({ workspace, rules }: ParsedWorkspace): readonly Problem[] {
  return rules.flatMap((rule) => {
    const { window } = rule.file;
    if (window === undefined) return [];
    const hours = compileWindow(window);
    if (neverOpens(hours)) return [noLength(rule, window)];
    if (workspace === null) return [];
    const sends = stepTimes(rule.file).flatMap((step): readonly WindowedSend[] => {
      const channels = contactChannelsOf(step.step, workspace.file);
      return channels.length === 0 ? [] : [{ ...step, channels }];
    });
    const problem =
      alwaysQuiet(rule, hours, sends, workspace) ?? closedTooLong(rule, hours, sends) ?? nightly(rule, window);
    return problem === null ? [] : [problem];
  });
}

interface WindowedSend extends TimedStep {
  readonly channels: readonly NamedChannel[];
}

function noLength({ document }: ParsedRule, { from }: Window): Problem {
  return problemAt(document, {
    code: "HEED312",
    path: ["window", "to"],
    message: `a window from ${from} to ${from} is never open`,
    help: 'write a later to:; for the whole day, from: "00:00" and to: "23:59"',
  });
}

/** A window over the night in place of the day. */
function nightly({ document }: ParsedRule, { from, to }: Window): Problem | null {
  if (!isNight(from, to)) return null;
  return problemAt(document, {
    code: "HEED312",
    severity: "warning",
    path: ["window"],
    message: `a window from ${from} to ${to} is open all night and closed at noon`,
    help: `if the day is meant, write from: "${to}", to: "${from}"`,
  });
}

/** A marketing message by channels that are all quiet whenever the window is open. */
function alwaysQuiet(
  rule: ParsedRule,
  hours: WeeklyHours,
  sends: readonly WindowedSend[],
  workspace: ParsedFile<WorkspaceFile>,
): Problem | null {
  if (!meetsQuietHours(rule)) return null;
  const isQuiet = ({ channel: { quiet_hours: quiet } }: NamedChannel): boolean =>
    quiet !== undefined && windowNeverMeetsQuietHours(hours, { from: minuteOf(quiet.from), to: minuteOf(quiet.to) });
  const silent = sends.find(({ channels }) => channels.every(isQuiet));
  const [first] = silent?.channels ?? [];
  const quiet = first?.channel.quiet_hours;
  if (first === undefined || quiet === undefined) return null;
  return problemAt(rule.document, {
    code: "HEED312",
    path: ["window"],
    message: `this window lies within the quiet hours of \`${first.name}\`, so its messages are never sent`,
    help: `open it at another time than ${quiet.from} to ${quiet.to}`,
    related: [
      {
        message: "marketing waits during these",
        file: workspace.document.source.name,
        range: workspace.document.rangeOf(["channels", first.name, "quiet_hours"], "value"),
      },
    ],
  });
}

/** Quiet hours are in the contact's zone and concern marketing; in another zone the two may meet anywhere. */
function meetsQuietHours({ file }: ParsedRule): boolean {
  return file.class === "marketing" && (file.window?.zone ?? "contact") === "contact";
}

const usualExpires = "30d";
const minute = 60_000;

/** A message that has expired when the window opens, if it becomes due at the wrong time of the week. */
function closedTooLong(rule: ParsedRule, hours: WeeklyHours, sends: readonly WindowedSend[]): Problem | null {
  const { document, file } = rule;
  const expires = file.expires ?? usualExpires;
  for (const { channels, soonest } of sends) {
    // Whatever opens at all opens within a week.
    if (soonest + lengthOf("7d") <= lengthOf(expires)) continue;
    // Which of several channels it will be nobody knows.
    const [only] = channels.length === 1 && meetsQuietHours(rule) ? channels : [];
    const quiet = only?.channel.quiet_hours;
    const around = quiet === undefined ? null : hoursAround({ from: minuteOf(quiet.from), to: minuteOf(quiet.to) });
    const closure = longestClosure(around === null ? [hours] : [hours, around]);
    // What comes after `expires` in any case is reported as such.
    if (closure === null || soonest >= lengthOf(expires)) continue;
    const needed = soonest + closure.minutes * minute;
    if (needed <= lengthOf(expires)) continue;
    return problemAt(document, {
      code: "HEED312",
      severity: "warning",
      path: file.expires === undefined ? ["window"] : ["expires"],
      message: `${describe(closure)}, so a message that becomes due then has expired after ${expires}`,
      help: `set expires: to ${Math.ceil(needed / lengthOf("1d"))}d or more`,
    });
  }
  return null;
}

function describe({ from, minutes }: Closure): string {
  const hours = Math.floor(minutes / 60);
  const length = minutes % 60 === 0 ? `${hours} hours` : `${hours} hours and ${minutes % 60} minutes`;
  return `the window stays closed for ${length}, from ${momentOfWeek(from)} to ${momentOfWeek(from + minutes)}`;
}

const dayNames = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"] as const;

function momentOfWeek(at: number): string {
  return `${dayNames[Math.floor(at / DAY_MINUTES) % 7] ?? ""} ${formatLocalTime(at % DAY_MINUTES)}`;
}
