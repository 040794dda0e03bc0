import type { Clock } from "../core/model/clock.ts";
import { formatInstant } from "../core/time/instant.ts";
import { houseFigures, ruleFigures } from "../ledger/figures-documents.ts";
import { noFigures, type RuleFigures } from "../ledger/figures.ts";
import { judgeForecast, sayOutcome } from "../ledger/forecast.ts";
import type { Log } from "../observe/log.ts";
import type { Store } from "../store/store.ts";
import { againAndAgain, type Repeating } from "./again-and-again.ts";
import type { Alert } from "./alert-book.ts";
import type { Alerts } from "./alerts.ts";
import { standingForecast } from "./forecasts.ts";
import { changeHouse } from "./house-documents.ts";
import type { Pauses } from "./pauses.ts";
import { quietDoors } from "./quiet-doors.ts";
import { readLetter } from "./read-letter.ts";

export interface TroubleParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly alerts: Alerts;
  readonly pauses: Pick<Pauses, "list">;
  /** Channels whose provider refuses our credentials, as this process knows. */
  readonly stoppedChannels: () => readonly string[];
  /** Whether this process is the one that looks at what all share. */
  readonly isFirst: () => boolean;
  /** Whether anybody is to be told. */
  readonly isWanted: () => boolean;
  /** For what else is to be looked at as often. */
  readonly onLook: () => Promise<void>;
}

const LOOK_MS = 10_000;
/** Doors and clocks change slowly. */
const SLOW_LOOK_MS = 300_000;
const LETTERS_AT_ONCE = 200;
/** A clock that is further off makes messages early or late. */
const MOST_SKEW_MS = 5_000;

/** Looks for what people should know of, and tells them. */
export function watchTrouble(parts: TroubleParts): Repeating {
  const { clock, log } = parts;
  const jumps = watchJumps(clock);
  let slowAt: number | null = null;
  return againAndAgain({
    clock,
    log,
    everyMs: LOOK_MS,
    whenFailing: "trouble cannot be looked for or told of for now",
    async look() {
      const jumped = jumps();
      const isSlow = slowAt === null || clock.monotonic() - slowAt >= SLOW_LOOK_MS;
      if (isSlow) slowAt = clock.monotonic();
      await parts.onLook();
      if (parts.isWanted()) await lookAndTell(parts, jumped, isSlow);
    },
  });
}

async function lookAndTell(parts: TroubleParts, jumped: readonly Alert[], isSlow: boolean): Promise<void> {
  const { alerts } = parts;
  await alerts.raise([...jumped, ...stoppedLanes(parts), ...(isSlow ? await skew(parts) : [])]);
  if (parts.isFirst()) await lookAtShared(parts, isSlow);
  await alerts.tellDue();
}

async function lookAtShared(parts: TroubleParts, isSlow: boolean): Promise<void> {
  const { store, clock, alerts, pauses } = parts;
  await tellOfLetters(parts);
  await alerts.raise((await pauses.list()).filter(({ reason }) => reason === "self_paused").map(selfPaused));
  if (!isSlow) return;
  await alerts.raise(quietDoors(await houseFigures(store), clock.now()).map(quietDoor));
  await alerts.raise(await missedPlans(store, clock.now()));
}

/** Rules that say less than the plan of their release expects. One that says more has paused itself. */
async function missedPlans(store: Store, now: number): Promise<readonly Alert[]> {
  const forecast = await standingForecast(store);
  if (forecast === null) return [];
  const { rules } = forecast;
  const figures = new Map<string, RuleFigures>();
  for (const rule of new Set(rules.map((expected) => expected.rule))) figures.set(rule, await ruleFigures(store, rule));
  const outcomes = judgeForecast(forecast, (rule) => figures.get(rule) ?? noFigures, now);
  return outcomes
    .filter(({ verdict }) => verdict === "below")
    .map((outcome) => {
      const says = `the rule ${outcome.rule} says less than planned: ${sayOutcome(outcome, forecast, now)}`;
      return { kind: "plan_missed", about: outcome.rule, rule: outcome.rule, says, times: 0, repeats: false };
    });
}

/** What came onto the dead lane since the last look; of what lay there before the first one, nobody is told. */
async function tellOfLetters({ store, alerts, isFirst }: TroubleParts): Promise<void> {
  const known = await alerts.letters();
  let after = known ?? 0;
  while (isFirst()) {
    const page = await store.deadLetters({ after, limit: LETTERS_AT_ONCE });
    after = page.at(-1)?.place ?? after;
    const raised = known === null ? [] : counted(page.map((letter) => aboutLetter(readLetter(letter))));
    // The place and what was found before it in one commit: nothing is counted twice.
    await alerts.raise(raised, after);
    if (page.length < LETTERS_AT_ONCE) return;
  }
}

