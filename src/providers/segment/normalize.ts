import type { Json } from "../../core/model/json.ts";
import { isJsonArray, isJsonObject } from "../../core/model/parse-json.ts";
import { readEach, readJsonBody, type ReadPhone } from "../event-parts.ts";
import type { Normalized, WebhookRequest } from "../provider.ts";
import { readSpecCall, type SpecReading } from "../spec-events.ts";
import { apiCallOf, maxCallBytes } from "./api.ts";

/** What the webhook destination forwards, one event or a batch, and what is sent to the HTTP API, where the path names the call. */
export function normalizeSegment(request: WebhookRequest, readPhone: ReadPhone, now: number): Normalized {
  const body = readJsonBody(request.body);
  if ("malformed" in body) return body;
  const call = apiCallOf(request);
  const reading = { provider: "segment", readPhone, now, around: {} };
  if (call !== null) return normalizeCall(call, body.value, { ...reading, correctsTime: true, erases: false });
  const elements = isJsonArray(body.value) ? body.value : [body.value];
  return readEach(elements, (element) => readSpecCall(element, { ...reading, correctsTime: false, erases: true }));
}

function normalizeCall(call: string, body: Json, reading: SpecReading): Normalized {
  if (!isJsonObject(body)) return readEach([body], () => "body is not an object");
  if (call !== "batch") return readEach([body], () => readSpecCall({ ...body, type: call }, reading));
  const { batch, sentAt = null, context = null } = body;
  if (!isJsonArray(batch)) return readEach([body], () => "batch is not a list");
  return readEach(batch, (element) =>
    Buffer.byteLength(JSON.stringify(element)) > maxCallBytes
      ? `element is larger than ${maxCallBytes} bytes`
      : readSpecCall(element, { ...reading, around: { sentAt, context } }),
  );
}
