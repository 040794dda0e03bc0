import { createHash } from "node:crypto";
import type { Contact, Enrollment } from "../../core/model/contact.ts";
import type { Input, LedgerRecord, Question, RefusedDraw } from "../../core/model/decision.ts";
import { eventKey } from "../../core/model/event.ts";
import type { OutgoingMessage } from "../../core/model/outgoing.ts";
import { countSegments } from "../../core/segments.ts";
import { zoneOf } from "../../core/zones.ts";
import type { Moment, Verdict } from "../../simulate/virtual-world.ts";
import { fallbacksOf, needsFallback } from "../../templates/fallbacks-of.ts";
import { type ArmRules, type ArmSetting, playRecording, type Played, type SentHere } from "./arm.ts";
import { createCounters } from "./counters.ts";
import { createDocuments } from "./documents.ts";
import { hash53 } from "./hash.ts";
import { createLog, type Log, type LogRow, type LogWriter } from "./log.ts";

/** What a whole playing adds up to: as data, because it may come from another thread. */
export interface ArmCount extends Played {
  readonly log: Log;
  /** SHA-256 over what was played. */
  readonly digest: string;
  readonly fallbacks: readonly FallbackCount[];
  /** Counters whose limits were scaled. */
  readonly scaled: readonly string[];
  readonly refusals: Refusals;
}

export interface FallbackCount {
  readonly rule: string;
  readonly step: string;
  readonly variable: string;
  readonly used: number;
  readonly of: number;
}

/**
 * What was drawn in vain, by contact and moment, in the order of the draws there (null: granted): with it, one contact's
 * story can be told again without the others who drew from the same counters.
 */
export type Refusals = ReadonlyMap<string, readonly (RefusedDraw | null)[]>;

export function drawKey({ key, at }: Moment): string {
  return `${at} ${key}`;
}

const REPORT_EACH = 2_000;

/** Plays a recording and writes down what became of every message. */
export async function countArm(
  setting: ArmSetting,
  rules: ArmRules,
  onEvents: (count: number) => void,
): Promise<ArmCount> {
  const log = createLog();
  const hash = createHash("sha256");
  const documents = createDocuments();
  const counters = createCounters(setting);
  const refusals = new Map<string, (RefusedDraw | null)[]>();
  const drawn: { key: string; answers: (RefusedDraw | null)[] } = { key: "", answers: [] };
  const fallbacks = createFallbackCounts(rules, setting.warmUpUntil);
  let events = 0;
  const played = await playRecording({
    setting,
    rules,
    documents,
    isPlayed: (cluster) => setting.played[cluster] === 1,
    draw(moment, draws) {
      const refused = counters.draw(draws, moment.at);
      const key = drawKey(moment);
      if (drawn.key !== key) Object.assign(drawn, { key, answers: [] });
      drawn.answers.push(refused);
      if (refused !== null) refusals.set(key, drawn.answers);
      return refused;
    },
    read(text) {
      hash.update(text);
      events += 1;
      if (events % REPORT_EACH === 0) onEvents(events);
    },
    renders: fallbacks.renders,
    decided(moment, before, verdict, input, sent) {
      const cluster = documents.clusterOf(moment.key);
      for (const one of sent) log.write(sentRow(rules, cluster, moment, one, verdict.contact));
      for (const record of verdict.records) logRecord(log, cluster, record, { before, verdict, input });
      fallbacks.decided(moment, sent);
    },
  });
  logPending(log, documents, setting.to);
  return {
    ...played,
    log: log.finish(),
    digest: hash.digest("hex"),
    fallbacks: fallbacks.counts(),
    scaled: counters.scaled(),
    refusals,
  };
}

/** What a row says of no message. */
const nothing = {
  step: "",
  reason: "",
  channel: "",
  provider: "",
  text: 0,
  segments: 0,
  cost: Number.NaN,
  currency: "",
  zone: "",
  real: 0,
} as const satisfies Partial<LogRow>;

