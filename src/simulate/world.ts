import { judgeLazily } from "../conditions/judge-lazily.ts";
import { type Counts, drawFrom } from "../core/counting.ts";
import { decide } from "../core/decide.ts";
import { type Contact, isSuppressed, newContact } from "../core/model/contact.ts";
import type { Answer, Decision, Effect, Input, LookedUp, Question } from "../core/model/decision.ts";
import { type CanonicalEvent, eventKey } from "../core/model/event.ts";
import type { Rulebook } from "../core/model/rulebook.ts";
import { render } from "../templates/render.ts";
import type { Template } from "../templates/template.ts";
import { createAgenda, type Agenda } from "./agenda.ts";
import { changeBetween, movesBetween } from "./change-between.ts";
import type { GivenDelivery } from "./given-events.ts";
import type { Happening } from "./happening.ts";
import { nearMisses, type WatchedEvents } from "./near-misses.ts";
import { howToScript, type ScriptedLookups } from "./scripted-lookups.ts";
import type { ScriptedProviders } from "./scripted-providers.ts";

/** What a case sets out with. */
export interface Setting {
  readonly rulebook: Rulebook;
  readonly templates: ReadonlyMap<string, Template>;
  /** By key; whoever is not there is nobody yet. */
  readonly contacts: ReadonlyMap<string, Contact>;
  readonly deliveries: readonly GivenDelivery[];
  readonly providers: ScriptedProviders;
  readonly lookups: ScriptedLookups;
  /** What events of a type may do to rules, so that it can be explained when they do not. */
  readonly watched: readonly WatchedEvents[];
  /** The last moment, in epoch milliseconds. */
  readonly until: number;
}

export interface Simulated {
  readonly happenings: readonly Happening[];
  /** What kept the case from being played to its end, with the place in the test that caused it. */
  readonly trouble: readonly Trouble[];
  /** What everybody's documents say at the end. */
  readonly documents: ReadonlyMap<string, Contact>;
}

export interface Trouble {
  readonly message: string;
  /** The delivery that it is about, if it is about one. */
  readonly delivery: GivenDelivery | null;
}

/** Beside those that its events need, a case that takes more decisions than this does not come to rest. */
const MOST_DECISIONS = 20_000;
/** And one that takes so many at one moment goes in a circle. */
const MOST_AT_ONCE = 1_000;
/** How long a call may take. Here they take no time. */
const LEASE_MS = 20_000;

interface World extends Setting {
  now: number;
  decisions: number;
  /** How many there were before this moment. */
  decisionsBefore: number;
  readonly documents: Map<string, Contact>;
  readonly agenda: Agenda<() => Promise<void>>;
  /** When each document wants to be looked at. */
  readonly wakes: Map<string, number>;
  /** Events that the world knows of, so that a new one is one that a rule emitted. */
  readonly knownEvents: Set<string>;
  readonly happenings: Happening[];
  readonly trouble: Trouble[];
  /** Of caps over many contacts, first days and budgets. */
  counts: Counts;
  /** Rules that paused themselves, and since when. */
  readonly selfPaused: Map<string, number>;
}

/**
 * Plays a case to its end with the production core: time jumps from one thing to the next. Everything that happens at
 * the same moment happens in the order in which it was put, so that the same case always gives the same account.
 */
export async function simulate(setting: Setting): Promise<Simulated> {
  const world: World = {
    ...setting,
    now: 0,
    decisions: 0,
    decisionsBefore: 0,
    documents: new Map(setting.contacts),
    agenda: createAgenda(),
    wakes: new Map(),
    knownEvents: new Set(setting.deliveries.map(({ event }) => eventKey(event))),
    happenings: [],
    trouble: [],
    counts: new Map(),
    selfPaused: new Map(),
  };
  for (const delivery of setting.deliveries) {
    for (let copy = 1; copy <= delivery.copies; copy += 1) {
      world.agenda.put(delivery.at, () => arrive(world, delivery, copy));
    }
  }
  for (let step = nextStep(world); step !== null; step = nextStep(world)) {
    if (isRestless(world)) {
      const message = `the case does not come to rest: after ${world.decisions} decisions there is still something to do`;
      world.trouble.push({ message, delivery: null });
      break;
    }
    await step();
  }
  return { happenings: world.happenings, trouble: world.trouble, documents: world.documents };
}

