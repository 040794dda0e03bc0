import type { OutgoingMessage, Reconciliation, SendOutcome } from "../../src/core/model/outgoing.ts";
import type { Outbound } from "../../src/providers/provider.ts";
import { chanceOf } from "./chance.ts";
import type { Fault } from "./faults.ts";
import type { Plan } from "./plan.ts";
import type { Process, Step, World } from "./world.ts";

const SECOND = 1_000;
const TIMEOUT_MS = 15 * SECOND;

export type VendorName = keyof Plan["vendors"];

/**
 * A vendor as it is seen from outside: what it took it has taken, whoever died meanwhile. It outlives all processes.
 * What befalls a message is drawn by the message, so that it is the same whatever else happens.
 */
export interface Vendor {
  outboundFor(process: Process): Outbound;
}

const KINDS = { sendgrid: ["email"], twilio: ["sms"], outbox: ["slack"] } as const;

/** `told` hears of every message that was taken. */
export function createVendor(
  world: World,
  step: Step,
  name: VendorName,
  told: (message: OutgoingMessage) => void,
): Vendor {
  const { scheduler } = world;
  const traits = world.plan.vendors[name];
  /** By idempotency key, when the vendor keeps them: the id of the message that was taken. */
  const keys = new Map<string, string>();
  const taken = new Map<string, string[]>();
  const outage = drawOutage(world, name);
  let count = 0;

  const accept = (asked: OutgoingMessage): string => {
    // Whatever is behind a colon makes it another key, and still speaks of the same message.
    const message = { ...asked, intentId: asked.intentId.replace(/:.*/, "") };
    const known = keys.get(asked.intentId);
    if (traits.idempotencyKey && known !== undefined) {
      world.reach("vendor dropped a copy");
      return known;
    }
    count += 1;
    const id = `${name}-${count}`;
    keys.set(asked.intentId, id);
    taken.set(message.intentId, [...(taken.get(message.intentId) ?? []), id]);
    world.see({ kind: "accepted", message, vendor: name });
    world.trace.add(
      `${scheduler.now()} ${name} takes ${message.intentId} #${message.attempt} ${JSON.stringify(message.content)}`,
    );
    told(message);
    return id;
  };

  const pause = (process: Process, ms: number): Promise<void> =>
    new Promise((resolve) => void scheduler.at(scheduler.now() + ms, resolve, process));

  /** What has left the process arrives, whatever becomes of the process. */
  const travel = (): Promise<void> =>
    new Promise((resolve) => void scheduler.at(scheduler.now() + traits.latencyMs, resolve));

  /** What happens at the vendor's side, and what is heard of it. */
  const serve = async (process: Process, message: OutgoingMessage): Promise<SendOutcome> => {
    const about = `${message.intentId} #${message.attempt}`;
    const luck = world.luck(`vendor of ${about}`);
    const hit = (fault: Fault): boolean => world.strikes(fault, about);
    if (outage.from <= scheduler.now() && scheduler.now() < outage.to) {
      world.reach("vendor.refuses_credentials");
      return { kind: "misconfigured", code: "401" };
    }
    if (hit("vendor.busy")) return { kind: "retryable", code: "429", afterMs: luck.between(1, 60) * SECOND };
    if (hit("vendor.down")) return { kind: "retryable", code: "503", afterMs: null };
    // Who keeps keys knows this message, and says of a copy what it said of the first.
    if (traits.idempotencyKey && keys.has(message.intentId)) {
      return { kind: "accepted", providerMessageId: accept(message) };
    }
    const hopeless = hopelessly(world, message);
    if (hopeless === "down") return { kind: "retryable", code: "503", afterMs: null };
    if (hopeless !== null) {
      if (hopeless === "taken") accept(message);
      return { kind: "ambiguous", code: "connection" };
    }
    if (hit("vendor.refuses_message")) return { kind: "rejected", code: "400", class: "content" };
    if (hit("vendor.knows_opt_out")) return { kind: "rejected", code: "21610", class: "opted_out" };
    if (hit("vendor.knows_dead_address")) return { kind: "rejected", code: "21211", class: "invalid_address" };
    if (hit("vendor.hangs_after_accepting")) {
      accept(message);
      await pause(process, TIMEOUT_MS);
      return { kind: "ambiguous", code: "timeout" };
    }
    if (hit("vendor.accepts_late")) {
      scheduler.at(scheduler.now() + TIMEOUT_MS + luck.between(0, 4) * SECOND, () => accept(message));
      await pause(process, TIMEOUT_MS);
      return { kind: "ambiguous", code: "timeout" };
    }
    if (hit("vendor.hangs")) {
      await pause(process, TIMEOUT_MS);
      return { kind: "ambiguous", code: "timeout" };
    }
    if (hit("vendor.throws")) {
      if (luck.happens(0.5)) accept(message);
      throw new TypeError("the SDK of the simulation throws");
    }
    return { kind: "accepted", providerMessageId: accept(message) };
  };

  const find = ({ intentId }: OutgoingMessage): Reconciliation => {
    if (world.strikes("vendor.lookup_down", intentId)) return { kind: "unavailable", code: "503" };
    const [id] = taken.get(intentId) ?? [];
    return id === undefined ? { kind: "not_found" } : { kind: "found", providerMessageId: id };
  };

  return {
    outboundFor: (process) => ({
      capabilities: { kinds: KINDS[name], idempotencyKey: traits.idempotencyKey, lookup: traits.lookup },
      timeoutMs: TIMEOUT_MS,
      async send(message) {
        world.see({ kind: "called", message, process: process.name });
        await step(process, "call.asked", message.intentId, 0);
        await travel();
        const outcome = await serve(process, message);
        await step(process, "call.done", message.intentId, 0);
        world.reach(`outcome ${outcome.kind}`);
        world.see({ kind: "heard", message, outcome });
        return outcome;
      },
      ...(traits.lookup && {
        async reconcile({ message }: Parameters<NonNullable<Outbound["reconcile"]>>[0]) {
          await step(process, "lookup.asked", message.intentId, 0);
          await travel();
          const outcome = find(message);
          await step(process, "lookup.done", message.intentId, 0);
          world.reach(`lookup ${outcome.kind}`);
          world.see({ kind: "heard", message, outcome });
          return outcome;
        },
      }),
      async close() {},
    }),
  };
}

/** More attempts than any rule of the simulation makes before it gives a message up. */
const MOST_ATTEMPTS = 5;

/** In a seed with somebody who looks after dead letters, many messages become one: until then, or once, by their answers. */
function hopelessly({ plan }: World, { intentId, attempt }: OutgoingMessage): "down" | "taken" | "lost" | null {
  if (!plan.letters || attempt > MOST_ATTEMPTS) return null;
  const luck = chanceOf(plan.seed, plan.luck, "hopeless", intentId);
  if (!luck.happens(0.4)) return null;
  const how = luck.pick(["down", "down", "taken", "lost"] as const);
  return how === "down" || attempt === 1 ? how : null;
}

/** Some minutes in which it refuses our credentials; empty unless the seed has drawn it. */
function drawOutage(world: World, name: VendorName): { readonly from: number; readonly to: number } {
  const luck = world.luck(`outage of ${name}`);
  const start = world.scheduler.now();
  if (!world.strikes("vendor.refuses_credentials", name)) return { from: 0, to: 0 };
  const from = luck.between(start, world.plan.calmAt);
  return { from, to: Math.min(world.plan.calmAt, from + luck.between(1, 10) * 60 * SECOND) };
}
