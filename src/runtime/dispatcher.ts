import type { Effect, Input, Job } from "../core/model/decision.ts";
import type { OutgoingMessage, SendOutcome } from "../core/model/outgoing.ts";
import type { Channel, MessageClass } from "../core/model/rulebook.ts";
import { faultFields } from "../observe/log.ts";
import type { Outbound } from "../providers/provider.ts";
import type { Consumer, Delivery, Store, Verdict } from "../store/store.ts";
import { Unavailable } from "../store/store.ts";
import { unsubscribeMark } from "../templates/unsubscribe-link.ts";
import { decodeJson } from "./contact-codec.ts";
import { type Asking, createAsking } from "./asking.ts";
import { askAhead, judgeAndCommit } from "./judge-and-commit.ts";
import { createPace, type Pace } from "./pace.ts";
import type { Parts } from "./parts.ts";
import { leasesOf } from "./rate-leases.ts";
import { traceCall } from "./tracing.ts";
import { withVerdict } from "./verdicts.ts";

/** Messages of one channel that wait for their turn or for an answer at once. */
const PARALLEL = 32;
/** A delivery that its dispatcher does not hold on to for this long goes to another. */
const LANE_LEASE_MS = 9_000;
/** Beyond the provider's time-out, so that a lease never ends while its call may still begin to matter. */
const LEASE_MARGIN_MS = 5_000;
/** What a look-up found longer ago than this while its message waited for its turn is asked again. */
const FRESH_MS = 10_000;
/** A process that stood still this long leaves the call to others: the rest of the lease would not hold it. */
const STALL_MS = LEASE_MARGIN_MS - 500;
/** Credentials that were refused are not tried again before. */
const STOPPED_MS = 30_000;
/** Those who wait for the message that probes a stopped lane look again after this long. */
const PROBE_MS = 2_000;
const SAVE_AGAIN_MS = 1_000;

export interface Dispatcher {
  /** Opens lanes for channels that a new rulebook brought. */
  refresh(): Promise<void>;
  /** Opens the lanes of a channel unless they are: rules of a former version speak through channels that are gone. */
  open(channel: string): Promise<void>;
  /** Channels whose provider refuses our credentials or account: their messages wait. */
  stoppedChannels(): readonly string[];
  stop(drainMs: number): Promise<void>;
}

interface Lane {
  readonly channel: string;
  readonly class: MessageClass;
  readonly pace: Pace;
  /** `stoppedUntil` is 0 while all is well; after a stop, one message at a time probes whether it is again. */
  readonly state: { stoppedUntil: number; probing: boolean };
}

/** Speaks: takes tickets from the lanes of every channel, at the channel's pace. */
export async function startDispatcher(parts: Parts): Promise<Dispatcher> {
  const lanes = new Map<string, Promise<readonly Consumer[]>>();
  const paces = new Map<string, Pace>();
  const states = new Map<string, Lane["state"]>();
  let stopped = false;
  const consume = async (channel: Pick<Channel, "name" | "ratePerSecond">): Promise<readonly Consumer[]> => {
    const lease = parts.store.traits.shared ? leasesOf(parts, channel.name) : null;
    const pace = createPace(parts.clock, channel.ratePerSecond, lease);
    const state = { stoppedUntil: 0, probing: false };
    paces.set(channel.name, pace);
    states.set(channel.name, state);
    const opened: Consumer[] = [];
    for (const messageClass of ["transactional", "marketing"] as const) {
      const lane: Lane = { channel: channel.name, class: messageClass, pace, state };
      opened.push(
        await parts.store.consume(
          `jobs.${channel.name}.${messageClass}`,
          { parallel: PARALLEL, leaseMs: LANE_LEASE_MS },
          (delivery) => withVerdict(parts, delivery, () => handleJob(parts, lane, delivery)),
        ),
      );
    }
    return opened;
  };
  const open = async (channel: Pick<Channel, "name" | "ratePerSecond">): Promise<void> => {
    const opening = lanes.get(channel.name) ?? consume(channel);
    lanes.set(channel.name, opening);
    try {
      await opening;
    } catch (fault) {
      if (lanes.get(channel.name) === opening) lanes.delete(channel.name);
      throw fault;
    }
  };
  const refresh = async (): Promise<void> => {
    for (const channel of parts.deployed().workspace.rulebook.workspace.channels.values()) {
      paces.get(channel.name)?.setRate(channel.ratePerSecond);
      await open(channel);
    }
    for (const name of await channelsWithTickets(parts.store)) await open({ name, ratePerSecond: null });
  };
  await refresh();
  return {
    refresh,
    async open(name) {
      if (stopped || lanes.has(name)) return;
      // The next ticket tries again, or the next start.
      const known = parts.deployed().workspace.rulebook.workspace.channels.get(name);
      await open(known ?? { name, ratePerSecond: null }).catch((fault: unknown) =>
        parts.log.warn("the lanes of a channel cannot be opened yet", { channel: name, ...faultFields(fault) }),
      );
    },
    stoppedChannels: () => [...states].flatMap(([name, { stoppedUntil }]) => (stoppedUntil === 0 ? [] : [name])),
    async stop(drainMs) {
      stopped = true;
      for (const pace of paces.values()) pace.close();
      const opened = await Promise.all([...lanes.values()].map((opening) => opening.catch(() => [])));
      await Promise.all(opened.flat().map((consumer) => consumer.stop(drainMs)));
    },
  };
}

