import type { CanonicalEvent } from "../../core/model/event.ts";
import { identityKey } from "../../core/model/identity.ts";
import type { JsonObject } from "../../core/model/json.ts";
import { liftEvent } from "../../core/model/lift-event.ts";
import { isJsonObject, parseJson } from "../../core/model/parse-json.ts";
import { parseInstant } from "../../core/time/instant.ts";
import type { RecordedEvent, SentMessage } from "../../plan/recorded.ts";

/** What a line of a recording says: an event, what became of a message, or nothing that can be used, and why. */
export type RecordedLine =
  | { readonly kind: "event"; readonly event: RecordedEvent }
  | { readonly kind: "message"; readonly sent: SentMessage | null }
  | { readonly kind: "none"; readonly why: string };

/** Messages are known by their shape: rows of `heed export --what messages`. */
export function readRecordedLine(line: Buffer): RecordedLine {
  const parsed = parseJson(line.toString("utf8"));
  if (!parsed.ok) return none(parsed.why === "too_deep" ? "nested too deep" : "not JSON");
  if (!isJsonObject(parsed.value)) return none("JSON, and no event");
  if (isRowOfMessage(parsed.value)) return { kind: "message", sent: sentIn(parsed.value) };
  return readEvent(parsed.value, line);
}

function readEvent(stored: JsonObject, json: Uint8Array): RecordedLine {
  const lifted = liftEvent(stored);
  if (lifted.kind === "other version") return none(lifted.why);
  if (lifted.kind === "no event" || !isWhole(lifted.event)) return none("no event in canonical form");
  const { event } = lifted;
  const at = momentOf(event.received_at) ?? momentOf(event.occurred_at);
  if (at === null) return none("an event without a moment: received_at and occurred_at are no RFC 3339 times");
  const key = identityKey(event);
  if (key === null) return none("an event of nobody: no contact_id, address or data.anonymous_id");
  return { kind: "event", event: { at, key, event, json } };
}

/** What passed no door may have none. */
function momentOf(time: unknown): number | null {
  return typeof time === "string" ? parseInstant(time) : null;
}

function none(why: string): RecordedLine {
  return { kind: "none", why };
}

/** What doors have judged by the schema may come from a file that passed no door. */
function isWhole({ data, provider, contact_id: contact, address }: CanonicalEvent): boolean {
  const isText = (value: unknown): boolean => value === undefined || typeof value === "string";
  if (!isJsonObject(data) || typeof provider !== "string" || !isText(contact)) return false;
  return address === undefined || (isObject(address) && Object.values(address).every(isText));
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function isRowOfMessage(row: JsonObject): boolean {
  return "message" in row && "contact" in row && "sent_at" in row && !("event_type" in row);
}

/** Null for one that no provider took. */
function sentIn(row: JsonObject): SentMessage | null {
  const { message: intent, contact: key, rule, step, channel, sent_at: sentAt } = row;
  if (typeof intent !== "string" || typeof key !== "string" || typeof sentAt !== "string") return null;
  if (typeof rule !== "string" || typeof step !== "string" || typeof channel !== "string") return null;
  const at = parseInstant(sentAt);
  return at === null ? null : { at, key, intent, rule, step, channel };
}

/** Where a line says when it came in, without parsing all of it; null when only a parser can tell. */
export function momentIn(line: Buffer): number | null {
  const name = line.indexOf(RECEIVED_AT);
  if (name < 0) return null;
  const rest = line.toString("latin1", name + RECEIVED_AT.length, name + RECEIVED_AT.length + 48);
  const text = /^\s*:\s*"([^"]{10,40})"/.exec(rest)?.[1];
  return text === undefined ? null : parseInstant(text);
}

const RECEIVED_AT = '"received_at"';