function sentRow(
  { rulebook }: ArmRules,
  cluster: number,
  { at }: Moment,
  { message, intent, enrollment, real }: SentHere,
  contact: Contact,
): LogRow {
  const { body = null } = message;
  const content = carriedBy(message);
  return {
    kind: "sent",
    at,
    cluster,
    trigger: hash53(eventKey(enrollment.trigger)),
    rule: intent.rule,
    step: intent.step,
    reason: "",
    channel: intent.channel,
    provider: intent.provider ?? "",
    text: hash53(JSON.stringify([content, body])),
    segments: message.kind === "sms" ? countSegments(content["text"] ?? "").count : 0,
    cost: intent.cost?.micros ?? Number.NaN,
    currency: intent.cost?.currency ?? "",
    zone: zoneOf(contact, rulebook.workspace),
    real: (real[0] ?? -1) + 1,
  };
}

/** Of a step for several channels, a text has no use for the subject of the mail. */
function carriedBy({ kind, content }: OutgoingMessage): OutgoingMessage["content"] {
  return kind === "sms" || kind === "voice" || kind === "slack" ? { text: content["text"] ?? "" } : content;
}

interface Context {
  readonly before: Contact;
  readonly verdict: Verdict;
  readonly input: Input;
}

/** Why a message was not sent, or the run ended that would have sent it, or never began. */
function logRecord(log: LogWriter, cluster: number, record: LedgerRecord, { before, verdict, input }: Context): void {
  const { at, kind, reason = "", rule = "" } = record;
  if (kind === "not_enrolled" && input.kind === "event") {
    const trigger = hash53(eventKey(input.event));
    return log.write({ ...nothing, kind, at, cluster, trigger, rule, reason });
  }
  if (kind === "ended" && reason !== "completed") {
    const trigger = hash53(triggerOf(record.enrollment ?? "", { before, verdict, input }));
    return log.write({ ...nothing, kind, at, cluster, trigger, rule, reason });
  }
  if (kind !== "message") return;
  const intent = verdict.contact.intents[record.intent ?? ""];
  if (intent?.state.kind !== "refused") return;
  const trigger = hash53(triggerOf(intent.enrollment, { before, verdict, input }));
  const { step, channel } = intent;
  log.write({ ...nothing, kind: "refused", at, cluster, trigger, rule, step, reason, channel });
}

/** The key of the event that started a run, which may be over by now. */
function triggerOf(id: string, { before, verdict, input }: Context): string {
  const enrollment: Enrollment | undefined = before.enrollments[id] ?? verdict.contact.enrollments[id];
  if (enrollment !== undefined) return eventKey(enrollment.trigger);
  return input.kind === "event" ? eventKey(input.event) : "";
}

/** Runs that are still under way when the recording ends: what they would have done, it does not tell. */
function logPending(log: LogWriter, documents: ReturnType<typeof createDocuments>, at: number): void {
  for (const { key, enrollments } of documents.underWay()) {
    for (const { rule, trigger } of Object.values(enrollments)) {
      const row = { at, cluster: documents.clusterOf(key), trigger: hash53(eventKey(trigger)), rule };
      log.write({ ...nothing, kind: "pending", ...row });
    }
  }
}

interface FallbackCounts {
  readonly renders: (moment: Moment, question: Extract<Question, { kind: "render" }>, input: Input) => void;
  decided(moment: Moment, sent: readonly SentHere[]): void;
  counts(): readonly FallbackCount[];
}

/** Which variables were empty in the texts of messages that were sent. */
function createFallbackCounts({ templates }: ArmRules, since: number): FallbackCounts {
  const counts = new Map<string, { used: number; of: number }>();
  let decision = 0;
  let rendered = new Map<string, boolean>();
  return {
    renders(moment, { template: id, facts }, input) {
      if (input.kind !== "ticket") return;
      if (moment.decision !== decision) {
        decision = moment.decision;
        rendered = new Map();
      }
      const template = templates.get(id);
      if (template === undefined) return;
      for (const path of fallbacksOf(template)) {
        const variable = path.join(".");
        rendered.set(variable, rendered.get(variable) === true || needsFallback(path, facts));
      }
    },
    decided(moment, sent) {
      if (moment.decision !== decision || moment.at < since) return;
      for (const { intent } of sent) {
        for (const [variable, used] of rendered) {
          const key = JSON.stringify([intent.rule, intent.step, variable]);
          const count = counts.get(key) ?? { used: 0, of: 0 };
          count.of += 1;
          if (used) count.used += 1;
          counts.set(key, count);
        }
      }
    },
    counts: () =>
      [...counts]
        .toSorted(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, { used, of }]) => {
          const [rule, step, variable] = JSON.parse(key) as [string, string, string];
          return { rule, step, variable, used, of };
        }),
  };
}
