import { createHash } from "node:crypto";
import type { OutgoingMessage } from "../../core/model/outgoing.ts";
import type { LedgerRecord } from "../../core/model/decision.ts";
import type { ExampleMoment } from "../plan.ts";
import { type ArmRules, type ArmSetting, playRecording, type SentHere } from "./arm.ts";
import { drawKey, type Refusals } from "./count-arm.ts";
import { createDocuments } from "./documents.ts";

/** What one arm did to some contacts, by cluster. */
export type Stories = ReadonlyMap<number, readonly ExampleMoment[]>;

export interface Telling {
  readonly setting: ArmSetting;
  readonly rules: ArmRules;
  readonly clusters: readonly number[];
  /** What was drawn in vain when everybody was played. */
  readonly refusals: Refusals;
  readonly showContent: boolean;
}

/** Plays some contacts again, with what others had taken from them, and writes down all that is worth telling. */
export async function tellStories({ setting, rules, clusters, refusals, showContent }: Telling): Promise<Stories> {
  const wanted = new Set(clusters);
  const documents = createDocuments();
  const stories = new Map<number, ExampleMoment[]>(clusters.map((cluster) => [cluster, []]));
  const tell = (
    cluster: number,
    moment: Partial<ExampleMoment> & Pick<ExampleMoment, "at" | "kind" | "what">,
  ): void => {
    const nothing = { reason: null, channel: null, text: null, textDigest: null };
    stories.get(cluster)?.push({ ...nothing, ...moment });
  };
  const draws = { key: "", count: 0 };
  await playRecording({
    setting,
    rules,
    documents,
    isPlayed: (cluster) => wanted.has(cluster),
    draw(moment) {
      const key = drawKey(moment);
      draws.count = draws.key === key ? draws.count + 1 : 0;
      draws.key = key;
      return refusals.get(key)?.[draws.count] ?? null;
    },
    arrives: (cluster, event, at) => tell(cluster, { at, kind: "event", what: event.event_type }),
    decided({ key, at }, _before, verdict, _input, sent) {
      const cluster = documents.clusterOf(key);
      for (const { message, intent } of sent) tell(cluster, sentMoment(at, message, intent, showContent));
      for (const record of verdict.records) {
        const intent = verdict.contact.intents[record.intent ?? ""];
        const moment = silentMoment(record, intent?.state.kind === "refused" ? intent.channel : null);
        if (moment !== null) tell(cluster, moment);
      }
    },
  });
  return stories;
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