function isRestless({ decisions, decisionsBefore, deliveries }: World): boolean {
  const needed = deliveries.reduce((sum, { copies }) => sum + copies, 0);
  return decisions > MOST_DECISIONS + needed || decisions - decisionsBefore > MOST_AT_ONCE + needed;
}

/** Moves the clock to what comes next. What arrives at a moment is known to the wake-ups of the same moment. */
function nextStep(world: World): (() => Promise<void>) | null {
  const { agenda, wakes, until } = world;
  const arrival = agenda.nextAt();
  let waking: readonly [string, number] | null = null;
  for (const wake of wakes) if (waking === null || wake[1] < waking[1]) waking = wake;
  const at = Math.min(arrival ?? Number.POSITIVE_INFINITY, waking?.[1] ?? Number.POSITIVE_INFINITY);
  if (at > until) return null;
  if (at > world.now) world.decisionsBefore = world.decisions;
  world.now = Math.max(world.now, at);
  if (arrival !== null && arrival <= at) return agenda.take() ?? null;
  if (waking === null) return null;
  const [key, wakeAt] = waking;
  return () => deliver(world, key, { kind: "wake", id: `wake:${key}:${wakeAt}:${world.decisions}` });
}

async function arrive(world: World, delivery: GivenDelivery, copy: number): Promise<void> {
  const event = withMessage(world, delivery);
  if (event === null) return;
  note(world, delivery.key, { kind: "delivered", event });
  await deliver(world, delivery.key, { kind: "event", id: `${eventKey(event)}:${copy}`, event });
}

/** The event with the id of the message it speaks of. */
function withMessage(world: World, delivery: GivenDelivery): CanonicalEvent | null {
  const { event, speaksOf, key } = delivery;
  if (speaksOf === null) return event;
  const called = world.happenings.findLast(
    (one) => one.kind === "called" && one.key === key && one.call.counts && one.call.message.channel === speaksOf,
  );
  if (called?.kind === "called") return { ...event, message_id: called.call.message.intentId };
  const message = `the event speaks of a message through \`${speaksOf}\`, and none was sent to this contact before`;
  world.trouble.push({ message, delivery });
  return null;
}

async function deliver(world: World, key: string, input: Input): Promise<void> {
  const before = world.documents.get(key) ?? newContact(key);
  world.decisions += 1;
  const decision = await judge(world, key, before, input);
  // What is recorded without a change is only counted: that an event came twice.
  for (const record of decision.records) note(world, key, { kind: "recorded", record });
  if (!decision.changed) return;
  world.documents.set(key, decision.contact);
  if (decision.wakeAt === null) world.wakes.delete(key);
  else world.wakes.set(key, decision.wakeAt);
  if (input.kind === "event") {
    const missed = nearMisses(world.watched, {
      before,
      after: decision,
      event: input.event,
      rulebook: world.rulebook,
      now: world.now,
    });
    for (const miss of missed) note(world, key, { kind: "passed_by", ...miss });
  }
  for (const move of movesBetween(before, decision)) note(world, key, { kind: "moved", ...move });
  const change = changeBetween(before, decision.contact);
  if (change !== null) note(world, key, { kind: "changed", change });
  for (const effect of decision.effects) follow(world, key, effect);
}

type Verdict = Exclude<Decision, { readonly ask: unknown }>;

