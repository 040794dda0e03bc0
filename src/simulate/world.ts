import { type Counts, drawFrom } from "../core/counting.ts";
import type { Contact } from "../core/model/contact.ts";
import type { LookedUp } from "../core/model/decision.ts";
import { type CanonicalEvent, eventKey } from "../core/model/event.ts";
import type { Rulebook } from "../core/model/rulebook.ts";
import type { Template } from "../templates/template.ts";
import { changeBetween, movesBetween } from "./change-between.ts";
import type { GivenDelivery } from "./given-events.ts";
import type { Happening } from "./happening.ts";
import { nearMisses, type WatchedEvents } from "./near-misses.ts";
import { howToScript, type ScriptedLookups } from "./scripted-lookups.ts";
import type { ScriptedProviders } from "./scripted-providers.ts";
import { createWorld, type Moment, type Outside, type Watcher, type World } from "./virtual-world.ts";

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
/** What is written down while a case is played. */
interface Notes {
  readonly happenings: Happening[];
  readonly trouble: Trouble[];
}

/**
 * Plays a case to its end with the production core: time jumps from one thing to the next. Everything that happens at
 * the same moment happens in the order in which it was put, so that the same case always gives the same account.
 */
export async function simulate(setting: Setting): Promise<Simulated> {
  const { rulebook, templates, deliveries } = setting;
  const documents = new Map(setting.contacts);
  const notes: Notes = { happenings: [], trouble: [] };
  const outside = outsideOf(setting, notes);
  const world = createWorld({ rulebook, templates, documents, outside, watcher: watcherOf(setting, notes) });
  for (const delivery of deliveries) {
    for (let copy = 1; copy <= delivery.copies; copy += 1) {
      world.put(delivery.at, () => arrive(world, notes, delivery, copy));
    }
  }
  await playOut(world, setting, notes);
  return { ...notes, documents };
}

async function playOut(world: World, { deliveries, until }: Setting, { trouble }: Notes): Promise<void> {
  const needed = deliveries.reduce((sum, { copies }) => sum + copies, 0);
  let before = 0;
  for (let at = world.nextAt(); at !== null && at <= until; at = world.nextAt()) {
    if (at > world.now()) before = world.decisions();
    const decisions = world.decisions();
    if (decisions > MOST_DECISIONS + needed || decisions - before > MOST_AT_ONCE + needed) {
      const message = `the case does not come to rest: after ${decisions} decisions there is still something to do`;
      trouble.push({ message, delivery: null });
      return;
    }
    await world.step();
  }
}

async function arrive(world: World, notes: Notes, delivery: GivenDelivery, copy: number): Promise<void> {
  const event = withMessage(notes, delivery);
  if (event === null) return;
  const { key } = delivery;
  note(notes, { key, at: world.now(), decision: world.decisions() }, { kind: "delivered", event });
  await world.confront(key, { kind: "event", id: `${eventKey(event)}:${copy}`, event });
}

/** The event with the id of the message it speaks of. */
function withMessage({ happenings, trouble }: Notes, delivery: GivenDelivery): CanonicalEvent | null {
  const { event, speaksOf, key } = delivery;
  if (speaksOf === null) return event;
  const called = happenings.findLast(
    (one) => one.kind === "called" && one.key === key && one.call.counts && one.call.message.channel === speaksOf,
  );
  if (called?.kind === "called") return { ...event, message_id: called.call.message.intentId };
  const message = `the event speaks of a message through \`${speaksOf}\`, and none was sent to this contact before`;
  trouble.push({ message, delivery });
  return null;
}

function watcherOf({ rulebook, watched, deliveries }: Setting, notes: Notes): Watcher {
  // Events that are known of, so that a new one is one that a rule emitted.
  const known = new Set(deliveries.map(({ event }) => eventKey(event)));
  return {
    judged: (moment, question, explained) => note(notes, moment, { kind: "judged", question, ...explained }),
    decided(moment, before, input, after) {
      // What is recorded without a change is only counted: that an event came twice.
      for (const record of after.records) note(notes, moment, { kind: "recorded", record });
      if (!after.changed) return;
      if (input.kind === "event") {
        const { event } = input;
        for (const miss of nearMisses(watched, { before, after, event, rulebook, now: moment.at }))
          note(notes, moment, { kind: "passed_by", ...miss });
      }
      for (const move of movesBetween(before, after)) note(notes, moment, { kind: "moved", ...move });
      const change = changeBetween(before, after.contact);
      if (change !== null) note(notes, moment, { kind: "changed", change });
    },
    handed(moment, event) {
      if (known.has(eventKey(event))) return;
      known.add(eventKey(event));
      note(notes, moment, { kind: "emitted", event });
    },
  };
}

function outsideOf(setting: Setting, notes: Notes): Outside {
  // Of caps over many contacts, first days and budgets.
  let counts: Counts = new Map();
  return {
    lookUp: (moment, name) => lookUp(setting, notes, moment, name),
    draw(moment, draws) {
      const drawn = drawFrom(counts, draws, moment.at);
      counts = drawn.counts;
      return drawn.refused;
    },
    send(moment, message, provider) {
      const call = setting.providers.send(message, provider);
      note(notes, moment, { kind: "called", call });
      return call.outcome;
    },
    reconcile: (intent, attempt) => setting.providers.reconcile(intent, attempt),
  };
}

function lookUp({ rulebook, lookups }: Setting, notes: Notes, moment: Moment, name: string): LookedUp {
  const found = lookups.ask(name);
  if (found !== null) {
    note(notes, moment, { kind: "looked_up", name, found });
    return found;
  }
  const lookup = rulebook.workspace.lookups.get(name);
  const help = lookup === undefined ? "" : `: write \`${howToScript(lookup)}\` in the case, or above all cases`;
  const message = `the look-up \`${name}\` was asked, and the test does not say what it finds${help}`;
  if (!notes.trouble.some((known) => known.message === message)) notes.trouble.push({ message, delivery: null });
  return { kind: "failed" };
}

type Noted = Happening extends infer One ? (One extends Happening ? Omit<One, keyof Moment> : never) : never;

function note({ happenings }: Notes, moment: Moment, what: Noted): void {
  happenings.push({ ...what, ...moment });
}
