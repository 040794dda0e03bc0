import type { CanonicalEvent } from "../../core/model/event.ts";
import type { Json } from "../../core/model/json.ts";
import { isJsonObject } from "../../core/model/parse-json.ts";
import { readJsonBody } from "../event-parts.ts";
import type { Normalized, WebhookRequest } from "../provider.ts";
import type { VendorCodes } from "../vendor-codes.ts";
import { normalizeMessages } from "./normalize-messages.ts";
import { normalizeSms } from "./normalize-sms.ts";
import { readParameters } from "./parameters.ts";
import { isOfMessages } from "./verify.ts";

export function normalizeVonage(request: WebhookRequest, codes: VendorCodes, now: number): Normalized {
  if (isOfMessages(request)) {
    const parsed = readJsonBody(request.body);
    if ("malformed" in parsed) return parsed;
    if (!isJsonObject(parsed.value)) return { malformed: "expected a JSON object" };
    return one(normalizeMessages(parsed.value, codes, now), parsed.value);
  }
  const parameters = readParameters(request);
  if (parameters === null || parameters.size === 0) return { malformed: "expected parameters, each of them once" };
  return one(normalizeSms(parameters, codes, now), Object.fromEntries(parameters));
}

function one(events: readonly CanonicalEvent[] | string, payload: Json): Normalized {
  if (typeof events === "string") return { events: [], quarantined: [{ reason: events, payload }] };
  return { events, quarantined: [] };
}
