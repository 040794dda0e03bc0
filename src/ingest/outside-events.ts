import { createHash } from "node:crypto";
import type { Json } from "../core/model/json.ts";
import { isJsonArray, parseJson } from "../core/model/parse-json.ts";
import { type Consumer, type Fact, type OutsideMessage, type Store, Unavailable } from "../store/store.ts";
import { appendWithin } from "./append-within.ts";
import type { DoorContext } from "./door-context.ts";
import { quarantineFact } from "./facts.ts";
import { readEvent } from "./read-event.ts";
import { createEventValidator, type EventFault, type EventValidator, withoutNames } from "./validate-event.ts";

/** Messages at work at once: enough to fill the line to the store, and 256 MB at the very most. */
const PARALLEL = 256;
/** Longer than an append may take. */
const LEASE_MS = 15_000;
/** What fails once more after so many times, for no reason that we know, will not end otherwise. */
const MOST_ATTEMPTS = 5;
/** Times the number of the attempt. */
const FAILURE_PAUSE_MS = 500;
/** More faults than this help nobody. */
const MOST_FAULTS = 5;
/** By this name those who count and those who look through the quarantine know where it came from. */
const SOURCE = "nats";

export type OutsideContext = Omit<DoorContext, "store" | "providers" | "apiToken"> & {
  readonly store: Pick<Store, "append" | "consumeOutside">;
};

/**
 * The way in for systems that publish canonical events into the store itself, one or an array of them as `POST /v1/events`
 * takes them. A message is done when all of it is durable. Nobody waits for an answer, so what is not valid goes to the
 * quarantine, each event by itself, and the others of its array go in. Null when the store has no such place.
 */
export async function takeOutsideEvents(context: OutsideContext): Promise<Consumer | null> {
  const validate = createEventValidator();
  const { consumeOutside } = context.store;
  if (consumeOutside === undefined) return null;
  return await consumeOutside({ parallel: PARALLEL, leaseMs: LEASE_MS }, (message) => take(context, validate, message));
}

async function take(
  context: OutsideContext,
  validate: EventValidator,
  message: OutsideMessage,
): Promise<{ readonly done: true } | { readonly again: number }> {
  try {
    return await append(context, message, readAll(context, validate, message));
  } catch (error) {
    const { clock, tally, limits } = context;
    const unavailable = error instanceof Unavailable;
    tally.refused(SOURCE, unavailable ? "unavailable" : "internal");
    if (unavailable) return { again: clock.now() + error.retryAfterMs };
    tally.failed(context.newId(), error);
    if (message.attempt < MOST_ATTEMPTS) return { again: clock.now() + FAILURE_PAUSE_MS * message.attempt };
    return await append(context, message, givenUp(message, limits));
  }
}

/** With the moment at which it was published: whoever has lost their place in the inbox reads again what was taken in days ago. */
async function append(
  context: OutsideContext,
  { at }: OutsideMessage,
  facts: readonly Fact[],
): Promise<{ readonly done: true }> {
  const dated = facts.map((fact) => ({ ...fact, at }));
  const results = await appendWithin(context.store, dated, context.clock, context.limits.appendMs);
  const fresh = results.filter((result) => result.fresh).length;
  const quarantined = facts.filter((fact) => fact.dead !== undefined).length;
  context.tally.accepted(SOURCE, { fresh, duplicates: results.length - fresh, quarantined });
  return { done: true };
}

type Limits = OutsideContext["limits"];

function readAll(context: OutsideContext, validate: EventValidator, message: OutsideMessage): readonly Fact[] {
  const { limits, country, clock } = context;
  const { channels } = context.contacts();
  const { body } = message;
  const whole = (reason: string): readonly Fact[] => [setAside(reason, textOf(body, limits), limits)];
  if (body.byteLength > limits.bodyBytes) return whole(`message is larger than ${limits.bodyBytes} bytes`);
  const parsed = parseJson(new TextDecoder().decode(body));
  if (!parsed.ok) return whole(parsed.why === "too_deep" ? "JSON is nested too deep" : "message is not JSON");
  const events = isJsonArray(parsed.value) ? parsed.value : [parsed.value];
  if (events.length > limits.apiEvents) return whole(`message has more than ${limits.apiEvents} events`);
  const now = Math.min(message.at, clock.now());
  return events.map((event, index) => {
    const newId = (): string => idOf(message, isJsonArray(parsed.value) ? index : null);
    const read = readEvent(event, { validate, limits, country, channels, now, newId });
    return "fact" in read ? read.fact : setAside(inWords(read.faults), event, limits);
  });
}

/** The same whenever the message comes again, so that nothing is taken in twice. */
function idOf({ id }: OutsideMessage, index: number | null): string {
  const own = index === null ? id : `${id}-${index}`;
  return own.length <= 200 ? own : createHash("sha256").update(own).digest("hex");
}

function givenUp({ body, attempt }: OutsideMessage, limits: Limits): readonly Fact[] {
  const reason = `message could not be taken in ${attempt} times; the log says why`;
  return [setAside(reason, textOf(body, limits), limits)];
}

function setAside(reason: string, payload: Json, limits: Limits): Fact {
  return quarantineFact(SOURCE, { reason, payload }, limits);
}

/** What is too large to be kept is not decoded either: only its size is. */
function textOf(body: Uint8Array, limits: Limits): Json {
  return body.byteLength > limits.factBytes ? { oversized_bytes: body.byteLength } : new TextDecoder().decode(body);
}

function inWords(faults: readonly EventFault[]): string {
  const said = faults.slice(0, MOST_FAULTS).map(withoutNames);
  return said.join("; ") + (faults.length > MOST_FAULTS ? `; and ${faults.length - MOST_FAULTS} more` : "");
}
