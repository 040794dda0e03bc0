import { createHash } from "node:crypto";
import type { OutgoingMessage } from "../../core/model/outgoing.ts";
import type { LedgerRecord } from "../../core/model/decision.ts";
import type { ExampleMoment } from "../plan.ts";
import { type ArmRules, createMarks, playRecording, type SentHere, type Setting } from "./arm.ts";
import { createDocumentsOf } from "./documents.ts";
import { drawKey, type Others } from "./play-together.ts";
import { type ClusterSource, createClusterReader } from "./sources.ts";
import type { ArmName } from "./sums.ts";

/** What one arm did to some contacts, by cluster. */
export type Stories = ReadonlyMap<number, readonly ExampleMoment[]>;

export interface Telling {
  readonly setting: Setting;
  readonly arm: ArmName;
  readonly rules: ArmRules;
  readonly clusters: readonly number[];
  /** What was in whose way when all of them were played. */
  readonly others: Others;
  readonly showContent: boolean;
}

/** Plays some contacts again, with what others had taken from them, and writes down all that is worth telling. */
export async function tellStories(telling: Telling): Promise<Stories> {
  const readCluster = createClusterReader(telling.setting);
  const stories = new Map<number, readonly ExampleMoment[]>();
  for (const cluster of telling.clusters) {
    const place = telling.setting.timelines.clusters.indexOf(cluster);
    stories.set(cluster, place < 0 ? [] : await tellStory(telling, readCluster(place)));
  }
  return stories;
}

async function tellStory(
  { setting, arm, rules, others, showContent }: Telling,
  source: ClusterSource,
): Promise<readonly ExampleMoment[]> {
  const story: ExampleMoment[] = [];
  const tell = (moment: Partial<ExampleMoment> & Pick<ExampleMoment, "at" | "kind" | "what">): void => {
    const nothing = { reason: null, channel: null, text: null, textDigest: null };
    story.push({ ...nothing, ...moment });
  };
  const draws = { key: "", count: 0 };
  await playRecording({
    setting,
    names: setting.names[arm],
    rules,
    source,
    documents: createDocumentsOf(source.cluster),
    marks: createMarks(setting.messages.hashes.length),
    lookedUp: new Set(),
    paused: new Map(others.paused),
    draw(moment) {
      const key = drawKey(moment);
      draws.count = draws.key === key ? draws.count + 1 : 0;
      draws.key = key;
      return others.refusals.get(key)?.[draws.count] ?? null;
    },
    arrives: (event, at) => tell({ at, kind: "event", what: event.event_type }),
    decided({ at }, _before, verdict, _input, sent) {
      for (const { message, intent } of sent) tell(sentMoment(at, message, intent, showContent));
      for (const record of verdict.records) {
        const intent = verdict.contact.intents[record.intent ?? ""];
        const moment = silentMoment(record, intent?.state.kind === "refused" ? intent.channel : null);
        if (moment !== null) tell(moment);
      }
    },
  });
  return story;
}

function sentMoment(
  at: number,
  { content, body }: OutgoingMessage,
  { rule, step, channel }: SentHere["intent"],
  showContent: boolean,
): ExampleMoment {
  const text = textOf(content, body);
  const textDigest = createHash("sha256").update(text).digest("hex").slice(0, 12);
  return {
    at,
    kind: "sent",
    what: `${rule} ${step}`,
    reason: null,
    channel,
    text: showContent ? text : null,
    textDigest,
  };
}

/** Fields in the order in which a person reads them. */
function textOf(content: OutgoingMessage["content"], body: OutgoingMessage["body"]): string {
  const { subject, text, html, ...others } = content;
  const parts = [
    subject,
    text ?? html,
    ...Object.values(others),
    body === undefined ? undefined : JSON.stringify(body),
  ];
  return parts.filter((part) => part !== undefined).join("\n");
}

/** `channel`: of the message, when its last word has been said and it was not sent. */
function silentMoment(
  { at, kind, reason: why, rule = "", step }: LedgerRecord,
  channel: string | null,
): (Pick<ExampleMoment, "at" | "kind" | "what"> & Partial<ExampleMoment>) | null {
  const reason = why ?? null;
  if (kind === "ended") return { at, kind: "ended", what: rule, reason };
  if (kind === "not_enrolled") return { at, kind: "not_sent", what: rule, reason };
  if (kind !== "message" || channel === null) return null;
  return { at, kind: "not_sent", what: `${rule} ${step ?? ""}`, reason, channel };
}
