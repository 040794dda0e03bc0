import type { Clock } from "../core/model/clock.ts";
import { formatInstant } from "../core/time/instant.ts";
import { ruleFigures } from "../ledger/figures-documents.ts";
import { noFigures, type RuleFigures } from "../ledger/figures.ts";
import {
  FORECAST,
  type ForecastOutcome,
  type ForecastVerdict,
  judgeForecast,
  lengthInWords,
  type StandingForecast,
} from "../ledger/forecast.ts";
import { printable, printableJson } from "../rulebook/report/printable.ts";
import { standingForecast } from "../runtime/forecasts.ts";
import { EXIT, type ExitCode } from "./exit-codes.ts";
import type { Output } from "./output.ts";
import { readStore } from "./read-store.ts";
import { BadSetting, type RunSettings } from "./run-settings.ts";

export interface ForecastFlags {
  readonly format?: string;
}

/** Holds what was sent since the newest deployment against its plan; also while a system runs. Throws `BadSetting`, and what a store throws. */
export async function forecast(
  settings: RunSettings,
  { format = "pretty" }: ForecastFlags,
  clock: Clock,
  io: Output,
): Promise<ExitCode> {
  if (format !== "pretty" && format !== "json") throw new BadSetting("--format: expected pretty or json");
  const store = await readStore(settings, clock);
  try {
    const standing = await standingForecast(store);
    if (standing === null) {
      io.err(
        "heed forecast: the newest release was made without a plan that expects something: heed plan --events … --out plan.json, then heed deploy --plan plan.json\n",
      );
      return EXIT.usage;
    }
    const known = new Map<string, RuleFigures>();
    for (const rule of new Set(standing.rules.map((expected) => expected.rule)))
      known.set(rule, await ruleFigures(store, rule));
    const now = clock.now();
    const outcomes = judgeForecast(standing, (rule) => known.get(rule) ?? noFigures, now);
    io.out(format === "json" ? asJson(standing, outcomes, now) : asTable(standing, outcomes, now));
    return outcomes.some(({ verdict }) => verdict === "above" || verdict === "below") ? EXIT.findings : EXIT.fine;
  } finally {
    await store.close();
  }
}

const WORDS: Readonly<Record<ForecastVerdict, string>> = {
  "too early": "too early to say",
  "too few": "too few to say",
  unknown: "the plan could not tell",
  within: "as planned",
  above: "MORE THAN PLANNED",
  below: "FEWER THAN PLANNED",
  over: "too long ago to say",
};

function asTable(standing: StandingForecast, outcomes: readonly ForecastOutcome[], now: number): string {
  const { release, at, plan } = standing;
  const head = ["rule", "channel", "sent", "expected", "no surprise", ""];
  const rows = outcomes.map(({ rule, channel, sent, expected, band, verdict }) => [
    printable(rule),
    printable(channel),
    String(sent),
    expected === null ? "?" : String(Math.round(expected)),
    band === null ? "?" : `${band.low}–${band.high}`,
    WORDS[verdict],
  ]);
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const lineOf = (row: readonly string[]): string =>
    row
      .map((cell, column) =>
        NUMBERS.has(column) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
      )
      .join("  ")
      .trimEnd();
  return [
    `release ${release} of ${formatInstant(at)}, ${lengthInWords(now - at)} ago, plan ${plan.slice(0, 12)}`,
    "",
    ...(rows.length === 0 ? ["the plan changes no rule that sends something"] : [head, ...rows].map(lineOf)),
    "",
    ...notesOn(outcomes, now - at),
    "",
  ].join("\n");
}

const NUMBERS = new Set([2, 3]);

function notesOn(outcomes: readonly ForecastOutcome[], elapsed: number): readonly string[] {
  const some = (verdict: ForecastVerdict): boolean => outcomes.some((outcome) => outcome.verdict === verdict);
  return [
    outcomes.some(({ week, perDay }) => week === null && perDay !== null)
      ? "The plan cannot tell the hours of the week, of which it played less than one: what is expected is spread evenly, and the band is wide enough for busy and quiet hours."
      : "What is expected is what the plan has in the same hours of the week.",
    ...(some("too early") ? [`Nothing is judged in the first ${FORECAST.earlyMs / 60_000} minutes.`] : []),
    ...(some("too few")
      ? [`Fewer than ${FORECAST.least} expected messages are moved by chance; far too many are told all the same.`]
      : []),
    ...(some("below")
      ? ["A rule that sends fewer is not paused: look whether its event still comes, and heed trace one."]
      : []),
    ...(some("above")
      ? ["A running system pauses such a rule by itself; heed resume lets it go on, with a reason."]
      : []),
    ...(elapsed > FORECAST.daysJudged * 86_400_000
      ? [`A plan is held against its first ${FORECAST.daysJudged} days.`]
      : []),
  ];
}

function asJson(standing: StandingForecast, outcomes: readonly ForecastOutcome[], now: number): string {
  const { release, at, plan } = standing;
  return `${printableJson({ release, deployed_at: formatInstant(at), at: formatInstant(now), plan, rules: outcomes.map(jsonOf) })}\n`;
}

function jsonOf({ rule, channel, perDay, sent, expected, band, verdict }: ForecastOutcome) {
  return { rule, channel, sent, expected, band, per_day: perDay, verdict: verdict.replace(" ", "_") };
}
