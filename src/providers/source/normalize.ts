import type { CanonicalEvent } from "../../core/model/event.ts";
import type { Json, JsonObject } from "../../core/model/json.ts";
import { isHostileKey, isJsonArray, isJsonObject } from "../../core/model/parse-json.ts";
import { readPath } from "../../core/model/path.ts";
import { decodeText, readId } from "../decode.ts";
import {
  eventOfOwnSystem,
  hashOf,
  isHeedsOwn,
  maxEventIdLength,
  maxIdLength,
  readEach,
  readEventType,
  readJsonBody,
  readMoment,
  type ReadPhone,
  unknownType,
} from "../event-parts.ts";
import type { Normalized, WebhookRequest } from "../provider.ts";
import { webhookIdOf } from "../standard-webhooks.ts";
import type { Mapping, SourcePath } from "./mapping.ts";

/** Nobody's form has more fields. */
const maxFormFields = 1_000;

export interface SourceReading {
  readonly name: string;
  readonly mapping: Mapping;
  readonly readPhone: ReadPhone;
  /** Whether the id that was signed stands for the event's own. */
  readonly signsIds: boolean;
}

/** What a path of the mapping reads at. */
interface Posted {
  readonly element: Json;
  readonly body: Json;
  readonly headers: JsonObject;
}

/** Every element of what was posted as an event, by the mapping of heed.yaml. Nothing in it is executed: paths only read. */
export function normalizeSource(request: WebhookRequest, reading: SourceReading, now: number): Normalized {
  const read = readBody(request);
  if ("malformed" in read) return read;
  const body = read.value;
  const headers = headersOf(request);
  const { each } = reading.mapping;
  const list = each === null ? body : valueAt(each, { element: body, body, headers });
  if (list === undefined) return readEach([body], () => `there is nothing at each (${each?.written ?? ""})`);
  const elements = isJsonArray(list) ? list : [list];
  const signedId = reading.signsIds ? webhookIdOf(request) : null;
  return readEach(elements, (element, index) => {
    const id = signedId === null || !isJsonArray(list) ? signedId : `${signedId}/${index}`;
    return readElement({ element, body, headers }, { ...reading, signedId: id, now });
  });
}

/** A form is a map of texts; a field that comes several times is a list of them. */
function readBody(request: WebhookRequest): { readonly value: Json } | { readonly malformed: string } {
  const isForm = /^\s*application\/x-www-form-urlencoded\b/i.test(request.headers["content-type"] ?? "");
  if (!isForm) return readJsonBody(request.body);
  const form = new Map<string, string[]>();
  for (const [name, value] of new URLSearchParams(decodeText(request.body))) {
    if (isHostileKey(name)) continue;
    form.set(name, [...(form.get(name) ?? []), value]);
    if (form.size > maxFormFields) return { malformed: `a form of more than ${maxFormFields} fields` };
  }
  if (form.size === 0) return { malformed: "expected form fields" };
  return {
    value: Object.fromEntries(
      [...form].map(([name, values]) => [name, values.length > 1 ? values : (values[0] ?? "")]),
    ),
  };
}

function headersOf({ headers }: WebhookRequest): JsonObject {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

function valueAt(path: SourcePath | null, posted: Posted): Json | undefined {
  return path === null ? undefined : readPath(posted[path.root], path.segments);
}

interface ElementReading extends SourceReading {
  readonly signedId: string | null;
  readonly now: number;
}

/** The event, or why there is none. */
function readElement(
  posted: Posted,
  { name, mapping, readPhone, signedId, now }: ElementReading,
): CanonicalEvent | string {
  if (!isJsonObject(posted.element)) return "element is not an object";
  const said = typeOf(mapping, posted);
  if (typeof said === "string") return said;
  const time = valueAt(mapping.occurredAt, posted);
  const occurredAt = time === undefined ? null : readMoment(time, now);
  if (occurredAt === null && time !== undefined)
    return `what is at occurred_at (${mapping.occurredAt?.written ?? ""}) is no time`;
  const anonymous = readId(valueAt(mapping.anonymousId, posted), maxIdLength);
  const parts = {
    provider: name,
    eventId: readId(valueAt(mapping.id, posted), maxEventIdLength) ?? signedId ?? hashOf(posted.element),
    type: said.type,
    occurredAt,
    contact: valueAt(mapping.contactId, posted),
    email: valueAt(mapping.email, posted),
    phone: valueAt(mapping.phone, posted),
    data: {
      ...dataOf(mapping, posted, posted.element),
      ...(said.word === null ? {} : { type: said.word }),
      ...(anonymous === null ? {} : { anonymous_id: anonymous }),
    },
  };
  return eventOfOwnSystem(parts, readPhone, now);
}

/** What it is: of an `unknown` one the source's word as well. */
function typeOf({ type }: Mapping, posted: Posted): { readonly type: string; readonly word: string | null } | string {
  if ("event" in type) return { type: type.event, word: null };
  const word = readEventType(valueAt(type.at, posted));
  if (word === null) return `there is no word at type (${type.at.written})`;
  // What people typed into a form must not be taken for what a provider or Heed itself reports.
  const meant = type.names === null ? (isHeedsOwn(word) ? undefined : word) : type.names.get(word);
  return meant === undefined ? { type: unknownType, word } : { type: meant, word: null };
}

function dataOf({ data }: Mapping, posted: Posted, element: JsonObject): JsonObject {
  if (data === null) return element;
  return Object.fromEntries(
    [...data].flatMap(([name, path]) => {
      const value = valueAt(path, posted);
      return value === undefined ? [] : [[name, value]];
    }),
  );
}
