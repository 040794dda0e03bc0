import type { IncomingMessage } from "node:http";
import type { Json, JsonObject } from "../core/model/json.ts";
import { isJsonObject, parseJson } from "../core/model/parse-json.ts";
import { formatInstant } from "../core/time/instant.ts";
import type { Answer } from "./answer.ts";
import { appendWithin } from "./append-within.ts";
import { type ContactFault, type ContactReading, readContact, readMoment } from "./contact-statement.ts";
import type { DoorContext, OpenDoor, Refused } from "./door-context.ts";
import { isReadable } from "./media-type.ts";
import { problem } from "./problem.ts";
import { withBody } from "./read-body.ts";
import { readEvent } from "./read-event.ts";
import { statementEvents } from "./statement-events.ts";
import type { EventFault, EventValidator } from "./validate-event.ts";

/** What a request may say of a contact; ids are in its path. */
const KEYS: ReadonlySet<string> = new Set([
  "attributes",
  "addresses",
  "tags",
  "untag",
  "consent",
  "at",
  "actor",
  "reason",
]);
const MOST_WORDS = 500;

/** How a request is judged, beside its body. */
export interface ContactRequest {
  readonly id: string;
  readonly validate: EventValidator;
  readonly isAuthorized: (header: string | undefined) => boolean;
}

/**
 * `PUT /v1/contacts/{id}`: what is named in the body is so from now on, the rest stays as it is. The answer to faults names
 * each with a JSON pointer into what was sent; a 200 means that all of it is durable and will be decided.
 */
export async function takeContact(
  context: OpenDoor,
  contact: ContactRequest,
  request: IncomingMessage,
): Promise<Answer | Refused> {
  const { held, limits } = context;
  if (!contact.isAuthorized(request.headers.authorization)) {
    return { refused: "unauthorized", problem: problem(401), headers: { "www-authenticate": "Bearer" } };
  }
  if (!isReadable(request, ["application/json"])) return { refused: "content_type", problem: problem(415) };
  return withBody(request, { held, limit: limits.bodyBytes }, (body) => take(context, contact, body));
}

async function take(
  context: DoorContext,
  { id, validate }: ContactRequest,
  body: Uint8Array,
): Promise<Answer | Refused> {
  const { store, clock, limits, tally } = context;
  const parsed = parseJson(new TextDecoder().decode(body));
  if (!parsed.ok || !isJsonObject(parsed.value)) {
    return { refused: "malformed", problem: problem(400, "Body is not a JSON object") };
  }

  const now = clock.now();
  const read = readBodyOf(parsed.value, id, context.contacts(), now);
  if ("faults" in read) return invalid(read.faults);
  const events = statementEvents(read.statement, {
    eventId: context.newId(),
    provider: "api",
    at: read.at ?? formatInstant(now),
    said: read.said,
  }).map((event) => readEvent(event, { ...context, channels: context.contacts().channels, validate, now }));
  const faults = events.flatMap((event) => ("faults" in event ? event.faults : []));
  if (faults.length > 0) return invalid(faults);
  const sound = events.flatMap((event) => ("fact" in event ? [event] : []));
  const results = await appendWithin(
    store,
    sound.map(({ fact }) => fact),
    clock,
    limits.appendMs,
  );
  tally.accepted("api", { fresh: results.length, duplicates: 0, quarantined: 0 });
  const answer = { id, event_ids: sound.map(({ event }) => event.event_id) };
  return { status: 200, contentType: "application/json", body: JSON.stringify(answer) };
}

function invalid(errors: readonly EventFault[]): Refused {
  return { refused: "invalid", problem: { ...problem(400, "Contact is not valid"), errors } };
}

function readBodyOf(body: JsonObject, id: string, reading: ContactReading, now: number) {
  const { addresses = {}, attributes, tags, untag, consent } = body;
  const faults: EventFault[] = Object.keys(body)
    .filter((name) => !KEYS.has(name))
    .map((name) => ({ pointer: pointerOf([name]), message: `is none of ${[...KEYS].join(", ")}` }));
  if (!isJsonObject(addresses))
    faults.push({ pointer: "/addresses", message: "must be a map of email, phone and push" });
  const { email, phone, push, ...others } = isJsonObject(addresses) ? addresses : {};
  for (const name of Object.keys(others)) {
    faults.push({ pointer: pointerOf(["addresses", name]), message: "is none of email, phone and push" });
  }
  for (const name of ["actor", "reason"]) {
    const word = body[name];
    if (word !== undefined && (typeof word !== "string" || word.length > MOST_WORDS)) {
      faults.push({ pointer: `/${name}`, message: `must be a text of at most ${MOST_WORDS} characters` });
    }
  }
  const at = readMoment(body["at"], { reading, now });
  if ("fault" in at) faults.push({ pointer: "/at", message: at.fault });
  const read = readContact({ id, ...present({ email, phone, push, attributes, tags, untag, consent }) }, reading, now);
  if ("faults" in read) faults.push(...read.faults.map(inBody));
  if ("faults" in read || "fault" in at || faults.length > 0) return { faults };
  const { actor, reason } = body;
  return { statement: read.statement, at: at.at, said: present({ actor, reason }) };
}

/** What is there; undefined is not JSON. */
function present(values: Readonly<Record<string, Json | undefined>>): JsonObject {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

/** Addresses are together in a body. */
function inBody({ path, message }: ContactFault): EventFault {
  const [first = "", ...rest] = path;
  const place = first === "email" || first === "phone" || first === "push" ? ["addresses", first, ...rest] : path;
  return { pointer: pointerOf(place), message };
}

function pointerOf(path: readonly string[]): string {
  return path.map((name) => `/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}
