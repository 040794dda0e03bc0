import { GATES } from "../../core/gates.ts";
import type { LedgerRecord } from "../../core/model/decision.ts";
import type { Json, JsonObject } from "../../core/model/json.ts";
import { isJsonArray, isJsonObject } from "../../core/model/parse-json.ts";
import type { Reason } from "../../core/model/reason.ts";
import { parseInstant } from "../../core/time/instant.ts";
import { isReason, reasonPages } from "../../rulebook/reasons/pages.ts";
import { clockTime } from "../clock-text.ts";
import { describeTest } from "../describe-test.ts";
import { quoted } from "../matcher.ts";
import { describeGate, objects, testsIn, unseenText, when } from "./describe-gate.ts";
import { describeStep } from "./describe-step.ts";
import { textOf } from "./text-of.ts";
import { waitingText, waitText } from "./waiting.ts";

/** Passed, refused, put off, or merely told. */
export type Mark = "✓" | "✗" | "…" | "·";

/** A line of the account in words. */
export interface ToldLine {
  readonly mark: Mark;
  readonly text: string;
  /** What it rests on: the gates of a message, or the condition of a step. */
  readonly parts: readonly ToldPart[];
}

export interface ToldPart {
  readonly mark: Mark;
  readonly name: string;
  readonly text: string;
}

/** Tells a line of the account on the clock of `zone`. */
export function tellLine(record: LedgerRecord, zone: string): ToldLine {
  const { kind, rule = "heed", reason, detail = {} } = record;
  const told = (mark: Mark, text: string, parts: readonly ToldPart[] = []): ToldLine => ({ mark, text, parts });
  switch (kind) {
    case "event":
      return tellEvent(record, zone);
    case "enrolled":
      return told("✓", `${rule} starts${startText(detail, record.at, zone)}`);
    case "not_enrolled":
      return told("✗", `${rule} does not start: ${why(reason)}${refusalText(detail, zone)}`);
    case "intent":
      return told("…", intentText(record));
    case "message":
      return tellMessage(record, zone);
    case "step":
      return tellStep(record, zone);
    case "ended":
      return told(
        reason === "completed" ? "✓" : "✗",
        `${rule} ends: ${why(reason)}${endText(detail, zone)}`,
        conditionParts("guard", detail["tests"], zone),
      );
    case "converted":
      return told("✓", `${rule} reached its goal, ${textOf(detail["arm"])}`);
    case "command":
      return tellCommand(record);
    case "identity":
      return told(
        "·",
        [...(reason === undefined ? [] : [why(reason)]), identityText(detail)].filter(Boolean).join(": "),
      );
  }
}

/** Told only while there is no later word about the message: see `withoutPassed`. */
function intentText({ rule = "heed", step = "", detail = {} }: LedgerRecord): string {
  const message = `${rule} step ${step}, message through ${textOf(detail["channel"])}`;
  return detail["word"] === "called"
    ? `${message} is being given to ${textOf(detail["provider"])}, and there is no answer yet`
    : `${message} is meant, and waits for its turn`;
}

/** What an operator did, or could not have. */
function tellCommand({ intent, detail = {} }: LedgerRecord): ToldLine {
  const about = intent === undefined ? "a dead letter" : `message ${intent}`;
  if (detail["command"] === "cancel") {
    const text = `${textOf(detail["actor"])} wanted to cancel ${textOf(detail["run"])}, which had ended or had never begun`;
    return { mark: "✗", text, parts: [] };
  }
  const refused = typeof detail["refused"] === "string" ? detail["refused"] : null;
  if (refused !== null) {
    const reason = isReason(refused) ? why(refused) : refused;
    return { mark: "✗", text: `${about} was not tried again: ${reason}`, parts: [] };
  }
  const note = typeof detail["note"] === "string" && detail["note"] !== "" ? `: ${detail["note"]}` : "";
  const did = detail["command"] === "discard" ? "was set aside for good" : "was to be tried again";
  return { mark: "·", text: `${about} ${did}, said ${textOf(detail["actor"])}${note}`, parts: [] };
}

/** `the guard did not hold (guard.false)`. */
function why(reason: Reason | undefined): string {
  return reason === undefined ? "" : `${reasonPages[reason].says} (${reason})`;
}

function tellEvent({ event = "", reason, detail = {}, at }: LedgerRecord, zone: string): ToldLine {
  if (reason === "event.duplicate") return { mark: "·", text: `event ${event} came again: ${why(reason)}`, parts: [] };
  const occurred = typeof detail["occurred_at"] === "string" ? parseInstant(detail["occurred_at"]) : null;
  const message = typeof detail["message_id"] === "string" ? `, about message ${detail["message_id"]}` : "";
  const isSaying = isJsonObject(detail["data"]) && Object.keys(detail["data"]).length > 0;
  const parts = [
    `event ${textOf(detail["type"])} (${event}${message})`,
    occurred === null || Math.abs(at - occurred) < LATE_MS ? "" : `, happened ${clockTime(occurred, zone)}`,
    isSaying ? `: ${quoted(detail["data"])}` : "",
    isJsonArray(detail["handed_to"]) ? `; handed on to ${detail["handed_to"].map(textOf).join(", ")}` : "",
    reason === "trigger.no_match" ? "; it started no rule" : reason === undefined ? "" : `: ${why(reason)}`,
  ];
  return { mark: "·", text: parts.join(""), parts: [] };
}

/** News that is no later than this is told without when it happened. */
const LATE_MS = 5_000;

function startText({ arm, due, holdout }: JsonObject, at: number, zone: string): string {
  const first = typeof due === "number" && due > at ? `, first step on ${clockTime(due, zone)}` : "";
  const share =
    typeof holdout === "number"
      ? `, ${arm === "holdout" ? "in the holdout: measured, never messaged" : "not in the holdout"}`
      : "";
  return `${first}${share}`;
}

