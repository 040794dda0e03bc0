import type { CanonicalEvent } from "../../core/model/event.ts";
import type { Json, JsonObject } from "../../core/model/json.ts";
import { isJsonArray, isJsonObject } from "../../core/model/parse-json.ts";
import { readId } from "../decode.ts";
import type { EventData } from "../definition.ts";
import {
  readAddresses,
  readEach,
  readEventType,
  readJsonBody,
  readMoment,
  type ReadPhone,
  unknownType,
  without,
} from "../event-parts.ts";
import type { Normalized, WebhookRequest } from "../provider.ts";

/** The type id of contacts among HubSpot's objects, which newer subscriptions name instead. */
const contactTypeId = "0-1";
/** Ids are numbers of HubSpot. */
const maxIdLength = 40;

const change: EventData[string] = {
  subscriptionType: "string",
  portalId: "integer",
  appId: "integer",
  changeSource: "string",
  changeFlag: "string",
};
const property: EventData[string] = { ...change, propertyName: "string", propertyValue: "string" };

/** What HubSpot says of a change beside what Heed names. */
export const hubspotEventData: EventData = {
  "crm.contact_created": change,
  "contact.updated": property,
  "crm.contact_deleted": change,
  "contact.merged": { ...change, primaryObjectId: "integer", newObjectId: "integer" },
  "consent.denied": property,
};

/** Which field of a merge names the contact that goes on, and which lists those that were one with it. */
export interface MergeFields {
  readonly survivor: string;
  readonly merged: string;
}

export interface HubSpotReading {
  readonly prefix: string;
  readonly mergeFields: MergeFields;
  readonly readPhone: ReadPhone;
  readonly now: number;
}

/** An array of changes. Those of companies, deals and other things that are no person are set aside. */
export function normalizeHubSpot({ body }: WebhookRequest, reading: HubSpotReading): Normalized {
  const read = readJsonBody(body);
  if ("malformed" in read) return read;
  const changes = isJsonArray(read.value) ? read.value : [read.value];
  return readEach(changes, (element) => readChange(element, reading));
}

function readChange(element: Json, { prefix, mergeFields, readPhone, now }: HubSpotReading): CanonicalEvent | string {
  if (!isJsonObject(element)) return "element is not an object";
  const word = readEventType(element["subscriptionType"]);
  if (word === null) return "change has no subscriptionType";
  const [object = "", verb = ""] = word.split(".", 2);
  if (object !== "contact" && !(object === "object" && element["objectTypeId"] === contactTypeId)) {
    return "change concerns something else than a contact";
  }
  const objectId = readId(element[mergeFields.survivor] ?? element["objectId"], maxIdLength);
  if (objectId === null) return "objectId is missing or not an id";
  const { type, data } = whatChanged({ verb, word, prefix, mergeFields }, element);
  const { propertyName: name, propertyValue: value } = element;
  const isPhone = name === "phone" || name === "mobilephone";
  return {
    schema_version: 1,
    event_id: idOf(element),
    event_type: type,
    occurred_at: readMoment(element["occurredAt"], now) ?? new Date(now).toISOString(),
    received_at: new Date(now).toISOString(),
    provider: "hubspot",
    contact_id: `${prefix}${objectId}`,
    ...readAddresses(name === "email" ? value : undefined, isPhone ? value : undefined, readPhone),
    data: { ...without(element, envelopeFields), ...data },
  };
}

const envelopeFields: ReadonlySet<string> = new Set(["eventId", "subscriptionId", "occurredAt", "attemptNumber"]);

/** Event ids alone may repeat, and the attempt is counted in every copy. */
function idOf(element: JsonObject): string {
  const parts = ["eventId", "subscriptionId", "objectId", "occurredAt"].map((name) =>
    readId(element[name], maxIdLength),
  );
  return parts.map((part) => part ?? "").join(":");
}

interface Changed {
  readonly type: string;
  readonly data: JsonObject;
}

interface Change {
  readonly verb: string;
  readonly word: string;
  readonly prefix: string;
  readonly mergeFields: MergeFields;
}

function whatChanged({ verb, word, prefix, mergeFields }: Change, element: JsonObject): Changed {
  switch (verb) {
    case "creation":
      return { type: "crm.contact_created", data: {} };
    case "deletion":
      return { type: "crm.contact_deleted", data: {} };
    case "privacyDeletion":
      return { type: "contact.erased", data: {} };
    case "propertyChange":
      return changedProperty(element);
    case "merge": {
      const loser = mergedId(element, mergeFields);
      return loser === null ? unknown(word) : { type: "contact.merged", data: { from: `${prefix}${loser}` } };
    }
    default:
      return unknown(word);
  }
}

function unknown(word: string): Changed {
  return { type: unknownType, data: { type: word } };
}

/** HubSpot's own property of "unsubscribed from all email" is an objection; every other is a field of the contact. */
function changedProperty({ propertyName: name, propertyValue: value = null }: JsonObject): Changed {
  if (typeof name !== "string" || name === "") return unknown("contact.propertyChange");
  if (name === "hs_email_optout" && value === "true") {
    return { type: "consent.denied", data: { channel: "email", class: "marketing", source: "hubspot" } };
  }
  // An empty text is how HubSpot writes that a property was cleared.
  return { type: "contact.updated", data: { traits: { [name]: value === "" ? null : value } } };
}

/** The contact that is no more, of the two that were merged. */
function mergedId(element: JsonObject, fields: MergeFields): string | null {
  const survivor = readId(element[fields.survivor] ?? element["objectId"], maxIdLength);
  const merged = element[fields.merged];
  const ids = isJsonArray(merged) ? merged.map((id) => readId(id, maxIdLength)) : [];
  return ids.find((id) => id !== null && id !== survivor) ?? null;
}
