import type { Contact, Enrollment } from "../../core/model/contact.ts";
import type { Input, LedgerRecord, Question } from "../../core/model/decision.ts";
import { eventKey } from "../../core/model/event.ts";
import type { OutgoingMessage } from "../../core/model/outgoing.ts";
import { countSegments } from "../../core/segments.ts";
import { zoneOf } from "../../core/zones.ts";
import type { Moment, Verdict } from "../../simulate/virtual-world.ts";
import { fallbacksOf, needsFallback } from "../../templates/fallbacks-of.ts";
import type { ArmRules, Playing, SentHere } from "./arm.ts";
import type { PlayedDocuments } from "./documents.ts";
import type { DrawLogWriter } from "./draws.ts";
import { hash53 } from "./hash.ts";
import type { LogRow, LogWriter } from "./log.ts";

/** What became of every message of an arm, and what was drawn for it, written down. */
export interface Recorder {
  readonly log: LogWriter;
  readonly draws: DrawLogWriter;
}

/** How one arm is written down, as far as it is the same for one contact and for many. */
export function recordArm(
  { log }: Recorder,
  rules: ArmRules,
  documents: PlayedDocuments,
): Required<Pick<Playing, "renders" | "decided">> {
  const variables = createVariables(rules);
  return {
    renders: variables.renders,
    decided(moment, before, verdict, input, sent) {
      const cluster = documents.clusterOf(moment.key);
      for (const one of sent) {
        const row = sentRow(rules, cluster, moment, one, verdict.contact);
        log.write({ ...row, variables: variables.of(moment) });
      }
      for (const record of verdict.records) logRecord(log, cluster, record, { before, verdict, input });
    },
  };
}

/** What a row says of no message. */
const nothing: LogRow = {
  kind: "pending",
  at: 0,
  cluster: 0,
  trigger: 0,
  rule: "",
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
  variables: "",
};

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
    variables: "",
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
export function logPending({ log }: Recorder, documents: PlayedDocuments, at: number): void {
  for (const { key, enrollments } of documents.underWay()) {
    for (const { rule, trigger } of Object.values(enrollments)) {
      const row = { at, cluster: documents.clusterOf(key), trigger: hash53(eventKey(trigger)), rule };
      log.write({ ...nothing, kind: "pending", ...row });
    }
  }
}

/** The variables of a text, and whether each was empty. */
export type Variables = readonly (readonly [name: string, isEmpty: boolean])[];

/** Which variables were empty in what the message of a ticket says, as a word of the log. */
function createVariables({ templates }: ArmRules): {
  readonly renders: (moment: Moment, question: Extract<Question, { kind: "render" }>, input: Input) => void;
  readonly of: (moment: Moment) => string;
} {
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
    of: (moment) => (moment.decision === decision ? writeVariables([...rendered]) : ""),
  };
}

function writeVariables(variables: Variables): string {
  return variables.length === 0 ? "" : JSON.stringify(variables);
}

export function readVariables(word: string): Variables {
  return word === "" ? [] : (JSON.parse(word) as Variables);
}