/** What a trigger that started nothing ran into. */
function refusalText(detail: JsonObject, zone: string): string {
  if (typeof detail["too_old_since"] === "number") return `; too old since ${when(detail["too_old_since"], zone)}`;
  if (typeof detail["since"] === "number") return `; in it since ${when(detail["since"], zone)}`;
  if (typeof detail["until"] === "number") return `; possible again on ${when(detail["until"], zone)}`;
  if (typeof detail["share"] === "number") return `; its share is ${Math.round(detail["share"] * 1_000) / 10} %`;
  if (typeof detail["runs"] === "number") return `; ${detail["runs"]} runs at once are the most`;
  return "";
}

/** What ended an enrollment: an event, an author's note, a moment. */
export function endText(detail: JsonObject, zone: string): string {
  if (typeof detail["type"] === "string") return `: ${detail["type"]} (${textOf(detail["event"])})`;
  const by = typeof detail["actor"] === "string" ? `: ${detail["actor"]}` : "";
  if (typeof detail["note"] === "string" && detail["note"] !== "") return `${by}: ${detail["note"]}`;
  if (by !== "") return by;
  if (typeof detail["since"] === "number") return `: since ${when(detail["since"], zone)}`;
  if (typeof detail["lookup"] === "string") return `: ${detail["lookup"]}`;
  if (isJsonObject(detail["unseen"])) return `: ${unseenText(detail["unseen"], zone)}`;
  return "";
}

function tellMessage(record: LedgerRecord, zone: string): ToldLine {
  const { rule = "", step = "", reason, detail = {}, at } = record;
  const until = typeof detail["until"] === "number" ? detail["until"] : null;
  const code = typeof detail["code"] === "string" ? `, ${detail["code"]}` : "";
  const channel = typeof detail["channel"] === "string" ? ` through ${detail["channel"]}` : "";
  const provider = typeof detail["provider"] === "string" ? ` by ${detail["provider"]}` : "";
  const attempt =
    typeof detail["attempt"] === "number" && detail["attempt"] > 1 ? `, attempt ${detail["attempt"]}` : "";
  const head = `${rule} step ${step}, message${channel}`;
  const parts = gateParts(detail, { at, zone, until });
  if (reason === "sent") return { mark: "✓", text: `${head}: sent${provider}${attempt}`, parts };
  if (until !== null)
    return { mark: "…", text: `${head} ${waitingText(reason, until, zone)}: ${why(reason)}${code}`, parts };
  const open = reason === "provider.unknown";
  return {
    mark: open ? "…" : "✗",
    text: `${head}${open ? "" : " is not sent"}: ${why(reason)}${code}${attempt}`,
    parts,
  };
}

/** What each gate saw, and which were asked and had nothing to look at. */
function gateParts(
  { gates: value }: JsonObject,
  reading: { readonly at: number; readonly zone: string; readonly until: number | null },
): readonly ToldPart[] {
  if (!isJsonArray(value)) return [];
  const lines = objects(value);
  const told = lines.map((line): ToldPart => {
    const verdict = line["verdict"];
    const mark = verdict === "refuse" ? "✗" : verdict === "defer" ? "…" : "✓";
    const until = verdict === "defer" ? reading.until : null;
    return { mark, name: textOf(line["gate"]), text: describeGate(line, { ...reading, until }) };
  });
  const last = lines.at(-1);
  const names = GATES.map(({ name }) => name);
  const asked = last?.["verdict"] === undefined ? names : names.slice(0, names.indexOf(textOf(last["gate"])) + 1);
  const silent = asked.filter((name) => !lines.some((line) => line["gate"] === name));
  return silent.length === 0 ? told : [...told, { mark: "✓", name: "nothing against it", text: silent.join(", ") }];
}

function tellStep(record: LedgerRecord, zone: string): ToldLine {
  const { rule = "", step = "", reason, detail = {} } = record;
  const did = describeStep(detail, (at) => clockTime(at, zone));
  const parts = [
    ...conditionParts("when", detail["tests"], zone),
    ...objects(detail["arms"]).flatMap((arm, index) =>
      conditionParts(`arm ${index + 1}`, arm["tests"], zone, arm["holds"] === true ? "✓" : "✗"),
    ),
  ];
  const head = `${rule} step ${step}`;
  if (reason === undefined) return { mark: "✓", text: `${head} ${did ?? "is done"}`, parts };
  if (typeof detail["until"] === "number") {
    return {
      mark: "…",
      text: `${head} ${waitingText(reason, detail["until"], zone)}: ${waitText(record, reason, zone)} (${reason})`,
      parts,
    };
  }
  return { mark: "✗", text: `${head} is left out: ${why(reason)}${did === null ? "" : `; it ${did}`}`, parts };
}

function conditionParts(name: string, value: Json | undefined, zone: string, mark: Mark = "✗"): readonly ToldPart[] {
  const tests = testsIn(value);
  return tests.length === 0 ? [] : [{ mark, name, text: tests.map((test) => describeTest(test, zone)).join(", ") }];
}

const identities: Readonly<Record<string, string>> = {
  linked: "this address belongs to",
  absorbed: "takes in what was known under",
  unlinked: "no longer belongs to",
  merged_into: "goes on as",
  heard: "heard the word",
  attributes_refused: "no room for more attributes:",
  values_refused: "not taken, being of another type than heed.yaml declares:",
};

function identityText(detail: JsonObject): string {
  return Object.entries(detail)
    .map(([name, value]) => `${identities[name] ?? name.replaceAll("_", " ")} ${textOf(value) || quoted(value)}`)
    .join(", ");
}
