import type { Json } from "../../core/model/json.ts";
import { isJsonObject, parseJson } from "../../core/model/parse-json.ts";

/** One message as the outbox keeps it: one line of JSON. */
export interface OutboxRecord {
  /** RFC 3339. */
  readonly at: string;
  readonly intent: string;
  readonly rule: string;
  readonly contact_id: string | null;
  readonly channel: string;
  readonly kind: string;
  readonly from: string | null;
  readonly to: string | null;
  /** Rendered content by field: `text`, `subject`, `html`. */
  readonly content: Readonly<Record<string, string>>;
  /** Of a webhook. */
  readonly body?: Json;
}

/** Null for a line that is torn or not a record. */
export function readRecord(line: string): OutboxRecord | null {
  const parsed = parseJson(line);
  if (!parsed.ok || !isJsonObject(parsed.value)) return null;
  const { value } = parsed;
  const { at, intent, rule, channel, kind } = value;
  if (typeof at !== "string" || typeof intent !== "string" || typeof rule !== "string") return null;
  if (typeof channel !== "string" || typeof kind !== "string") return null;
  const content = isJsonObject(value["content"]) ? Object.entries(value["content"]) : [];
  return {
    at,
    intent,
    rule,
    channel,
    kind,
    contact_id: textOrNull(value["contact_id"]),
    from: textOrNull(value["from"]),
    to: textOrNull(value["to"]),
    content: Object.fromEntries(content.filter((field): field is [string, string] => typeof field[1] === "string")),
    ...(value["body"] !== undefined && { body: value["body"] }),
  };
}

function textOrNull(value: Json | undefined): string | null {
  return typeof value === "string" ? value : null;
}
