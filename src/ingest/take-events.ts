import type { IncomingMessage } from "node:http";
import { normalizeEmail } from "../core/model/address.ts";
import type { CanonicalEvent } from "../core/model/event.ts";
import type { Json } from "../core/model/json.ts";
import { isJsonArray, isJsonObject, parseJson } from "../core/model/parse-json.ts";
import type { Fact } from "../store/store.ts";
import type { Answer } from "./answer.ts";
import { appendWithin } from "./append-within.ts";
import type { DoorContext, Refused } from "./door-context.ts";
import { eventFact } from "./facts.ts";
import { isReadable } from "./media-type.ts";
import { normalizePhone } from "./normalize-address.ts";
import { problem } from "./problem.ts";
import { announcesMoreThan, readBody } from "./read-body.ts";
import type { EventFault, EventValidator, PostedEvent } from "./validate-event.ts";

/** More faults than this help nobody. */
const maxFaults = 20;

/**
 * `POST /v1/events`: one canonical event or an array of them from your own systems. All are stored or none; the answer
 * to faults names each with a JSON pointer into what was posted.
 */
export async function takeEvents(
  context: DoorContext,
  validate: EventValidator,
  isAuthorized: (header: string | undefined) => boolean,
  request: IncomingMessage,
): Promise<Answer | Refused> {
  const { store, clock, limits, tally } = context;
  if (!isAuthorized(request.headers.authorization)) {
    return { refused: "unauthorized", problem: problem(401), headers: { "www-authenticate": "Bearer" } };
  }
  if (!isReadable(request, ["application/json"])) return { refused: "content_type", problem: problem(415) };
  if (announcesMoreThan(request, limits.bodyBytes)) return { refused: "too_large", problem: problem(413) };
  const body = await readBody(request, limits.bodyBytes);
  if (body === "too_large") return { refused: "too_large", problem: problem(413) };
  if (body === "aborted") return { refused: "aborted", problem: null };

  const parsed = parseJson(new TextDecoder().decode(body.bytes));
  if (!parsed.ok) {
    const title = parsed.why === "too_deep" ? "JSON is nested too deep" : "Body is not JSON";
    return { refused: "malformed", problem: problem(400, title) };
  }
  const posted = isJsonArray(parsed.value) ? parsed.value : [parsed.value];
  if (posted.length > limits.apiEvents) {
    return { refused: "too_large", problem: problem(413, `At most ${limits.apiEvents} events per request`) };
  }
  const read = readAll(posted, isJsonArray(parsed.value), context, validate);
  if (read.faults.length > 0) {
    const errors = read.faults.slice(0, maxFaults);
    return { refused: "invalid", problem: { ...problem(400, "Events are not valid"), errors } };
  }

  const results = await appendWithin(store, read.facts, clock, limits.appendMs);
  const fresh = results.filter((result) => result.fresh).length;
  const duplicates = results.length - fresh;
  tally.accepted("api", { fresh, duplicates, quarantined: 0 });
  const answer = { accepted: fresh, duplicates, event_ids: read.eventIds };
  return { status: 200, contentType: "application/json", body: JSON.stringify(answer) };
}

interface ReadEvents {
  readonly facts: readonly Fact[];
  readonly eventIds: readonly string[];
  readonly faults: readonly EventFault[];
}

function readAll(
  posted: readonly Json[],
  isArray: boolean,
  context: DoorContext,
  validate: EventValidator,
): ReadEvents {
  const facts: Fact[] = [];
  const eventIds: string[] = [];
  const faults: EventFault[] = [];
  const now = context.clock.now();
  for (const [index, element] of posted.entries()) {
    const base = isArray ? `/${index}` : "";
    const found = readOne(element, context, validate, now);
    if ("faults" in found) {
      faults.push(...found.faults.map(({ pointer, message }) => ({ pointer: base + pointer, message })));
      if (faults.length >= maxFaults) break;
      continue;
    }
    facts.push(found.fact);
    eventIds.push(found.event.event_id);
  }
  return { facts, eventIds, faults };
}

type ReadEvent = { readonly event: CanonicalEvent; readonly fact: Fact } | { readonly faults: readonly EventFault[] };

function readOne(element: Json, context: DoorContext, validate: EventValidator, now: number): ReadEvent {
  const validated = validate(trimAddresses(element));
  if ("faults" in validated) return validated;
  const addressed = normalizeAddresses(validated.event, context.country);
  if ("faults" in addressed) return addressed;
  const event = fill(addressed.event, now, context.newId);
  const fact = eventFact(event, context.limits);
  return "fault" in fact ? { faults: [{ pointer: "", message: fact.fault }] } : { event, fact };
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
  const address: { email?: string; phone?: string } = {};
  if (event.address.email !== undefined) {
    const email = normalizeEmail(event.address.email);
    if (email === null) faults.push({ pointer: "/address/email", message: "must be an email address" });
    else address.email = email;
  }
  if (event.address.phone !== undefined) {
    const phone = normalizePhone(event.address.phone, country);
    if (phone === null) faults.push({ pointer: "/address/phone", message: "must be a possible phone number" });
    else address.phone = phone;
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
