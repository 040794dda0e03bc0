import { normalizeEmail } from "../core/model/address.ts";
import type { CanonicalEvent } from "../core/model/event.ts";
import { identityKey } from "../core/model/identity.ts";
import type { Json, JsonObject } from "../core/model/json.ts";
import { isJsonObject } from "../core/model/parse-json.ts";
import { formatInstant } from "../core/time/instant.ts";
import { jsonAt } from "../rulebook/json-at.ts";
import { parseMoment, resolveMoment } from "../rulebook/moment.ts";
import { type CaseRun, pathInCase } from "../rulebook/parsed-tests.ts";
import type { Path } from "../rulebook/problem.ts";
import { type Cast, type Person, personOf } from "../rulebook/test-cast.ts";
import { keyOf } from "./seed-contacts.ts";

/** One event on its way to Heed. */
export interface GivenDelivery {
  /** When it arrives, in epoch milliseconds. */
  readonly at: number;
  readonly key: string;
  readonly event: CanonicalEvent;
  /** How many times it arrives. */
  readonly copies: number;
  /** The channel whose newest message it speaks of; null when it says itself what it speaks of. */
  readonly speaksOf: string | null;
  /** Where it is written, from the top of the test file. */
  readonly path: Path;
}

/** The events of a case as adapters would hand them over. */
export function deliveriesOf(run: CaseRun, cast: Cast, zoneOf: (key: string) => string): readonly GivenDelivery[] {
  return run.story.given.flatMap(({ at, arrives = at, copies = 1 }, index) => {
    const entry = entryOf(jsonAt(run.data, ["given", index]), cast);
    const person = personOf(textOf(entry["contact"]) ?? "", cast);
    const event = eventOf(entry, person, `given-${index + 1}`);
    const key = person === null ? identityKey(event) : keyOf(person);
    const [happened, arrived] = [parseMoment(at), parseMoment(arrives)];
    if (key === null || happened === null || arrived === null) return [];
    const zone = zoneOf(key);
    const arrival = resolveMoment(arrived, run.start, zone);
    return {
      at: arrival,
      key,
      copies,
      event: {
        ...event,
        occurred_at: formatInstant(resolveMoment(happened, run.start, zone)),
        received_at: formatInstant(arrival),
      },
      speaksOf: textOf(entry["message"]),
      path: pathInCase(run, "given", index),
    };
  });
}

/** What the case says of the event, over what the event that it extends says. */
function entryOf(written: Json | undefined, { events }: Cast): JsonObject {
  const entry = mapOf(written);
  const base = events.get(textOf(entry["extend"]) ?? "")?.entry ?? {};
  return { ...base, ...entry, data: { ...mapOf(base["data"]), ...mapOf(entry["data"]) } };
}

const canonicalTexts = ["message_id", "conversation_id", "campaign_id", "delivery_status"] as const;

function eventOf(
  entry: JsonObject,
  person: Person | null,
  id: string,
): Omit<CanonicalEvent, "occurred_at" | "received_at"> & {
  occurred_at: string;
  received_at: string;
} {
  const type = textOf(entry["event"]) ?? "";
  const channel = textOf(entry["channel"]) ?? /^(email|sms|push|voice)\./.exec(type)?.[1];
  const contactId = textOf(entry["contact_id"]) ?? person?.id;
  const address = addressOf(entry["address"], person, channel);
  const texts = canonicalTexts.flatMap((name) => {
    const text = textOf(entry[name]);
    return text === null ? [] : [[name, text] as const];
  });
  return {
    schema_version: 1,
    event_id: textOf(entry["event_id"]) ?? id,
    event_type: type,
    occurred_at: "",
    received_at: "",
    provider: textOf(entry["provider"]) ?? "test",
    ...(channel !== undefined && { channel }),
    ...(contactId !== undefined && { contact_id: contactId }),
    ...Object.fromEntries(texts),
    ...(address !== null && { address }),
    data: mapOf(entry["data"]),
  };
}

/** The address that is written, else the contact's own on the channel of the event, as a provider names it. */
function addressOf(
  written: Json | undefined,
  person: Person | null,
  channel: string | undefined,
): NonNullable<CanonicalEvent["address"]> | null {
  const own =
    channel === "email"
      ? { email: person?.email }
      : channel === "sms" || channel === "voice"
        ? { phone: person?.phone }
        : channel === "push"
          ? { push: person?.push }
          : {};
  const named = isJsonObject(written) ? written : own;
  const email = normalizeEmail(textOf(named["email"]) ?? "");
  const phone = textOf(named["phone"]);
  const push = textOf(named["push"]);
  if (email === null && phone === null && push === null) return null;
  return { ...(email !== null && { email }), ...(phone !== null && { phone }), ...(push !== null && { push }) };
}

function mapOf(value: Json | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}

function textOf(value: Json | undefined): string | null {
  return typeof value === "string" ? value : null;
}
