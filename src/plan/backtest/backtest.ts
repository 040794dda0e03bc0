import { closeSync } from "node:fs";
import { availableParallelism } from "node:os";
import type { Rulebook } from "../../core/model/rulebook.ts";
import { digestOf } from "../../rulebook/digest.ts";
import type { Changes } from "../compare/changes.ts";
import type { Backtest } from "../plan.ts";
import type { Recording } from "../recording.ts";
import type { Side } from "../side.ts";
import { createMarks, type Setting } from "./arm.ts";
import { type Arm, compareArms } from "./compare-arms.ts";
import { createCandidates, examplesOf } from "./examples.ts";
import { fraction } from "./hash.ts";
import { emittedBy } from "./hinges.ts";
import { indexMessages } from "./message-index.ts";
import { namesOfBase, namesOfHead } from "./names.ts";
import { figuresOf } from "./figures.ts";
import { playBoth, playerOf } from "./play-both.ts";
import { createTurns, hasThreads, orderOf, type Player, playHere, playInThread } from "./players.ts";
import { sharedNumbers } from "./numbers.ts";
import { openSpoolFile } from "./spool.ts";
import { type Survey, surveyOf } from "./survey.ts";
import { timelinesOf } from "./timelines.ts";
import { longestWindow } from "./warm-up.ts";

export interface BacktestOptions {
  /** The share of contacts that is played, in (0, 1]; null: as many as take about twenty seconds. */
  readonly sample: number | null;
  /** Chooses contacts and examples. */
  readonly seed: number;
  /** Makes names of contacts that only those who have it can resolve; null: the seed does, for everybody who has the plan. */
  readonly key: string | null;
  /** Whether examples say what messages say. */
  readonly showContent: boolean;
  /** Whether each arm has a thread of its own, where this program can. The numbers are the same. */
  readonly threads: boolean;
  /** Hears how far it is: readings of events, of so many in all, as far as is known. */
  readonly onProgress?: (done: number, of: number) => void;
}

/** What both revisions would have done with what was recorded. */
export async function backtest(
  base: Side,
  head: Side,
  changes: Changes,
  recording: Recording,
  options: BacktestOptions,
): Promise<Backtest> {
  const books = { base: base.compiled.rulebook, head: head.compiled.rulebook };
  const emitted = new Set([...emittedBy(books.base), ...emittedBy(books.head)]);
  const files: number[] = [];
  const newFile = (): number => {
    const file = openSpoolFile();
    files.push(file);
    return file;
  };
  const expected = readingsOf(recording.count, options.sample);
  const onEvents = (count: number): void => options.onProgress?.(count, expected);
  try {
    const survey = surveyOf(await recording.read({ emitted, newFile, onEvents }));
    const sample = options.sample ?? defaultSample(survey.events);
    const setting = settingOf(survey, books, changes, { sample, seed: options.seed });
    const players = playersOf(setting, { base, head }, options.threads && hasThreads());
    try {
      return await playAndCompare({ survey, books, changes, recording, options, setting, players });
    } finally {
      await Promise.all(players.map((player) => player.close()));
    }
  } finally {
    for (const file of files) closeSync(file);
  }
}

/** More threads than this bring little, and each compiles the rules for itself. */
const MOST_THREADS = 4;

function playersOf(
  setting: Setting,
  sides: { readonly base: Side; readonly head: Side },
  threads: boolean,
): readonly Player[] {
  const sameSettings = settingsDigest(sides.base) === settingsDigest(sides.head);
  const turns = createTurns();
  if (!threads)
    return [playHere(setting, { base: sides.base.compiled, head: sides.head.compiled, sameSettings }, turns)];
  const order = orderOf(setting, sides, sameSettings, turns);
  return Array.from({ length: Math.min(availableParallelism(), MOST_THREADS) }, () => playInThread(order));
}

/** Of everything that heed.yaml says. */
function settingsDigest({ parsed }: Side): string {
  return digestOf(parsed.workspace?.document.data ?? null);
}

