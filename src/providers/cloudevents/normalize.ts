import type { CanonicalEvent } from "../../core/model/event.ts";
import type { Json, JsonObject } from "../../core/model/json.ts";
import { isJsonArray, isJsonObject, parseJson } from "../../core/model/parse-json.ts";
import { decodeText, readId } from "../decode.ts";
import { eventOfOwnSystem, readEach, readEventType, readJsonBody, readMoment, type ReadPhone } from "../event-parts.ts";
import type { Normalized, WebhookRequest } from "../provider.ts";

const attributeHeader = /^ce-([a-z0-9]{1,20})$/;
const maxSourceLength = 100;
const maxIdLength = 99;

/** One event in structured or binary mode, or a batch of them (CloudEvents 1.0.2, JSON format and HTTP binding). */
export function normalizeCloudEvents(request: WebhookRequest, readPhone: ReadPhone, now: number): Normalized {
  const isBinary = request.headers["ce-specversion"] !== undefined;
  const body = isBinary && request.body.length === 0 ? { value: {} } : readJsonBody(request.body);
  if ("malformed" in body) return body;
  if (isBinary) {
    const event = { ...attributesOf(request), data: body.value };
    return readEach([event], (element) => readCloudEvent(element, readPhone, now));
  }
  const elements = isJsonArray(body.value) ? body.value : [body.value];
  return readEach(elements, (element) => readCloudEvent(element, readPhone, now));
}

/** In binary mode every attribute is a header, its text percent-encoded (HTTP binding, section 3.1.3.2). */
function attributesOf({ headers }: WebhookRequest): JsonObject {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => {
      const attribute = attributeHeader.exec(name)?.[1];
      return attribute === undefined || value === undefined ? [] : [[attribute, percentDecoded(value)] as const];
    }),
  );
}

function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/**
 * The event, or why there is none. Source and id together are unique. It is about the contact that `data.contact_id` names,
 * else about the addresses under `data`, with the subject as the contact's id unless the subject is a path or an address of
 * something else.
 */
function readCloudEvent(element: Json, readPhone: ReadPhone, now: number): CanonicalEvent | string {
  if (!isJsonObject(element)) return "element is not an object";
  if (element["specversion"] !== "1.0") return "specversion is not 1.0";
  const id = readId(element["id"], maxIdLength);
  const source = readId(element["source"], maxSourceLength);
  if (id === null) return `id is missing or not a text of 1 to ${maxIdLength} characters`;
  if (source === null) return `source is missing or not a text of 1 to ${maxSourceLength} characters`;
  const read = dataOf(element);
  if (typeof read === "string") return read;
  const { data: _, data_base64: __, id: ___, specversion: ____, time, ...attributes } = element;
  const parts = {
    provider: "cloudevents",
    eventId: `${source} ${id}`,
    type: readEventType(element["type"]),
    occurredAt: readMoment(time, now),
    contact: read["contact_id"] ?? subjectOf(element),
    email: read["email"],
    phone: read["phone"],
    data: { ...attributes, ...read },
  };
  return eventOfOwnSystem(parts, readPhone, now);
}

/** A subject with a slash or a space is the name of a thing at the source. */
function subjectOf({ subject }: JsonObject): string | undefined {
  return typeof subject === "string" && subject.length <= 100 && !/[/\s]/.test(subject) ? subject : undefined;
}

/** The data as an object, or why there is none. Data of other types than JSON says nothing that rules could read. */
function dataOf(element: JsonObject): JsonObject | string {
  const encoded = element["data_base64"];
  const data = typeof encoded === "string" ? decoded(encoded) : (element["data"] ?? {});
  return isJsonObject(data) ? data : "data is not an object";
}

function decoded(base64: string): Json {
  const parsed = parseJson(decodeText(Buffer.from(base64, "base64")));
  return parsed.ok ? parsed.value : null;
}
