import type { Draw, RefusedDraw } from "../../core/model/decision.ts";
import type { Moment } from "../../simulate/virtual-world.ts";
import { type ArmRules, playRecording, type Setting } from "./arm.ts";
import { createCounters } from "./counters.ts";
import { createDocuments } from "./documents.ts";
import { createDrawLog, type DrawLog } from "./draws.ts";
import { arms, createLog, type Log } from "./log.ts";
import { logPending, recordArm } from "./record-arm.ts";
import { sourceOfMany } from "./sources.ts";
import type { ArmName } from "./sums.ts";

/** Clusters that get in each other's way, and the counters that do not have enough for all of them. */
export interface Crowd {
  readonly clusters: ReadonlySet<number>;
  readonly dry: ReadonlySet<string>;
}

/** What became of a crowd in one arm. */
export interface Together {
  readonly log: Log;
  /** What was drawn from counters that were taken to have enough. */
  readonly draws: DrawLog;
  readonly lookedUp: readonly string[];
  /** Rules that paused themselves. */
  readonly paused: readonly string[];
}

/** What a crowd did to each of its contacts: with it, one contact's story can be told without the others. */
export interface Others {
  /**
   * What was drawn in vain, by contact and moment, in the order of the draws there (null: granted).
   */
  readonly refusals: ReadonlyMap<string, readonly (RefusedDraw | null)[]>;
  /** Rules that paused themselves, and since when. */
  readonly paused: ReadonlyMap<string, number>;
}

export function drawKey({ key, at }: Moment): string {
  return `${at} ${key}`;
}

/** Plays clusters in the order of time, who draw from the same counters. */
export async function playTogether(
  setting: Setting,
  arm: ArmName,
  rules: ArmRules,
  crowd: Crowd,
): Promise<{ readonly together: Together; readonly others: Others }> {
  const recorder = { log: createLog(), draws: createDrawLog(setting) };
  const documents = createDocuments();
  const counters = createCounters(setting);
  const lookedUp = new Set<string>();
  const paused = new Map<string, number>();
  const refusals = new Map<string, (RefusedDraw | null)[]>();
  const here: { key: string; answers: (RefusedDraw | null)[] } = { key: "", answers: [] };
  forgetMarks(setting, arm, crowd);
  await playRecording({
    setting,
    names: setting.names[arm],
    rules,
    source: sourceOfMany(setting, crowd.clusters),
    documents,
    marks: setting.marks[arm],
    lookedUp,
    paused,
    draw(moment, draws) {
      const refused = drawFromDry(counters, crowd, draws, moment.at);
      const key = drawKey(moment);
      if (here.key !== key) Object.assign(here, { key, answers: [] });
      here.answers.push(refused);
      if (refused !== null) refusals.set(key, here.answers);
      else recorder.draws.write(documents.clusterOf(moment.key), moment.at, draws);
      return refused;
    },
    ...recordArm(recorder, rules, documents),
  });
  logPending(recorder, documents, setting.to);
  recorder.log.sign(arms[arm]);
  recorder.draws.sign(arms[arm]);
  const together = {
    log: recorder.log.finish(),
    draws: recorder.draws.finish(),
    lookedUp: [...lookedUp],
    paused: [...paused.keys()],
  };
  return { together, others: { refusals, paused } };
}

/** Of other counters there is enough for all, as far as anybody knows. */
function drawFromDry(
  counters: ReturnType<typeof createCounters>,
  { dry }: Crowd,
  draws: readonly Draw[],
  at: number,
): RefusedDraw | null {
  const scarce = draws.flatMap((draw, index) => (dry.has(draw.counter) ? [{ draw, index }] : []));
  const refused = counters.draw(
    scarce.map(({ draw }) => draw),
    at,
  );
  return refused === null ? null : { ...refused, index: scarce[refused.index]?.index ?? refused.index };
}

/** What was marked when each was played alone does not hold. */
function forgetMarks({ marks, messages, clusters }: Setting, arm: ArmName, crowd: Crowd): void {
  for (const [message, key] of messages.keys.entries()) {
    if (!crowd.clusters.has(clusters[key] ?? 0)) continue;
    marks[arm].sent[message] = 0;
    marks[arm].misrouted[message] = 0;
  }
}
