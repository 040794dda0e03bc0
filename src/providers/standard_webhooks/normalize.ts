import type { CanonicalEvent } from "../../core/model/event.ts";
import type { Json } from "../../core/model/json.ts";
import { isJsonObject } from "../../core/model/parse-json.ts";
import {
  eventOfOwnSystem,
  readEach,
  readEventType,
  readJsonBody,
  readMoment,
  type ReadPhone,
  without,
} from "../event-parts.ts";
import type { Normalized, WebhookRequest } from "../provider.ts";
import { timestampHeader, webhookIdOf } from "../standard-webhooks.ts";

const envelopeFields: ReadonlySet<string> = new Set(["type", "timestamp", "data"]);

/**
 * One request is one event: `{ type, timestamp, data }`, known by the id in its header. Whom it concerns is under `data`, by
 * the names that canonical events have: `contact_id`, `email`, `phone`, `anonymous_id`.
 */
export function normalizeStandardWebhook(request: WebhookRequest, readPhone: ReadPhone, now: number): Normalized {
  const body = readJsonBody(request.body);
  if ("malformed" in body) return body;
  return readEach([body.value], (element) => readMessage(element, request, readPhone, now));
}

/** The event, or why there is none. */
function readMessage(body: Json, request: WebhookRequest, readPhone: ReadPhone, now: number): CanonicalEvent | string {
  if (!isJsonObject(body)) return "body is not an object";
  const data = body["data"] ?? {};
  if (!isJsonObject(data)) return "data is not an object";
  const eventId = webhookIdOf(request);
  if (eventId === null) return "webhook-id is missing or not a text of 1 to 200 characters";
  const { contact_id: contact, email, phone } = data;
  const type = readEventType(body["type"]);
  const occurredAt = readMoment(body["timestamp"], now) ?? readMoment(request.headers[timestampHeader], now);
  const said = { ...without(body, envelopeFields), ...data };
  const parts = { provider: "standard_webhooks", eventId, type, occurredAt, contact, email, phone, data: said };
  return eventOfOwnSystem(parts, readPhone, now);
}
