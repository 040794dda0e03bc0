import type { ArmRules, Setting } from "./arm.ts";
import { playRecording } from "./arm.ts";
import { hearingDifferences } from "./differing.ts";
import { createDocumentsOf } from "./documents.ts";
import { createDrawLog, type DrawLog } from "./draws.ts";
import { arms, createLog, type Log } from "./log.ts";
import { logPending, recordArm, type Recorder } from "./record-arm.ts";
import { type ClusterSource, createClusterReader } from "./sources.ts";
import type { ArmName } from "./sums.ts";

/** What became of clusters that were played one after the other, each as if nobody else were there. */
export interface Alone {
  readonly log: Log;
  readonly draws: DrawLog;
  /** Names of look-ups that were asked. */
  readonly lookedUp: readonly string[];
  /** Rules that paused themselves for somebody: for all others, too, had they been there. */
  readonly paused: Readonly<Record<ArmName, readonly string[]>>;
  readonly events: number;
}

/** Both sides, on one thread. */
export interface BothRules {
  readonly base: ArmRules;
  readonly head: ArmRules;
  /** Whether all but the rules is the same in both. */
  readonly sameSettings: boolean;
}

const REPORT_EACH = 2_000;

/**
 * Plays clusters by both rulebooks, as long as `next` gives the place of one. What contacts draw together they get, and
 * it is written down: who looks at all draws knows whether somebody would have got in somebody's way. Who meets no rule
 * that differs is played once, for both.
 */
export async function playAlone(
  setting: Setting,
  rules: BothRules,
  next: () => number | null,
  onEvents: (events: number) => void,
): Promise<Alone> {
  const recorder = { log: createLog(), draws: createDrawLog(setting) };
  const lookedUp = new Set<string>();
  const paused = { base: new Set<string>(), head: new Set<string>() };
  const readCluster = createClusterReader(setting);
  let differs = false;
  const hearing = hearingDifferences(rules.base.rulebook, rules.head.rulebook, () => {
    differs = true;
  });
  const sides = { base: { ...rules.base, rulebook: hearing }, head: rules.head };
  const play = async (arm: ArmName, source: ClusterSource): Promise<readonly number[]> => {
    const documents = createDocumentsOf(source.cluster);
    const pauses = new Map<string, number>();
    const sent = await playRecording({
      setting,
      names: setting.names[arm],
      rules: sides[arm],
      source,
      documents,
      marks: setting.marks[arm],
      lookedUp,
      paused: pauses,
      draw(moment, draws) {
        recorder.draws.write(source.cluster, moment.at, draws);
        return null;
      },
      ...recordArm(recorder, sides[arm], documents),
    });
    logPending(recorder, documents, setting.to);
    for (const rule of pauses.keys()) paused[arm].add(rule);
    return sent;
  };
  const playBoth = async (source: ClusterSource): Promise<void> => {
    differs = !rules.sameSettings;
    const sent = await play("base", source);
    if (!differs) {
      copyMarks(setting, sent);
      for (const rule of paused.base) paused.head.add(rule);
      return sign(recorder, "both");
    }
    sign(recorder, "base");
    await play("head", source);
    sign(recorder, "head");
  };
  let [events, reported] = [0, 0];
  for (let place = next(); place !== null; place = next()) {
    const source = readCluster(place);
    await playBoth(source);
    events += source.events;
    if (events - reported < REPORT_EACH) continue;
    reported = events;
    onEvents(events);
  }
  return {
    log: recorder.log.finish(),
    draws: recorder.draws.finish(),
    lookedUp: [...lookedUp],
    paused: { base: [...paused.base], head: [...paused.head] },
    events,
  };
}

function sign({ log, draws }: Recorder, arm: keyof typeof arms): void {
  log.sign(arms[arm]);
  draws.sign(arms[arm]);
}

/** What base sent, head sent. */
function copyMarks({ marks: { base, head } }: Setting, sent: readonly number[]): void {
  for (const place of sent) {
    head.sent[place] = base.sent[place] ?? 0;
    head.misrouted[place] = base.misrouted[place] ?? 0;
  }
}
