import { createHash } from "node:crypto";
import { type CanonicalEvent, eventKey } from "../core/model/event.ts";
import type { JsonObject } from "../core/model/json.ts";
import { addressKey, identityKey } from "../core/model/identity.ts";
import type { Normalized, Quarantined } from "../providers/provider.ts";
import type { Fact } from "../store/store.ts";
import type { DoorLimits } from "./limits.ts";

type FactLimits = Pick<DoorLimits, "keyBytes" | "idBytes" | "factBytes">;

/** The facts of one request: its events under the identity each carries, and what could not be read, set aside. */
export function factsOf(
  provider: string,
  { events, quarantined }: Exclude<Normalized, { readonly malformed: string }>,
  limits: FactLimits,
): readonly Fact[] {
  const facts = events.map((event) => {
    const fact = eventFact(event, limits);
    return "fault" in fact ? quarantineFact(provider, { reason: fact.fault, payload: copyOf(event) }, limits) : fact;
  });
  return [...facts, ...quarantined.map((element) => quarantineFact(provider, element, limits))];
}

/** The fact of one event, or why no store would take it. */
export function eventFact(event: CanonicalEvent, limits: FactLimits): Fact | { readonly fault: string } {
  const key = identityKey(event);
  for (const kind of ["email", "phone"] as const) {
    const address = event.address?.[kind];
    if (address !== undefined && Buffer.byteLength(addressKey(kind, address)) > limits.keyBytes) {
      return { fault: `${kind} is longer than ${limits.keyBytes} bytes` };
    }
  }
  if (key === null) return { fault: "event carries no identity: no contact id, address or anonymous id" };
  if (Buffer.byteLength(key) > limits.keyBytes) return { fault: `identity is longer than ${limits.keyBytes} bytes` };
  const id = eventKey(event);
  if (Buffer.byteLength(id) > limits.idBytes) return { fault: `event id is longer than ${limits.idBytes} bytes` };
  // Half of a surrogate pair has no UTF-8 of its own, so two different texts would become one key.
  if (/\p{Surrogate}/u.test(key + id)) return { fault: "identity or event id is not well-formed text" };
  const body = Buffer.from(JSON.stringify(event), "utf8");
  return body.length > limits.factBytes
    ? { fault: `event is larger than ${limits.factBytes} bytes` }
    : { id, key, body };
}

/**
 * A vendor that sends the same unreadable element again finds it there already: its id is its hash. Of an element too
 * large to keep, only its size is kept.
 */
export function quarantineFact(provider: string, { reason, payload }: Quarantined, limits: FactLimits): Fact {
  const bytes = Buffer.from(JSON.stringify(payload), "utf8");
  const hash = createHash("sha256").update(bytes).digest("hex");
  const body = bytes.length > limits.factBytes ? Buffer.from(JSON.stringify({ oversized_bytes: bytes.length })) : bytes;
  return { id: `${provider}:unreadable:${hash}`, key: `quarantine:${provider}`, body, dead: `quarantined: ${reason}` };
}

/** As plain JSON, without the time of receipt, which would make every copy of it another element. */
function copyOf(event: CanonicalEvent): JsonObject {
  const entries = Object.entries(event).filter(([name]) => name !== "received_at");
  return Object.fromEntries(entries);
}
