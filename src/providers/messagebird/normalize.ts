import type { CanonicalEvent } from "../../core/model/event.ts";
import type { Json } from "../../core/model/json.ts";
import { isJsonObject } from "../../core/model/parse-json.ts";
import { readJsonBody } from "../event-parts.ts";
import type { Normalized, WebhookRequest } from "../provider.ts";
import { normalizeBird } from "./normalize-bird.ts";
import { normalizeClassic, readFields } from "./normalize-classic.ts";
import type { Reading } from "./settings.ts";
import { isClassic } from "./verify.ts";

export function normalizeMessageBird(
  request: WebhookRequest,
  { codes, fields: names }: Reading,
  now: number,
): Normalized {
  if (isClassic(request)) {
    const fields = readFields(request);
    return fields === null ? { malformed: "expected fields" } : one(normalizeClassic(fields, codes, now), fields);
  }
  const parsed = readJsonBody(request.body);
  if ("malformed" in parsed) return parsed;
  if (!isJsonObject(parsed.value)) return { malformed: "expected a JSON object" };
  return one(normalizeBird(parsed.value, names, now), parsed.value);
}

function one(events: readonly CanonicalEvent[] | string, payload: Json): Normalized {
  if (typeof events === "string") return { events: [], quarantined: [{ reason: events, payload }] };
  return { events, quarantined: [] };
}
