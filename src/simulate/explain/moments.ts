import { decisiveOf } from "../../conditions/explain-condition.ts";
import type { LedgerRecord } from "../../core/model/decision.ts";
import type { Reason } from "../../core/model/reason.ts";
import { reasonPages } from "../../rulebook/reasons/pages.ts";
import { clockTime } from "../clock-text.ts";
import { describeTests } from "../describe-test.ts";
import { decisivePart, describeGate, objects, testsIn } from "./describe-gate.ts";
import { endText } from "./describe-line.ts";
import { textOf } from "./text-of.ts";
import { looksAgain, waitText } from "./waiting.ts";

/** What counts in a run of a rule, in the order in which it happened. */
export type Moment = Sent | Wait | No;

export interface Sent {
  readonly kind: "sent";
  readonly record: LedgerRecord;
}

/** Something that only took time. */
export interface Wait {
  readonly kind: "wait";
  readonly record: LedgerRecord;
  readonly reason: Reason;
  /** Why, in half a sentence. */
  readonly says: string;
  /** Epoch milliseconds; null while it goes on. */
  readonly ended: number | null;
  /** When it was to end, if something ended it sooner. */
  readonly cut: number | null;
}

/** A message or a step that did not come to be, or the end of it all. */
export interface No {
  readonly kind: "no";
  readonly record: LedgerRecord;
  readonly reason: Reason;
  /** Half a sentence with what was seen. */
  readonly text: string;
}

/** Clocks of workers differ a little, and a lane may be busy: what comes so soon after a wait came at its end. */
const PUNCTUAL_MS = 60_000;

/** The moments of one run, of lines that are in order, on the clock of `zone`. */
export function momentsOf(run: readonly LedgerRecord[], zone: string): readonly Moment[] {
  const moments: Moment[] = [];
  const messages = new Set(
    run.flatMap(({ kind, step, detail }) => (kind === "message" ? [`${step} ${textOf(detail?.["channel"])}`] : [])),
  );
  const telling = { zone, isOneOfSeveral: messages.size > 1 };
  for (const [index, record] of run.entries()) {
    const later = run.slice(index + 1);
    const { kind, reason } = record;
    if (reason === undefined || reason === "completed") continue;
    if (kind === "message" && reason === "sent") moments.push({ kind: "sent", record });
    else if (reason === "provider.unknown" && isSettled(record, later)) continue;
    else if (untilOf(record) !== null) moments.push(waitOf(record, reason, later, zone));
    else addNo(moments, { kind: "no", record, reason, text: noText(record, reason, telling) });
  }
  return moments;
}

/** A message that is refused because its enrollment ends, or ends it, is told once: by the line that says more. */
function addNo(moments: Moment[], no: No): void {
  const last = moments.at(-1);
  const isSame =
    last?.kind === "no" &&
    no.record.kind === "ended" &&
    last.record.kind === "message" &&
    last.reason === no.reason &&
    last.record.at === no.record.at;
  if (!isSame) return void moments.push(no);
  if (no.text.length > last.text.length) moments[moments.length - 1] = { ...last, text: no.text };
}

/** Whether it became known later what had come of a message. */
function isSettled({ intent }: LedgerRecord, later: readonly LedgerRecord[]): boolean {
  return later.some(
    (one) =>
      one.kind === "message" && one.intent === intent && one.intent !== undefined && one.reason !== "provider.unknown",
  );
}

/**
 * A wait ends with what comes next of its message, or of its run. The account does not tell that a message went on to
 * wait for the same reason, so what comes later than was said came at the end of a longer wait.
 */
function waitOf(record: LedgerRecord, reason: Reason, later: readonly LedgerRecord[], zone: string): Wait {
  const until = untilOf(record) ?? record.at;
  const next = later.find(
    ({ kind, intent }) => record.intent === undefined || intent === record.intent || kind === "ended",
  );
  const says = waitText(record, reason, zone);
  const wait = { kind: "wait", record, reason, says } as const;
  if (next === undefined) return { ...wait, ended: null, cut: null };
  if (looksAgain(reason)) return { ...wait, ended: next.at, cut: null };
  const isCut = next.at < until && (next.kind === "ended" || untilOf(next) === null) && next.reason !== "sent";
  if (isCut) return { ...wait, ended: next.at, cut: until };
  return { ...wait, ended: next.at > until + PUNCTUAL_MS ? next.at : until, cut: null };
}

function untilOf({ detail }: LedgerRecord): number | null {
  const until = detail?.["until"];
  return typeof until === "number" ? until : null;
}

interface Telling {
  readonly zone: string;
  /** Of several messages, one that was not sent is told by its channel. */
  readonly isOneOfSeveral: boolean;
}

function noText(
  { kind, detail = {}, at, step = "" }: LedgerRecord,
  reason: Reason,
  { zone, isOneOfSeveral }: Telling,
): string {
  const { says } = reasonPages[reason];
  const which =
    kind === "step"
      ? `step ${step} was left out: `
      : kind === "message" && isOneOfSeveral && reason !== "provider.unknown"
        ? `the message through ${textOf(detail["channel"])} was not sent: `
        : "";
  const named = `${which}${says}`;
  const gate = objects(detail["gates"]).at(-1);
  const tests = testsIn(gate?.["tests"] ?? detail["tests"]);
  if (tests.length > 0) return `${named}: ${describeTests(decisiveOf(tests), zone)}`;
  if (gate?.["verdict"] !== undefined) {
    const saw = describeGate(decisivePart(gate), { at, zone, until: null });
    return saw === "" ? named : `${named}: ${saw}`;
  }
  if (kind === "ended") return `${named}${endText(detail, zone)}`;
  const code = textOf(detail["code"]);
  return code === "" ? named : `${named} (${code})`;
}

/** `it was quiet hours where the contact is, so it waited until Sat 7 Mar 08:00`, one after the other. */
export function tellHurdles(moments: readonly (Wait | No)[], zone: string): string {
  const told = foremost(moments);
  return told
    .map((moment, index) => {
      const before = told[index - 1];
      const isCutBefore = before?.kind === "wait" && before.cut !== null;
      const and = index === 0 ? "" : isCutBefore ? `, but on ${clockTime(moment.record.at, zone)} ` : ", and then ";
      return `${and}${moment.kind === "wait" ? tellWait(moment, zone) : moment.text}`;
    })
    .join("");
}

function tellWait({ says, ended, cut }: Wait, zone: string): string {
  if (cut !== null) return `${says}, so it was to wait until ${clockTime(cut, zone)}`;
  return ended === null ? `${says}, so it waits` : `${says}, so it waited until ${clockTime(ended, zone)}`;
}

/** Each reason once: of several waits, or several refusals of messages, for the same reason the last. */
function foremost(moments: readonly (Wait | No)[]): readonly (Wait | No)[] {
  return moments.filter((one, index) => {
    if (one.kind === "no" && one.record.kind === "step") return true;
    return !moments.slice(index + 1).some(({ kind, reason }) => kind === one.kind && reason === one.reason);
  });
}
