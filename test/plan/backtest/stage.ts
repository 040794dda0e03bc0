import type { CanonicalEvent } from "../../../src/core/model/event.ts";
import { identityKey } from "../../../src/core/model/identity.ts";
import { backtest, type BacktestOptions } from "../../../src/plan/backtest/backtest.ts";
import { compareWorkspaces } from "../../../src/plan/compare/compare-workspaces.ts";
import type { Backtest } from "../../../src/plan/plan.ts";
import type { RecordedEvent, SentMessage } from "../../../src/plan/recorded.ts";
import type { Recording } from "../../../src/plan/recording.ts";
import { sideOf } from "../planted/scene.ts";
import { recordingInPieces } from "../recording-in-pieces.ts";

export type Files = Readonly<Record<string, string>>;

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
/** A Monday, 10 o'clock in New York. */
export const START = Date.parse("2026-03-02T15:00:00Z");

export const HEED = `workspace: staged
time_zone: America/New_York
country: US
providers:
  outbox: {}
channels:
  email: { kind: email, provider: outbox, from: "Acme <hello@acme.example>", price: { per_message: 0.0010 USD } }
  sms: { kind: sms, provider: outbox, from: "+12025550100", rate: 1/s }
contacts: { fields: { first_name: { type: string }, plan: { type: string } } }
events:
  Signed Up: {}
  Bought: {}
  Seen: {}
consent: { sms: opt_out, email: opt_out }
`;

/** A rule that sends one message after an event, and what an author writes beside. */
export function ruleOf(id: string, parts: { event: string; send?: string; text?: string; more?: string }): string {
  const { event, send = "sms", text = "Hello.", more = "" } = parts;
  const subject = send === "email" ? "    subject: News\n" : "";
  return `rule: ${id}
description: For a test.
owner: nobody
class: transactional
trigger:
  event: ${event}
${more}actions:
  - send: ${send}
${subject}    text: '${text}'
`;
}

let named = 0;

/** Something that happened to somebody, so long after the start. */
export function happened(who: number, type: string, after: number, more: Partial<CanonicalEvent> = {}): CanonicalEvent {
  const at = new Date(START + after).toISOString();
  return {
    schema_version: 1,
    event_id: `e${(named += 1)}`,
    event_type: type,
    occurred_at: at,
    received_at: at,
    provider: "app",
    contact_id: `c${who}`,
    address: { email: `c${who}@example.com`, phone: `+1202555${String(1_000 + who)}` },
    data: {},
    ...more,
  };
}

export function recordingOf(events: readonly CanonicalEvent[], sent: readonly SentMessage[] | null = null): Recording {
  return recordingInPieces("staged", [
    { lines: [...events.map(recordedOf), ...(sent ?? [])], knowsSent: sent !== null },
  ]);
}

export function recordedOf(event: CanonicalEvent): RecordedEvent {
  return { at: Date.parse(event.received_at), key: identityKey(event) ?? "", event };
}

export const usual: BacktestOptions = { sample: 1, seed: 1, key: null, showContent: true, threads: false };

export async function played(
  files: { readonly base: Files; readonly head: Files },
  recording: Recording,
  options: Partial<BacktestOptions> = {},
): Promise<Backtest> {
  const [base, head] = [await sideOf(files.base), await sideOf(files.head)];
  return backtest(base, head, compareWorkspaces(base, head), recording, { ...usual, ...options });
}

/** Of a rule in a backtest: sent by base and by head, and what differs. */
export function figuresOf({ rules }: Backtest, rule: string): readonly unknown[] {
  return rules
    .filter((delta) => delta.rule === rule)
    .map(({ channel, base, head, differences, reasons }) => [channel, base.value, head.value, differences, reasons]);
}
