import { ADDRESS_KINDS } from "../core/linking.ts";
import { type Lack, missingProof } from "../core/model/admission.ts";
import type { CanonicalEvent } from "../core/model/event.ts";
import type { AddressKind } from "../core/model/identity.ts";
import type { Json } from "../core/model/json.ts";
import { isJsonObject } from "../core/model/parse-json.ts";
import type { Fact } from "../store/store.ts";
import { type ContactReading, isConsentChannel, noConsentChannel } from "./contact-statement.ts";
import { eventFact } from "./facts.ts";
import type { DoorLimits } from "./limits.ts";
import { ADDRESS_FORMS, normalizeAddress } from "./normalize-address.ts";
import type { EventFault, EventValidator, PostedEvent } from "./validate-event.ts";

export interface EventReading {
  readonly validate: EventValidator;
  readonly limits: Pick<DoorLimits, "keyBytes" | "idBytes" | "factBytes">;
  /** For phone numbers without a prefix: an ISO 3166 code such as `US`. */
  readonly country: string;
  /** The deployed workspace's. Without them, consents are taken for any channel. */
  readonly channels?: ContactReading["channels"];
  /** Epoch milliseconds at which it was received. */
  readonly now: number;
  /** For an event that comes without an id. */
  readonly newId: () => string;
}

/** What your own systems sent, as an event of ours and as what is stored of it, or all that is wrong with it. */
type ReadEvent = { readonly event: CanonicalEvent; readonly fact: Fact } | { readonly faults: readonly EventFault[] };

/** The one way in for canonical events, whoever brings them: over HTTP, published into the store, or from a file. */
export function readEvent(element: Json, reading: EventReading): ReadEvent {
  const { validate, limits, country, now, newId } = reading;
  const validated = validate(trimAddresses(element));
  if ("faults" in validated) return validated;
  const addressed = normalizeAddresses(validated.event, country);
  if ("faults" in addressed) return addressed;
  const lacks = [...missingProof(addressed.event), ...wrongChannel(addressed.event, reading)];
  if (lacks.length > 0)
    return { faults: lacks.map(({ path, message }) => ({ pointer: `/${path.join("/")}`, message })) };
  const event = fill(addressed.event, now, newId);
  const fact = eventFact(event, limits);
  return "fault" in fact ? { faults: [{ pointer: "", message: fact.fault }] } : { event, fact };
}

/** A consent for a channel that there is not would change nothing, and whoever sent it would think it did. */
function wrongChannel({ event_type: type, channel, data }: PostedEvent, { channels }: EventReading): readonly Lack[] {
  if (channels === undefined || (type !== "consent.granted" && type !== "consent.denied")) return [];
  const inData = data?.["channel"];
  const named = inData ?? channel;
  if (typeof named !== "string" || isConsentChannel(named, { channels })) return [];
  return [{ path: inData === undefined ? ["channel"] : ["data", "channel"], message: noConsentChannel({ channels }) }];
}

/** Forms and spreadsheets leave space around addresses, which the schema does not allow. */
function trimAddresses(element: Json): Json {
  const address = isJsonObject(element) ? element["address"] : undefined;
  if (!isJsonObject(element) || !isJsonObject(address)) return element;
  const trimmed = Object.entries(address).map(([name, value]): [string, Json] => [
    name,
    typeof value === "string" ? value.trim() : value,
  ]);
  return { ...element, address: Object.fromEntries(trimmed) };
}

function normalizeAddresses(
  event: PostedEvent,
  country: string,
): { readonly event: PostedEvent } | { readonly faults: readonly EventFault[] } {
  if (event.address === undefined) return { event };
  const faults: EventFault[] = [];
  const address: Partial<Record<AddressKind, string>> = {};
  for (const kind of ADDRESS_KINDS) {
    const given = event.address[kind];
    if (given === undefined) continue;
    const normal = normalizeAddress(kind, given, country);
    if (normal === null) faults.push({ pointer: `/address/${kind}`, message: ADDRESS_FORMS[kind] });
    else address[kind] = normal;
  }
  return faults.length > 0 ? { faults } : { event: { ...event, address } };
}

/** When it was received is ours to say, whatever was posted; nothing has occurred later than that. */
function fill(event: PostedEvent, now: number, newId: () => string): CanonicalEvent {
  const occurredAt = event.occurred_at === undefined ? now : Date.parse(event.occurred_at);
  return {
    ...event,
    schema_version: 1,
    event_id: event.event_id ?? newId(),
    occurred_at: new Date(Math.min(Number.isNaN(occurredAt) ? now : occurredAt, now)).toISOString(),
    received_at: new Date(now).toISOString(),
    provider: event.provider ?? "api",
    data: isJsonObject(event.data) ? event.data : {},
  };
}