/** A channel that is gone may have left tickets: somebody must take them, for their messages to end and be told of. */
async function channelsWithTickets(store: Store): Promise<readonly string[]> {
  const { depth } = await store.health();
  return Object.entries(depth).flatMap(([lane, waiting]) => {
    const channel = /^jobs\.(.+)\.(?:transactional|marketing)$/.exec(lane)?.[1];
    return channel === undefined || waiting === 0 ? [] : [channel];
  });
}

async function handleJob(parts: Parts, lane: Lane, delivery: Delivery): Promise<Verdict> {
  if (lane.state.stoppedUntil > parts.clock.now()) return { again: lane.state.stoppedUntil };
  const job = readJob(delivery);
  parts.metrics.taken(delivery.lane, delivery.at);
  return holding(parts, delivery, async () => {
    if (job.kind === "reconcile") {
      await reconcile(parts, delivery, job);
      return { done: true };
    }
    const asking = createAsking(parts.clock, delivery);
    await askAhead(parts, delivery.key, ticketOf(parts, delivery, job), asking);
    const turn = await lane.pace.turn(lane.class);
    asking.forget(FRESH_MS);
    // The lane may have stopped while this one waited for its turn.
    const closedUntil = enter(parts, lane);
    if (closedUntil !== null) {
      turn.giveBack();
      return { again: closedUntil };
    }
    try {
      const called = await speak(parts, lane, delivery, job, asking);
      if (!called) turn.giveBack();
    } finally {
      lane.state.probing = false;
    }
    return { done: true };
  });
}

/**
 * When the lane opens again, or null when this message may go now. After a stop, one message tries; the others wait for
 * what comes of it.
 */
function enter({ clock }: Parts, { state }: Lane): number | null {
  if (state.stoppedUntil > clock.now()) return state.stoppedUntil;
  if (state.stoppedUntil === 0) return null;
  if (state.probing) return clock.now() + PROBE_MS;
  state.probing = true;
  return null;
}

/** Keeps the delivery for as long as the work takes. A short lease is one that others need not wait for when we die. */
async function holding(parts: Parts, delivery: Delivery, work: () => Promise<Verdict>): Promise<Verdict> {
  let cancel: () => void = () => undefined;
  const holdOn = (): void => {
    cancel = parts.clock.after(LANE_LEASE_MS / 3, () => {
      delivery.extend();
      holdOn();
    });
  };
  // It comes with all of its lease, or nearly all.
  holdOn();
  try {
    return await work();
  } finally {
    cancel();
  }
}

type SendJob = Extract<Job, { kind: "send" }>;

function ticketOf(parts: Parts, delivery: Delivery, { intent, ticket }: SendJob): Input {
  const leaseMs = longestCall(parts) + LEASE_MARGIN_MS;
  return { kind: "ticket", id: `ticket:${delivery.id}`, intent, ticket, leaseMs };
}

/** False when the gates let nothing through, so that the turn was not used. */
async function speak(parts: Parts, lane: Lane, delivery: Delivery, job: SendJob, asking: Asking): Promise<boolean> {
  const { effects, began, contact } = await judgeAndCommit(parts, delivery.key, ticketOf(parts, delivery, job), asking);
  const call = effects.find((effect): effect is Extract<Effect, { kind: "call" }> => effect.kind === "call");
  if (call === undefined) return false;
  const outbound = outboundOf(parts, call.provider);
  if (outbound === null) throw new TypeError(`channel ${lane.channel} let a message through without a provider`);
  const calledAt = parts.clock.monotonic();
  const stalled = calledAt - began > STALL_MS;
  const outcome: SendOutcome = stalled
    ? { kind: "retryable", code: "stalled", afterMs: null }
    : await settled(parts, outbound, outgoing(parts, lane, call.message));
  parts.metrics.sent(lane.channel, outcome.kind);
  const answeredAt = parts.clock.now();
  parts.metrics.answered({
    channel: lane.channel,
    class: lane.class,
    outcome: outcome.kind,
    waitedMs: answeredAt - delivery.at,
    callMs: parts.clock.monotonic() - calledAt,
  });
  if (outcome.kind === "misconfigured") stopLane(parts, lane, outcome.code);
  else if (lane.state.probing) goOn(parts, lane);
  const { intentId: intent, attempt } = call.message;
  await save(parts, delivery, { kind: "result", id: `result:${intent}:${attempt}`, intent, attempt, outcome });
  const { message, provider, startedAt } = call;
  traceCall(parts, delivery, contact, { message, provider, outcome: outcome.kind, calledAt: startedAt, answeredAt });
  return true;
}

