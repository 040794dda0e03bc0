import type { IncomingMessage } from "node:http";
import { takesBackOrEnds } from "../core/model/admission.ts";
import type { Json } from "../core/model/json.ts";
import { isJsonArray, parseJson } from "../core/model/parse-json.ts";
import type { Fact } from "../store/store.ts";
import type { Answer } from "./answer.ts";
import { appendWithin } from "./append-within.ts";
import type { DoorContext, OpenDoor, Refused } from "./door-context.ts";
import { isReadable } from "./media-type.ts";
import { problem } from "./problem.ts";
import { withBody } from "./read-body.ts";
import { readEvent } from "./read-event.ts";
import { webhookOf } from "./take-webhook.ts";
import type { EventFault, EventValidator } from "./validate-event.ts";

/** More faults than this help nobody. */
const maxFaults = 20;

/** The provider whose secret signs requests to here, in place of the token. */
const signer = "standard_webhooks";
const [idHeader, signatureHeader] = ["webhook-id", "webhook-signature"];

/**
 * `POST /v1/events`: one canonical event or an array of them from your own systems, with the API token or signed as
 * Standard Webhooks says. All are stored or none; the answer to faults names each with a JSON pointer into what was posted.
 */
export async function takeEvents(
  context: OpenDoor,
  validate: EventValidator,
  isAuthorized: (header: string | undefined) => boolean,
  request: IncomingMessage,
): Promise<Answer | Refused> {
  const { clock, held, limits } = context;
  const signed =
    request.headers[signatureHeader] === undefined ? null : (context.providers.get(signer)?.inbound ?? null);
  if (signed === null && !isAuthorized(request.headers.authorization)) {
    return { refused: "unauthorized", problem: problem(401), headers: { "www-authenticate": "Bearer" } };
  }
  if (!isReadable(request, ["application/json"])) return { refused: "content_type", problem: problem(415) };
  return withBody(request, { held, limit: limits.bodyBytes }, async (body) => {
    const verification = signed?.verify(webhookOf(request, body), clock.now());
    if (verification?.ok === false) return { refused: verification.reason, problem: problem(401) };
    const messageId = signed === null ? undefined : request.headers[idHeader];
    return takeAll({ ...context, messageId, isSigned: signed !== null }, validate, body);
  });
}

interface Posting extends DoorContext {
  /** What the sender calls the request, which is signed. */
  readonly messageId: string | string[] | undefined;
  readonly isSigned: boolean;
}

async function takeAll(posting: Posting, validate: EventValidator, body: Uint8Array): Promise<Answer | Refused> {
  const { store, clock, limits, tally } = posting;
  const parsed = parseJson(new TextDecoder().decode(body));
  if (!parsed.ok) {
    const title = parsed.why === "too_deep" ? "JSON is nested too deep" : "Body is not JSON";
    return { refused: "malformed", problem: problem(400, title) };
  }
  const posted = isJsonArray(parsed.value) ? parsed.value : [parsed.value];
  if (posted.length > limits.apiEvents) {
    return { refused: "too_large", problem: problem(413, `At most ${limits.apiEvents} events per request`) };
  }
  const read = readAll(posted, isJsonArray(parsed.value), posting, validate);
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

function readAll(posted: readonly Json[], isArray: boolean, context: Posting, validate: EventValidator): ReadEvents {
  const facts: Fact[] = [];
  const eventIds: string[] = [];
  const faults: EventFault[] = [];
  const now = context.clock.now();
  const { channels } = context.contacts();
  for (const [index, element] of posted.entries()) {
    const base = isArray ? `/${index}` : "";
    // What is repeated is signed under the same id.
    const { messageId } = context;
    const newId = typeof messageId === "string" ? () => `${messageId}${base}` : context.newId;
    const found = readEvent(element, { ...context, channels, validate, now, newId });
    if ("faults" in found) {
      faults.push(...found.faults.map(({ pointer, message }) => ({ pointer: base + pointer, message })));
      if (faults.length >= maxFaults) break;
      continue;
    }
    if (context.isSigned && takesBackOrEnds(found.event.event_type)) {
      faults.push({ pointer: `${base}/event_type`, message: "may only be said with the API token" });
      continue;
    }
    facts.push(found.fact);
    eventIds.push(found.event.event_id);
  }
  return { facts, eventIds, faults };
}
