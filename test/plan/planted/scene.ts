import type { CanonicalEvent } from "../../../src/core/model/event.ts";
import { identityKey } from "../../../src/core/model/identity.ts";
import type { RecordedEvent, SentMessage } from "../../../src/plan/recorded.ts";
import type { Recording } from "../../../src/plan/recording.ts";
import type { Side } from "../../../src/plan/side.ts";
import { checkWorkspace } from "../../../src/rulebook/check-workspace.ts";
import { type CompiledWorkspace, compileWorkspace } from "../../../src/rulebook/compile-workspace.ts";
import type { Behaviour } from "../../bench/month/behaviour.ts";
import { recordMonth } from "../../bench/month/month.ts";
import type { Sent } from "../../bench/month/production.ts";
import { inMemory } from "../../rulebook/in-memory.ts";
import { recordingInPieces } from "../recording-in-pieces.ts";
import type { Recorded } from "./recount.ts";

/** A month in which clocks change in America, but not in London. */
export const MONTH_FROM = Date.parse("2026-02-23T00:00:00Z");

export interface Month extends Recorded {
  readonly recording: Recording;
}

async function compiledOf(files: Readonly<Record<string, string>>): Promise<CompiledWorkspace> {
  const compiled = await compileWorkspace(inMemory(files), {});
  if (compiled.ok) return compiled.workspace;
  throw new Error(compiled.problems.map(({ file, message }) => `${file}: ${message}`).join("; "));
}

export async function sideOf(files: Readonly<Record<string, string>>): Promise<Side> {
  return { parsed: checkWorkspace(inMemory(files), {}).parsed, compiled: await compiledOf(files) };
}

/** A month of production by these rules, as a recording and as plain lists. */
export async function monthOf(
  files: Readonly<Record<string, string>>,
  behaviour: Behaviour,
  { contacts, days, seed }: { readonly contacts: number; readonly days: number; readonly seed: number },
): Promise<Month> {
  const events: CanonicalEvent[] = [];
  const sent: Sent[] = [];
  const workspace = await compiledOf(files);
  await recordMonth(
    { workspace, behaviour, contacts, days, seed, from: MONTH_FROM },
    { event: (event) => void events.push(event), sent: (message) => void sent.push(message) },
  );
  return {
    events,
    sent: sent.map(({ at, key, message }) => ({
      message: message.intentId,
      contact: key,
      rule: message.ruleId,
      at,
    })),
    recording: recordingInPieces("month.ndjson", [
      { lines: [...events.flatMap(recordedOf), ...sent.map(sentOf)], knowsSent: true },
    ]),
  };
}

function recordedOf(event: CanonicalEvent): readonly RecordedEvent[] {
  const key = identityKey(event);
  return key === null ? [] : [{ at: Date.parse(event.received_at), key, event }];
}

function sentOf({ at, key, message, step }: Sent): SentMessage {
  return { at, key, intent: message.intentId, rule: message.ruleId, step, channel: message.channel };
}