/**
 * Of marketing, with the link that ends it, in the headers and where a text shows it: documents and the account never hold
 * it. Null when a text shows a link that nobody makes any more, as when settings were taken away meanwhile.
 */
function outgoing(parts: Parts, lane: Lane, message: OutgoingMessage): OutgoingMessage | null {
  if (lane.class !== "marketing" || message.kind !== "email") return message;
  const unsubscribeUrl = parts.deployed().unsubscribeUrl?.(message) ?? null;
  const fields = Object.entries(message.content);
  if (unsubscribeUrl === null) return fields.some(([, text]) => text.includes(unsubscribeMark)) ? null : message;
  const shown = fields.map(([field, text]) => [field, text.replaceAll(unsubscribeMark, () => unsubscribeUrl)] as const);
  return { ...message, unsubscribeUrl, content: Object.fromEntries(shown) };
}

/** A provider promises never to reject. One that does all the same leaves us not knowing. */
async function settled(parts: Parts, outbound: Outbound, message: OutgoingMessage | null): Promise<SendOutcome> {
  if (message === null) return { kind: "rejected", code: "unsubscribe_link_missing", class: "content" };
  try {
    return await outbound.send(message);
  } catch (fault) {
    parts.log.error("a provider broke its contract and threw", {
      channel: message.channel,
      ...faultFields(fault),
    });
    return { kind: "ambiguous", code: "thrown" };
  }
}

function stopLane(parts: Parts, lane: Lane, code: string): void {
  lane.state.stoppedUntil = parts.clock.now() + STOPPED_MS;
  parts.metrics.laneStopped(lane.channel);
  parts.log.error("the provider refused our credentials or account: the lane is stopped, messages wait", {
    channel: lane.channel,
    code,
  });
}

function goOn({ metrics, log }: Parts, { channel, state }: Lane): void {
  state.stoppedUntil = 0;
  metrics.laneGoesOn(channel);
  log.info("the provider takes messages again", { channel });
}

/**
 * A result must not be lost to a store that is away for a while: until it is saved, nobody else knows what came of the
 * call. Gives up only when the lease has long ended and the answer will be found by asking the provider.
 */
async function save(parts: Parts, delivery: Delivery, result: Parameters<typeof judgeAndCommit>[2]): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      await judgeAndCommit(parts, delivery.key, result);
      return;
    } catch (fault) {
      if (!(fault instanceof Unavailable) || tries >= 60) throw fault;
      await new Promise<void>((resolve) => parts.clock.after(SAVE_AGAIN_MS, resolve));
    }
  }
}

async function reconcile(parts: Parts, delivery: Delivery, job: Extract<Job, { kind: "reconcile" }>): Promise<void> {
  const doc = await parts.store.load(delivery.key, "latest");
  const intents = doc === null ? {} : parts.decoded.contactOf(doc).intents;
  const intent = intents[job.intent];
  if (intent?.state.kind !== "unknown" || intent.attempt !== job.attempt) return;
  const { message } = intent.state;
  const outbound = outboundOf(parts, intent.provider);
  const known = Object.values(intents).flatMap(({ providerMessageId }) => providerMessageId ?? []);
  const outcome =
    outbound?.reconcile !== undefined
      ? await outbound.reconcile({ message, startedAt: intent.lastCallAt ?? parts.clock.now(), known })
      : ({ kind: outbound?.capabilities.idempotencyKey === true ? "repeatable" : "impossible" } as const);
  const id = `reconciled:${job.intent}:${job.attempt}:${job.asked}`;
  await save(parts, delivery, { kind: "reconciled", id, intent: job.intent, attempt: job.attempt, outcome });
}

/** Null when a new rulebook took the provider away. */
function outboundOf(parts: Parts, provider: string | null): Outbound | null {
  return provider === null ? null : (parts.deployed().providers.get(provider)?.outbound ?? null);
}

/** A step may name another provider than its channel's, and which one is known only when the gates have spoken. */
function longestCall(parts: Parts): number {
  const timeouts = [...parts.deployed().providers.values()].map(({ outbound }) => outbound?.timeoutMs ?? 0);
  return Math.max(0, ...timeouts);
}

function readJob(delivery: Delivery): Job {
  const body = decodeJson(delivery.body);
  if (isJob(body)) return body;
  throw new SyntaxError("expected a job of kind send or reconcile");
}

function isJob(body: unknown): body is Job {
  return (
    typeof body === "object" && body !== null && "kind" in body && (body.kind === "send" || body.kind === "reconcile")
  );
}