async function judge(world: World, key: string, contact: Contact, input: Input): Promise<Verdict> {
  const answers = new Map<string, Answer>();
  for (;;) {
    const decision = decide(world.rulebook, contact, input, answers, world.now);
    if (!("ask" in decision)) return decision;
    for (const question of decision.ask) answers.set(question.id, await answer(world, key, question));
  }
}

async function answer(world: World, key: string, question: Question): Promise<Answer> {
  switch (question.kind) {
    case "condition": {
      const judged = await judgeLazily(question.tree, question.facts);
      if (!("holds" in judged)) return { kind: "condition", ...judged };
      note(world, key, { kind: "judged", question, ...judged });
      return { kind: "condition", ...judged };
    }
    case "render": {
      const template = world.templates.get(question.template);
      return { kind: "render", text: null, ...(template !== undefined && render(template, question.facts)) };
    }
    case "lookup":
      return { kind: "lookup", found: lookUp(world, key, question.name) };
    case "suppressed": {
      const document = world.documents.get(question.addressKey);
      return { kind: "suppressed", suppressed: document !== undefined && isSuppressed(document, question.addressKey) };
    }
    case "paused": {
      const since = world.selfPaused.get(question.rule);
      return { kind: "paused", pause: since === undefined ? null : { reason: "self_paused", since, until: null } };
    }
    case "outdated":
      return { kind: "outdated", outdated: false };
    case "draw": {
      const { counts, refused } = drawFrom(world.counts, question.draws, world.now);
      world.counts = counts;
      return { kind: "draw", refused };
    }
  }
}

function lookUp(world: World, key: string, name: string): LookedUp {
  const found = world.lookups.ask(name);
  if (found !== null) {
    note(world, key, { kind: "looked_up", name, found });
    return found;
  }
  const lookup = world.rulebook.workspace.lookups.get(name);
  const help = lookup === undefined ? "" : `: write \`${howToScript(lookup)}\` in the case, or above all cases`;
  const message = `the look-up \`${name}\` was asked, and the test does not say what it finds${help}`;
  if (!world.trouble.some((known) => known.message === message)) world.trouble.push({ message, delivery: null });
  return { kind: "failed" };
}

/** Does what the decision wants to happen next, at the same moment, but after what is already on its way. */
function follow(world: World, key: string, effect: Effect): void {
  const next = (to: string, input: Input): void => world.agenda.put(world.now, () => deliver(world, to, input));
  switch (effect.kind) {
    case "hand": {
      const { what } = effect;
      if (what.kind === "event" && !world.knownEvents.has(eventKey(what.event))) {
        world.knownEvents.add(eventKey(what.event));
        note(world, key, { kind: "emitted", event: what.event });
      }
      return next(effect.key, { id: effect.id, ...what });
    }
    case "enqueue": {
      const { job } = effect;
      if (job.kind === "reconcile") {
        const outcome = world.providers.reconcile(job.intent, job.attempt);
        const id = `reconciled:${job.intent}:${job.attempt}:${job.asked}`;
        return next(key, { kind: "reconciled", id, intent: job.intent, attempt: job.attempt, outcome });
      }
      const { intent, ticket } = job;
      return next(key, { kind: "ticket", id: `ticket:${intent}:${ticket}`, intent, ticket, leaseMs: LEASE_MS });
    }
    case "call": {
      const call = world.providers.send(effect.message, effect.provider);
      note(world, key, { kind: "called", call });
      const { intentId: intent, attempt } = effect.message;
      return next(key, { kind: "result", id: `result:${intent}:${attempt}`, intent, attempt, outcome: call.outcome });
    }
    case "pause":
      if (!world.selfPaused.has(effect.rule)) world.selfPaused.set(effect.rule, world.now);
      return;
    case "bury":
    case "forget":
      return;
  }
}

type Noted = Happening extends infer One
  ? One extends Happening
    ? Omit<One, "at" | "key" | "decision">
    : never
  : never;

function note(world: World, key: string, what: Noted): void {
  world.happenings.push({ ...what, at: world.now, key, decision: world.decisions });
}