/** What a reading and a playing cost on a machine of two slow cores, in seconds per event, where a change concerns everybody; and what a reviewer waits. */
const READING_S = 13e-6;
const PLAYING_S = 240e-6;
const WAIT_S = 17;

/** By the number of events and by nothing else, so that it is the same wherever it is asked. */
function defaultSample(events: number): number {
  const share = (WAIT_S - READING_S * events) / (PLAYING_S * events);
  return events === 0 || share >= 1 ? 1 : Math.max(0.01, Math.floor(100 * share) / 100);
}

/** How many events are read in all: each once, and those of the sample to be played. */
function readingsOf(events: number, sample: number | null): number {
  return Math.round(events * (1 + (sample ?? defaultSample(events))));
}

interface Staged {
  readonly survey: Survey;
  readonly books: { readonly base: Rulebook; readonly head: Rulebook };
  readonly changes: Changes;
  readonly recording: Recording;
  readonly options: BacktestOptions;
  readonly setting: Setting;
  readonly players: readonly Player[];
}

/** What both arms play, and by which names each of them is known. */
function settingOf(
  survey: Survey,
  { base, head }: Staged["books"],
  { ruleChanges }: Changes,
  { sample, seed }: { readonly sample: number; readonly seed: number },
): Setting {
  const { spools, records, from, to } = survey;
  const clusters = sharedNumbers(survey.clusters.length);
  clusters.set(survey.clusters);
  const drawn = new Uint8Array(clusters.length);
  for (const first of new Set(clusters)) drawn[first] = fraction(survey.keys[first] ?? "", seed) < sample ? 1 : 0;
  const timelines = timelinesOf(records, clusters, (cluster) => drawn[cluster] === 1);
  const messages = indexMessages(survey.messages, records, (key) => drawn[clusters[key] ?? 0] === 1);
  // What base sends, it has sent for long.
  const live = [...base.rules.values()].filter(({ enabled, shadow }) => enabled && !shadow);
  const established = new Set(live.flatMap(({ id, movedFrom }) => (movedFrom === null ? [id] : [id, movedFrom])));
  const length = Math.max(0, to - from);
  const warmUpUntil = from + Math.min(longestWindow([base, head]), Math.floor(length / 2));
  const count = messages.hashes.length;
  return {
    spools,
    records,
    clusters,
    timelines,
    messages,
    marks: { base: createMarks(count), head: createMarks(count) },
    names: { base: namesOfBase(base), head: namesOfHead(head, base, ruleChanges) },
    from,
    to,
    warmUpUntil,
    sample,
    established,
  };
}

async function playAndCompare(staged: Staged): Promise<Backtest> {
  const { survey, books, options, setting, players } = staged;
  const { sample, warmUpUntil, clusters, messages, names } = setting;
  const readings = readingsOf(survey.events, sample);
  const counts = await playBoth({
    setting,
    books,
    players,
    onEvents: (events) => options.onProgress?.(survey.events + events, readings),
  });
  options.onProgress?.(readings, readings);
  const base: Arm = { rulebook: books.base, names: names.base, count: counts.base };
  const head: Arm = { rulebook: books.head, names: names.head, count: counts.head };
  const candidates = createCandidates(options.seed);
  const compared = compareArms(
    {
      base,
      head,
      clusters: clusters.length,
      sample,
      warmUpUntil,
      isSent: messages.isSent,
      zone: books.head.workspace.timeZone,
    },
    (cluster, pair) => candidates.consider(cluster, pair),
  );
  const chosen = candidates.chosen();
  const wanted = [...new Set(chosen.map(({ cluster }) => cluster))].toSorted((a, b) => a - b);
  const stories = {
    base: await playerOf(players, "base").tell("base", wanted, options.showContent),
    head: await playerOf(players, "head").tell("head", wanted, options.showContent),
  };
  const naming = {
    key: options.key ?? String(options.seed),
    keyOf: (cluster: number) => survey.keys[cluster] ?? "",
  };
  return {
    ...figuresOf({ ...staged, base, head, compared, events: counts.events }),
    seed: options.seed,
    examples: examplesOf(chosen, stories, naming),
  };
}
