import type { BuriedMessage, Job } from "../core/model/decision.ts";
import type { CanonicalEvent } from "../core/model/event.ts";
import type { Json, JsonObject } from "../core/model/json.ts";
import { isJsonObject, parseJson } from "../core/model/parse-json.ts";
import type { DeadLetter } from "../store/store.ts";

/** A dead letter, and what it turned out to be. */
export type Letter = LetterHead & LetterContent;

interface LetterHead {
  /** Names it among all of its store. */
  readonly place: number;
  readonly key: string;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly reason: string;
  readonly raw: Uint8Array;
  /** Null when the body is no JSON. */
  readonly body: Json;
}

type LetterContent =
  /** A message that no attempt got rid of, or of which nobody knows whether it was sent. */
  | { readonly kind: "message"; readonly message: BuriedMessage }
  | { readonly kind: "event"; readonly event: CanonicalEvent }
  /** What one document had to tell another. */
  | { readonly kind: "handed"; readonly what: string }
  | { readonly kind: "job"; readonly job: Job }
  /** A document could not be looked at when it was due. */
  | { readonly kind: "wake-up" }
  | { readonly kind: "unreadable" };

/**
 * Whether an id could be an address or the number of a person: whoever lists letters has not asked for one. An id made
 * of hexadecimal groups is nobody's.
 */
export function mayBePersonal(id: string): boolean {
  if (UUID.test(id)) return false;
  return id.includes("@") || /(?:\d[\s().-]?){7}/.test(id) || /\d{3}-\d{2}-\d{4}/.test(id);
}

const UUID = /^(?:[\w-]{0,20}[-:])?[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i;
const decoder = new TextDecoder();

export function readLetter({ place, key, at, reason, body: raw }: DeadLetter): Letter {
  const parsed = parseJson(decoder.decode(raw));
  const body = parsed.ok ? parsed.value : null;
  // What others sent must not pass for a word of ours, whatever it looks like.
  const content = key.startsWith("quarantine:") ? eventIn(body) : contentOf(raw, body);
  const said = content.kind === "message" && reason === "" ? content.message.reason : reason;
  return { place, key, at, reason: said, raw, body, ...content };
}

function contentOf(raw: Uint8Array, body: Json): LetterContent {
  if (raw.length === 0) return { kind: "wake-up" };
  const read: unknown = body;
  if (isMessage(read)) return { kind: "message", message: read };
  if (isJob(read)) return { kind: "job", job: read };
  if (isEvent(read)) return { kind: "event", event: read };
  const what = isJsonObject(body) ? body["kind"] : undefined;
  return typeof what === "string" && HANDED.has(what) ? { kind: "handed", what } : { kind: "unreadable" };
}

function eventIn(body: Json): LetterContent {
  const read: unknown = body;
  return isEvent(read) ? { kind: "event", event: read } : { kind: "unreadable" };
}

const HANDED: ReadonlySet<string> = new Set([
  "event",
  "link",
  "unlink",
  "handover",
  "release",
  "result",
  "replay",
  "cancel",
  "merge",
  "erase",
  "forget",
]);

function isRecord(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Written by this runtime alone. */
function isMessage(value: unknown): value is BuriedMessage {
  return (
    isRecord(value) &&
    typeof value["intent"] === "string" &&
    typeof value["attempt"] === "number" &&
    typeof value["reason"] === "string" &&
    "enrollment" in value
  );
}

function isJob(value: unknown): value is Job {
  return (
    isRecord(value) &&
    typeof value["intent"] === "string" &&
    (value["kind"] === "send" || value["kind"] === "reconcile")
  );
}

/** Enough to be named; whether it is a whole event, the schema knows. */
function isEvent(value: unknown): value is CanonicalEvent {
  return isRecord(value) && typeof value["event_type"] === "string" && typeof value["event_id"] === "string";
}
