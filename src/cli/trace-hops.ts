import type { LedgerRecord } from "../core/model/decision.ts";
import { isJsonObject } from "../core/model/parse-json.ts";
import { parseInstant } from "../core/time/instant.ts";
import { isReason, reasonPages } from "../rulebook/reasons/pages.ts";
import { clockTime } from "../simulate/clock-text.ts";
import { answersOf } from "../simulate/explain/answer.ts";
import { type Mark, tellLine } from "../simulate/explain/describe-line.ts";
import { partOf, type Story, type StoryFilter } from "../simulate/explain/story.ts";

/** A station of an event's way, and what happened there. */
export interface Hop {
  readonly name: "door" | "contact" | "rules" | "steps" | "messages" | "reports" | "end";
  readonly lines: readonly HopLine[];
}

export interface HopLine {
  readonly mark: Mark;
  readonly at: string | null;
  readonly text: string;
}

/** An event's way from the door to the last word about its messages, and why it ends where it ends. */
export interface Traced {
  readonly hops: readonly Hop[];
  readonly cause: readonly string[];
}

/** How much of what an event brought is shown. */
const MOST_DATA = 600;
/** Vendors report within minutes, most of them. */
const REPORTED_WITHIN_MS = 3_600_000;

export function traceOf(story: Story, filter: StoryFilter, now: number): Traced {
  const part = partOf(story, filter);
  const records = part.lines.map(({ record }) => record);
  const of = (...kinds: readonly LedgerRecord["kind"][]) => records.filter(({ kind }) => kinds.includes(kind));
  const intents = new Set(of("intent", "message").flatMap(({ intent }) => intent ?? []));
  const reports = story.lines.map(({ record }) => record).filter((record) => intents.has(messageOf(record) ?? ""));
  const reported = new Set(reports);
  const tell = (record: LedgerRecord): readonly HopLine[] => {
    const { mark, text, parts } = tellLine(record, story.zones.zone);
    const line = { mark, at: clockTime(record.at, story.zones.zone), text };
    return [line, ...parts.map((each) => ({ mark: each.mark, at: null, text: `  ${each.name} ${each.text}` }))];
  };
  const missed = part.missed.map(({ rule, what, because }): HopLine => {
    return { mark: "✗", at: null, text: `${rule} does not ${what}: ${because}` };
  });
  const standing = part.standing.map(({ rule, text }): HopLine => ({ mark: "…", at: "now", text: `${rule} ${text}` }));
  const hops: readonly Hop[] = [
    {
      name: "door",
      lines: of("event")
        .filter((record) => !reported.has(record))
        .flatMap((record) => tellReceipt(record, story)),
    },
    { name: "contact", lines: tellContact(story) },
    { name: "rules", lines: [...of("enrolled", "not_enrolled").flatMap(tell), ...missed] },
    { name: "steps", lines: [...of("step").flatMap(tell), ...standing] },
    { name: "messages", lines: of("intent", "message").flatMap(tell) },
    { name: "reports", lines: reports.flatMap(tell) },
    { name: "end", lines: of("ended", "converted").flatMap(tell) },
  ];
  return {
    hops: hops.filter(({ lines }) => lines.length > 0),
    cause: [
      ...answersOf(story, filter),
      ...causesOf(of("message"), reports, now),
      ...(missed.length === 0 ? records.flatMap(unheardOf) : []),
    ],
  };
}

/** When it came, when it says that it happened, and what it brought, as far as the account keeps it. */
function tellReceipt(record: LedgerRecord, { zones }: Story): readonly HopLine[] {
  const { event = "", reason, detail = {}, at } = record;
  const { type, provider, occurred_at: occurred, data, handed_to: handed } = detail;
  const happened = typeof occurred === "string" ? parseInstant(occurred) : null;
  const late = happened === null || at - happened < 1_000 ? "" : `, happened ${clockTime(happened, zones.zone)}`;
  const isTaken = reason === undefined || reason === "trigger.no_match";
  const verdict = isTaken ? "decided" : `${reason}: ${saying(reason)}`;
  const named = `${wordOf(type, "an event")} ${event} from ${wordOf(provider, "somebody")}: accepted, ${verdict}${late}`;
  const brought = data === undefined ? "" : JSON.stringify(data);
  return [
    { mark: isTaken ? "✓" : "✗", at: clockTime(at, zones.zone), text: named },
    ...(brought === "" || brought === "{}"
      ? []
      : [{ mark: "·" as const, at: null, text: `  it brought ${brought.slice(0, MOST_DATA)}` }]),
    ...(Array.isArray(handed)
      ? [{ mark: "·" as const, at: null, text: `  its address belongs to ${handed.join(", ")}, who heard it next` }]
      : []),
  ];
}

function tellContact({ key, name, keys, erased }: Story): readonly HopLine[] {
  const others = keys.filter((each) => each !== key);
  const known = others.length === 0 ? "" : `, also known as ${others.join(", ")}`;
  const gone = erased === null ? "" : "; erased since, and its account with it";
  return [
    { mark: erased === null ? "✓" : "✗", at: null, text: `${key}${name === key ? "" : ` (${name})`}${known}${gone}` },
  ];
}

/** An event that nothing came of, and of which no rule says why. */
function unheardOf({ kind, reason, detail }: LedgerRecord): readonly string[] {
  if (kind !== "event" || reason !== "trigger.no_match") return [];
  return [
    `no rule listens to ${wordOf(detail?.["type"], "its type")}: heed graph shows which events start which rules`,
  ];
}

/** Where each message came to a stop that only somebody outside can explain. */
function causesOf(messages: readonly LedgerRecord[], reports: readonly LedgerRecord[], now: number): readonly string[] {
  const last = new Map(messages.map((record) => [record.intent ?? "", record]));
  return [...last].flatMap(([intent, { reason, at, detail = {} }]): readonly string[] => {
    const own = reports.filter((report) => messageOf(report) === intent);
    const told = own.map(({ detail: said }) => wordOf(said?.["type"], ""));
    const lost = told.find((type) => /\.(?:bounced|undelivered|failed)$/.test(type));
    if (lost !== undefined)
      return [`${intent}: its provider could not deliver it (${lost}); the report above says why`];
    // Its messages stay on this machine, and nobody reports on them.
    if (reason === "sent" && detail["provider"] === "outbox") return [`${intent}: lies in the outbox of this machine`];
    if (reason === "sent") {
      if (told.some((type) => /\.(?:delivered|opened|clicked|replied)$/.test(type))) return [];
      if (now - at < REPORTED_WITHIN_MS) return [`${intent}: was handed to its provider; reports come within minutes`];
      const provider = wordOf(detail["provider"], "its provider");
      return [
        `${intent}: was handed to ${provider}, which has reported nothing since: is its webhook set up, and pointing here? heed doctor looks, heed backfill asks for what was missed`,
      ];
    }
    if (reason === undefined) return [];
    return [`${intent}: ${saying(reason)} (heed codes ${reason} says what to do)`];
  });
}

function messageOf({ kind, detail }: LedgerRecord): string | null {
  const of = kind === "event" ? detail?.["of"] : undefined;
  const intent = isJsonObject(of) ? of["intent"] : undefined;
  return typeof intent === "string" ? intent : null;
}

function saying(reason: string): string {
  return isReason(reason) ? reasonPages[reason].says : reason;
}

function wordOf(value: unknown, otherwise: string): string {
  return typeof value === "string" ? value : otherwise;
}
