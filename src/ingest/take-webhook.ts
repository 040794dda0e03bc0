import { isUtf8 } from "node:buffer";
import type { IncomingMessage } from "node:http";
import { unknownType } from "../core/model/event.ts";
import type { Inbound, Normalized, WebhookRequest } from "../providers/provider.ts";
import type { Answer } from "./answer.ts";
import { appendWithin } from "./append-within.ts";
import type { OpenDoor, Refused } from "./door-context.ts";
import { factsOf } from "./facts.ts";
import { isReadable } from "./media-type.ts";
import { problem } from "./problem.ts";
import { withBody } from "./read-body.ts";

/**
 * One webhook request: the raw bytes are verified before anything looks into them, and all of its events go into one
 * append. Forged, stale and unsigned requests get the same constant 401; what was signed is kept, readable or not.
 */
export async function takeWebhook(
  door: OpenDoor,
  provider: string,
  inbound: Inbound,
  request: IncomingMessage,
  limit = door.limits.bodyBytes,
): Promise<Answer | Refused> {
  // What a GET brings is in its URL, and has no type.
  if (request.method !== "GET" && !isReadable(request, inbound.contentTypes))
    return { refused: "content_type", problem: problem(415) };
  const webhook = webhookOf(request, nothing);
  const head = inbound.verifyHead?.(webhook, door.clock.now());
  if (head?.ok === false) return { refused: head.reason, problem: problem(401) };
  return withBody(request, { held: door.held, limit }, (body) => take(door, provider, inbound, { ...webhook, body }));
}

const nothing = new Uint8Array();

async function take(
  { store, clock, limits, tally }: OpenDoor,
  provider: string,
  inbound: Inbound,
  webhook: WebhookRequest,
): Promise<Answer | Refused> {
  const now = clock.now();
  if (inbound.prepare !== undefined && !(await inbound.prepare(webhook, now))) {
    return { refused: "unavailable", problem: problem(503), headers: { "retry-after": "10" } };
  }
  const verification = inbound.verify(webhook, now);
  if (!verification.ok) return { refused: verification.reason, problem: problem(401) };
  const normalized = readable(inbound.normalize(webhook, now), webhook.body);
  if (normalized.events.length + normalized.quarantined.length > limits.webhookElements) {
    return { refused: "too_large", problem: problem(413) };
  }

  const facts = factsOf(provider, normalized, limits);
  const results = await appendWithin(store, facts, clock, limits.appendMs);
  const fresh = results.filter((result) => result.fresh).length;
  const quarantined = facts.filter((fact) => fact.dead !== undefined).length;
  const unknown = normalized.events.filter((event) => event.event_type === unknownType).length;
  const counts = { fresh, duplicates: results.length - fresh, quarantined };
  tally.accepted(provider, unknown === 0 ? counts : { ...counts, unknown });
  return { status: 200, ...inbound.reply };
}

/**
 * What its sender signed and nobody can read is kept as it came: asking for it again would bring the same bytes for
 * days, and some vendors switch a webhook off that keeps refusing.
 */
function readable(normalized: Normalized, body: Uint8Array): Exclude<Normalized, { readonly malformed: string }> {
  if (!("malformed" in normalized)) return normalized;
  const bytes = Buffer.from(body);
  const payload = isUtf8(bytes) ? bytes.toString("utf8") : { base64: bytes.toString("base64") };
  return { events: [], quarantined: [{ reason: `unreadable: ${normalized.malformed}`, payload }] };
}

/** A request as providers are given it, so that they know nothing of Node's. */
export function webhookOf(request: IncomingMessage, body: Uint8Array): WebhookRequest {
  const headers: Record<string, string | undefined> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    headers[name] = Array.isArray(value) ? value.join(", ") : value;
  }
  return { method: request.method ?? "", url: request.url ?? "", headers, body };
}