function counted(alerts: readonly Alert[]): readonly Alert[] {
  const sums = new Map<string, Alert>();
  for (const alert of alerts) {
    const key = `${alert.kind}/${alert.about}`;
    sums.set(key, { ...alert, times: (sums.get(key)?.times ?? 0) + alert.times });
  }
  return [...sums.values()];
}

const LETTERS = {
  message: "a message was not sent and lies among the dead letters",
  event: "an event could not be taken in or decided",
  handed: "what one contact had to tell another could not be decided",
  job: "a message could not be tried",
  "wake-up": "a contact could not be looked at when it was due",
  unreadable: "something came that Heed could not read",
} as const;

function aboutLetter(letter: ReturnType<typeof readLetter>): Alert {
  const base = { times: 1, repeats: false };
  const rule = letter.kind === "message" ? (letter.message.enrollment?.rule ?? null) : null;
  if (letter.kind === "message" && letter.message.reason === "provider.failed") {
    const says =
      rule === null
        ? "a message was given up after all its tries"
        : `a message of the rule ${rule} was given up after all its tries`;
    return { kind: "retries_exhausted", about: rule ?? "unknown", rule, says, ...base };
  }
  if (letter.kind === "message" && letter.message.reason === "provider.unknown") {
    const says = `nobody knows whether a message${rule === null ? "" : ` of the rule ${rule}`} was sent: it is parked until somebody decides`;
    return { kind: "dead_letters", about: rule ?? "parked", rule, says, ...base };
  }
  return { kind: "dead_letters", about: rule ?? letter.kind, rule, says: LETTERS[letter.kind], ...base };
}

function stoppedLanes({ stoppedChannels }: TroubleParts): readonly Alert[] {
  return stoppedChannels().map((channel) => ({
    kind: "lane_stopped",
    about: channel,
    rule: null,
    says: `the provider of the channel ${channel} refuses our credentials or account, and its messages wait`,
    times: 0,
    repeats: true,
  }));
}

function selfPaused({ target, note, since }: { target: string; note: string; since: number }): Alert {
  const rule = target.replace(/^rule:/, "");
  const says = `the rule ${rule} has paused itself at ${formatInstant(since)}: ${note}`;
  return { kind: "self_paused", about: rule, rule, says, times: 0, repeats: false };
}

function quietDoor({ source, lastAt, usualHours }: ReturnType<typeof quietDoors>[number]): Alert {
  const usual =
    usualHours <= 1
      ? "it brought some each hour"
      : `it was never silent for more than ${usualHours} hours in the week before`;
  const says = `no event came from ${source} since ${formatInstant(lastAt)}, and ${usual}`;
  return { kind: "door_quiet", about: source, rule: null, says, times: 0, repeats: false };
}

/** Wall time that runs away from monotonic time between two looks was set. */
function watchJumps(clock: Clock): () => readonly Alert[] {
  let known = { wall: clock.now(), steady: clock.monotonic() };
  return () => {
    const next = { wall: clock.now(), steady: clock.monotonic() };
    const ms = next.wall - known.wall - (next.steady - known.steady);
    known = next;
    if (Math.abs(ms) <= MOST_SKEW_MS) return [];
    const says = `the clock of a machine was set ${ms > 0 ? "forward" : "back"} by ${seconds(ms)}`;
    return [{ kind: "clock_skew", about: "machine", rule: null, says, times: 1, repeats: false }];
  };
}

/** How far the store's clock is from ours: it says when it wrote. */
async function skew({ store, clock }: TroubleParts): Promise<readonly Alert[]> {
  if (!store.traits.shared) return [];
  const from = clock.now();
  await changeHouse(store, "heed:clock", () => ({ write: { at: from }, result: null }));
  const to = clock.now();
  const doc = await store.load("heed:clock", "latest");
  // Another process may have written it since: it says too much then, and the next look tells.
  if (doc === null) return [];
  const ms = doc.writtenAt < from ? doc.writtenAt - from : Math.max(0, doc.writtenAt - to);
  if (Math.abs(ms) <= MOST_SKEW_MS) return [];
  const says = `the clock of a machine is ${seconds(ms)} ${ms > 0 ? "behind" : "ahead of"} the store's`;
  return [{ kind: "clock_skew", about: "store", rule: null, says, times: 0, repeats: true }];
}

function seconds(ms: number): string {
  return `${Math.round(Math.abs(ms) / 1_000)} seconds`;
}
