import type { Effect, Handed, Input } from "../core/model/decision.ts";
import type { CanonicalEvent } from "../core/model/event.ts";
import type { Consumer, Delivery } from "../store/store.ts";
import { decodeJson } from "./contact-codec.ts";
import { judgeAndCommit, wakeId } from "./judge-and-commit.ts";
import type { Parts } from "./parts.ts";
import { withVerdict } from "./verdicts.ts";

const PARALLEL = 64;
/** A decision takes milliseconds; a worker that is silent this long is dead. */
const LEASE_MS = 10_000;

/** Decides events and wake-ups as they come. */
export async function startDecider(parts: Parts): Promise<readonly Consumer[]> {
  const options = { parallel: PARALLEL, leaseMs: LEASE_MS };
  const handle = (read: (delivery: Delivery) => Input | Forget) => (delivery: Delivery) =>
    withVerdict(parts, delivery, async () => {
      const input = read(delivery);
      // The document knows already that its contact was erased.
      if (input.kind === "forget") await parts.store.forget(delivery.key);
      else await judgeAndCommit(parts, delivery.key, input);
      return { done: true };
    });
  return [
    await parts.store.consume("events", options, handle(readHanded)),
    await parts.store.consume("due", options, handle(readWake)),
  ];
}

type Forget = Extract<Effect, { kind: "forget" }>;

function readWake(delivery: Delivery): Input {
  return { kind: "wake", id: wakeId(delivery.id) };
}

/** Doors append bare canonical events; documents hand on events, links and handovers in an envelope with a `kind`. */
function readHanded(delivery: Delivery): Input | Forget {
  const body = decodeJson(delivery.body);
  if (isEnvelope(body)) return body.kind === "forget" ? body : { ...body, id: delivery.id };
  if (isEvent(body)) return { kind: "event", id: delivery.id, event: body };
  throw new SyntaxError("expected a canonical event or an envelope between documents");
}

function isEnvelope(body: unknown): body is Handed | Forget {
  return typeof body === "object" && body !== null && "kind" in body;
}

function isEvent(body: unknown): body is CanonicalEvent {
  return typeof body === "object" && body !== null && "event_type" in body && "event_id" in body;
}
