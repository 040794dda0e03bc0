import type { Rulebook } from "../../core/model/rulebook.ts";
import type { Changes } from "../compare/changes.ts";
import type { Backtest } from "../plan.ts";
import type { Recording } from "../recording.ts";
import type { Side } from "../side.ts";
import type { ArmSetting } from "./arm.ts";
import { type ArmPlayer, hasThreads, playHere, playInThread } from "./arms.ts";
import { type Arm, compareArms } from "./compare-arms.ts";
import type { ArmCount } from "./count-arm.ts";
import { createCandidates, examplesOf } from "./examples.ts";
import { fraction } from "./hash.ts";
import { emittedBy } from "./hinges.ts";
import { indexMessages } from "./message-index.ts";
import { namesOfBase, namesOfHead } from "./names.ts";
import { figuresOf } from "./figures.ts";
import { closeSpool } from "./spool.ts";
import { type Survey, surveyRecording } from "./survey.ts";
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
  /** Hears how far it is: readings of events, of about as many as `readingsOf` says. */
  readonly onProgress?: (done: number) => void;
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
  const survey = await surveyRecording(recording, emitted, (count) => options.onProgress?.(count));
  try {
    const sample = options.sample ?? defaultSample(survey.events);
    const settings = settingsOf(survey, books, changes, { sample, seed: options.seed });
    const threads = options.threads && hasThreads();
    const play = threads ? playInThread : playHere;
    const players = { base: play(base, settings.base), head: play(head, settings.head) };
    try {
      return await playBoth({ survey, books, changes, recording, options, settings, players });
    } finally {
      await Promise.all([players.base.close(), players.head.close()]);
    }
  } finally {
    closeSpool(survey.spool);
  }
}

/** What a reading and a playing cost on a machine of two slow cores, in seconds per event; and what a reviewer waits. */
const READING_S = 15e-6;
const PLAYING_S = 450e-6;
const WAIT_S = 17;

/** By the number of events and by nothing else, so that it is the same wherever it is asked. */
export function defaultSample(events: number): number {
  const share = (WAIT_S - READING_S * events) / (PLAYING_S * events);
  return events === 0 || share >= 1 ? 1 : Math.max(0.01, Math.floor(100 * share) / 100);
}

/** How many events are read in all: each once, and those of the sample in both arms. */
export function readingsOf(events: number, sample: number): number {
  return events * (1 + 2 * sample);
}

interface Staged {
  readonly survey: Survey;
  readonly books: { readonly base: Rulebook; readonly head: Rulebook };
  readonly changes: Changes;
  readonly recording: Recording;
  readonly options: BacktestOptions;
  readonly settings: { readonly base: ArmSetting; readonly head: ArmSetting };
  readonly players: { readonly base: ArmPlayer; readonly head: ArmPlayer };
}

/** What both arms play, and by which names each of them is known. */
function settingsOf(
  survey: Survey,
  { base, head }: Staged["books"],
  { ruleChanges }: Changes,
  { sample, seed }: { readonly sample: number; readonly seed: number },
): Staged["settings"] {
  const { spool, from, to } = survey;
  const roots = survey.clusters.roots();
  const clusters = new Uint32Array(new SharedArrayBuffer(4 * roots.length));
  clusters.set(roots);
  const played = new Uint8Array(new SharedArrayBuffer(roots.length));
  for (const root of new Set(roots)) {
    played[root] = fraction(survey.clusters.keyAt(root), seed) < sample ? 1 : 0;
  }
  const messages = indexMessages(survey.messages, (key) => played[clusters[key] ?? 0] === 1);
  // What base sends, it has sent for long.
  const live = [...base.rules.values()].filter(({ enabled, shadow }) => enabled && !shadow);
  const established = new Set(live.flatMap(({ id, movedFrom }) => (movedFrom === null ? [id] : [id, movedFrom])));
  const length = Math.max(0, to - from);
  const warmUpUntil = from + Math.min(longestWindow([base, head]), Math.floor(length / 2));
  const both = { spool, clusters, played, messages, from, to, warmUpUntil, sample, established };
  return {
    base: { ...both, names: namesOfBase(base) },
    head: { ...both, names: namesOfHead(head, base, ruleChanges) },
  };
}

async function playBoth(staged: Staged): Promise<Backtest> {
  const { survey, books, options, settings, players } = staged;
  const counts = await countBoth(staged);
  const base: Arm = { rulebook: books.base, names: settings.base.names, count: counts.base };
  const head: Arm = { rulebook: books.head, names: settings.head.names, count: counts.head };
  const { messages, sample, warmUpUntil, clusters } = settings.base;
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
    base: await players.base.tell(wanted, options.showContent),
    head: await players.head.tell(wanted, options.showContent),
  };
  const naming = {
    key: options.key ?? String(options.seed),
    keyOf: (cluster: number) => survey.clusters.keyAt(cluster),
  };
  return {
    ...figuresOf({ ...staged, base, head, compared, setting: settings.base }),
    seed: options.seed,
    examples: examplesOf(chosen, stories, naming),
  };
}

async function countBoth({ survey, options, settings, players }: Staged): Promise<{ base: ArmCount; head: ArmCount }> {
  const done = { base: 0, head: 0 };
  const total = Math.round(readingsOf(survey.events, settings.base.sample));
  const hear = (arm: "base" | "head") => (events: number) => {
    // Of a sample, each event stands for as many as were not drawn.
    done[arm] = Math.min(Math.round(events / settings.base.sample), survey.events);
    options.onProgress?.(Math.min(total, survey.events + done.base + done.head));
  };
  // Here they take turns by themselves: each is busy from its beginning to its end.
  const [base, head] = await Promise.all([players.base.count(hear("base")), players.head.count(hear("head"))]);
  options.onProgress?.(total);
  return { base, head };
}
