import type { LedgerRecord } from "../core/model/decision.ts";
import { parseInstant } from "../core/time/instant.ts";
import { elapsed } from "./clock-text.ts";
import { describeStep } from "./explain/describe-step.ts";
import type { Happening } from "./happening.ts";
import { quoted } from "./matcher.ts";
import type { Names } from "./names.ts";

/** More lines than this are cut in the middle. */
const mostLines = 40;

/** What happened in a case, a line each, in order. */
export function timelineOf(happenings: readonly Happening[], names: Names): readonly string[] {
  const lines = happenings.flatMap((happening) => {
    const text = lineOf(happening, names);
    if (text === null) return [];
    return [`${sinceStart(happening.at, happening.key, names).padEnd(8)} ${names.nameOf(happening.key)}: ${text}`];
  });
  if (lines.length <= mostLines) return lines;
  const half = mostLines / 2;
  return [...lines.slice(0, half), `… ${lines.length - mostLines} more`, ...lines.slice(-half)];
}

function sinceStart(atMs: number, key: string, names: Names): string {
  return elapsed(atMs, names.run.start, names.zoneOf(key));
}

function lineOf(happening: Happening, names: Names): string | null {
  switch (happening.kind) {
    case "delivered": {
      const { event_type: type, message_id: message, occurred_at: occurredAt } = happening.event;
      const happened = parseInstant(occurredAt) ?? happening.at;
      const late = happened === happening.at ? "" : `, happened at ${sinceStart(happened, happening.key, names)}`;
      return `event ${type}${message === undefined ? "" : ` of ${message}`}${late}`;
    }
    case "recorded":
      return recordLine(happening.record, (at) => sinceStart(at, happening.key, names));
    case "called": {
      const { message, outcome } = happening.call;
      const to = message.to === null ? "" : ` to ${message.to}`;
      const came = outcome.kind === "accepted" ? "" : ` → ${outcome.kind} (${outcome.code})`;
      return `${message.ruleId} sends ${message.channel}${to}${came}`;
    }
    case "emitted":
      return `event ${happening.event.event_type}, emitted`;
    case "changed": {
      const { attributes, tagged, untagged } = happening.change;
      const set = Object.entries(attributes).map(([name, value]) => `${name} = ${quoted(value)}`);
      return [...set, ...tagged.map((tag) => `+${tag}`), ...untagged.map((tag) => `-${tag}`)].join(", ");
    }
    case "passed_by":
      return happening.what === "trigger" ? `${happening.rule} does not start: trigger.no_match` : null;
    case "looked_up": {
      const { name, found } = happening;
      return `look-up ${name} ${found.kind === "value" ? `finds ${quoted(found.value)}` : "has no answer"}`;
    }
    case "judged":
    case "moved":
      return null;
  }
}

function recordLine(record: LedgerRecord, when: (atMs: number) => string): string | null {
  const { kind, rule = "heed", step, reason, detail = {} } = record;
  const why = reason === undefined ? "" : `: ${reason}`;
  switch (kind) {
    case "enrolled":
      return `${rule} starts`;
    case "not_enrolled":
      return `${rule} does not start${why}`;
    case "ended":
      return `${rule} ends${why}`;
    case "step": {
      const did = reason === undefined ? describeStep(detail, when) : null;
      return `${rule} step ${step ?? ""}${did === null ? why : ` ${did}`}`;
    }
    case "message":
      return `${rule} step ${step ?? ""}${why}`;
    case "event":
      return reason === "event.duplicate" ? "known already: event.duplicate" : null;
    case "converted":
      return `${rule} reaches its goal: ${detail["arm"] === "holdout" ? "holdout" : "treated"}`;
    default:
      return reason === undefined ? null : `${rule}${why}`;
  }
}
