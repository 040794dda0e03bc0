import type { CanonicalEvent } from "../../../src/core/model/event.ts";
import { type House, type Known, type Model, type Rules, textOf } from "./model.ts";

/**
 * What a rulebook would have done in a recorded month, counted once more by a program that shares nothing with the one
 * under test but the shape of an event: one contact after the other, a list that is sorted again and again, the clock of
 * `Intl`. It knows what the planted rules need, and no more.
 */
export interface Recorded {
  readonly events: readonly CanonicalEvent[];
  readonly sent: readonly ReallySent[];
}

export interface ReallySent {
  readonly message: string;
  readonly contact: string;
  readonly rule: string;
  readonly at: number;
}

export type Reason =
  | "reentry.active"
  | "stopped.by_event"
  | "stopped.by_reply"
  | "stopped.by_opt_out"
  | "guard.false"
  | "consent.missing"
  | "suppressed"
  | "address.missing"
  | "cap.reached"
  | "pending";

/** What one arm did about one trigger. */
export interface Outcome {
  readonly contact: string;
  readonly rule: string;
  /** The id of the event that started it. */
  readonly trigger: string;
  readonly at: number;
  readonly channel: "email" | "sms";
  /** Why it was not sent; null where it was. `pending`: when the month ended, nobody could say yet. */
  readonly refused: Reason | null;
  readonly text: string;
  readonly phone: string;
  readonly nameless: boolean;
}

export interface Arm {
  readonly outcomes: readonly Outcome[];
  /** Reactions to messages that this arm did not send. */
  readonly orphans: readonly CanonicalEvent[];
}

interface Run {
  readonly model: Model;
  readonly trigger: CanonicalEvent;
  readonly triggeredAt: number;
  due: number;
  /** Counts runs in the order in which they first wanted to speak: who waits longer, speaks first. */
  turn: number;
}

interface Life {
  readonly traits: Map<string, { readonly value: string; readonly at: number }>;
  readonly consent: Map<string, { readonly state: "granted" | "denied"; readonly at: number }>;
  readonly suppressed: Set<string>;
  readonly seen: Set<string>;
  /** Events that a rule may stop on, whenever they came. */
  readonly past: CanonicalEvent[];
  readonly contact: string;
  readonly outcomes: Outcome[];
  runs: Run[];
  turns: number;
  zone: string;
  phone: string;
  readonly addresses: Set<"email" | "sms">;
}

const HOUR = 3_600_000;
const times = new Map<string, number>();
/** Read once, because lists are sorted again and again. */
function timeOf(text: string): number {
  const known = times.get(text) ?? Date.parse(text);
  times.set(text, known);
  return known;
}

const happened = (event: CanonicalEvent): number => Math.min(timeOf(event.occurred_at), timeOf(event.received_at));

/** Which message of which run each name of a message means: found by what the base rules send, at the very moment. */
export function messagesOf(
  recorded: Recorded,
  base: Rules,
): ReadonlyMap<string, { readonly key: string; readonly at: number }> {
  const sends = play(recorded, base, new Map()).outcomes.filter(({ refused }) => refused === null);
  const byMoment = new Map(sends.map((one) => [`${one.contact} ${one.rule} ${one.at}`, keyOf(one)]));
  return new Map(
    recorded.sent.flatMap(({ message, contact, rule, at }) => {
      const key = byMoment.get(`${contact} ${rule} ${at}`);
      return key === undefined ? [] : [[message, { key, at }] as const];
    }),
  );
}

export function keyOf({ contact, rule, trigger }: Pick<Outcome, "contact" | "rule" | "trigger">): string {
  return `${contact} ${rule} ${trigger}`;
}

/** Plays the month; `messages` are those whose reactions hang on whether this arm sends them too. */
export function play(
  { events }: Recorded,
  rules: Rules,
  messages: ReadonlyMap<string, { readonly key: string; readonly at: number }>,
): Arm {
  const until = Math.max(...events.map(({ received_at }) => timeOf(received_at)));
  const outcomes: Outcome[] = [];
  const orphans: CanonicalEvent[] = [];
  for (const [contact, theirs] of byContact(events)) {
    const reactions = new Map<string, { readonly event: CanonicalEvent; readonly after: number }[]>();
    const own: CanonicalEvent[] = [];
    for (const event of theirs) {
      const message = event.message_id === undefined ? undefined : messages.get(event.message_id);
      if (message === undefined) own.push(event);
      else {
        const listed = reactions.get(message.key) ?? [];
        listed.push({ event, after: timeOf(event.received_at) - message.at });
        reactions.set(message.key, listed);
      }
    }
    const done = live(contact, own, rules, reactions, until);
    outcomes.push(...done);
    const made = new Map(done.filter(({ refused }) => refused === null).map((one) => [keyOf(one), one.channel]));
    for (const [key, listed] of reactions) {
      orphans.push(...listed.filter(({ event }) => made.get(key) !== event.channel).map(({ event }) => event));
    }
  }
  return { outcomes, orphans };
}

function byContact(events: readonly CanonicalEvent[]): ReadonlyMap<string, readonly CanonicalEvent[]> {
  const phones = new Map<string, string>();
  for (const { contact_id, address } of events) {
    if (contact_id !== undefined && address?.phone !== undefined) phones.set(address.phone, contact_id);
  }
  const lists = new Map<string, CanonicalEvent[]>();
  for (const event of events) {
    const id = event.contact_id ?? phones.get(event.address?.phone ?? "");
    if (id === undefined) throw new Error("expected everybody's phone to be known");
    const list = lists.get(`id:${id}`) ?? [];
    list.push(event);
    lists.set(`id:${id}`, list);
  }
  return lists;
}

function live(
  contact: string,
  own: readonly CanonicalEvent[],
  { models, house }: Rules,
  reactions: ReadonlyMap<string, readonly { readonly event: CanonicalEvent; readonly after: number }[]>,
  until: number,
): readonly Outcome[] {
  const life: Life = {
    traits: new Map(),
    consent: new Map(),
    suppressed: new Set(),
    seen: new Set(),
    past: [],
    contact,
    outcomes: [],
    runs: [],
    turns: 0,
    zone: "",
    phone: "",
    addresses: new Set(),
  };
  const coming = [...own];
  for (;;) {
    coming.sort((a, b) => timeOf(a.received_at) - timeOf(b.received_at));
    life.runs.sort((a, b) => a.due - b.due || (a.turn < b.turn ? -1 : 1));
    const [event] = coming;
    const [run] = life.runs;
    const arrival = event === undefined ? Number.POSITIVE_INFINITY : timeOf(event.received_at);
    const due = run?.due ?? Number.POSITIVE_INFINITY;
    if (Math.min(arrival, due) > until) break;
    if (event !== undefined && arrival <= due) {
      coming.shift();
      hear(life, event, models);
      continue;
    }
    if (run === undefined) break;
    const outcome = speak(life, run, house);
    if (outcome?.refused !== null) continue;
    for (const { event: told, after } of reactions.get(keyOf(outcome)) ?? []) {
      if (told.channel === outcome.channel) coming.push(movedTo(told, outcome.at + after));
    }
  }
  for (const run of life.runs) end(life, run, "pending", until);
  return life.outcomes;
}

/** A run is over, and this is why it sends nothing. */
function end(life: Life, run: Run, refused: Reason, at: number): void {
  life.runs = life.runs.filter((other) => other !== run);
  life.outcomes.push({ ...about(life, run, at), refused });
}

function about(life: Life, { model, trigger }: Run, at: number): Omit<Outcome, "refused"> {
  const known = knownOf(life);
  return {
    contact: life.contact,
    rule: model.logical,
    trigger: trigger.event_id,
    at,
    channel: model.channels[0],
    text: model.text(trigger, known),
    phone: life.phone,
    nameless: !known.traits.has("first_name"),
  };
}

/** The same news at another moment: as late as it was. */
function movedTo(event: CanonicalEvent, at: number): CanonicalEvent {
  const late = timeOf(event.received_at) - timeOf(event.occurred_at);
  return { ...event, received_at: new Date(at).toISOString(), occurred_at: new Date(at - late).toISOString() };
}

function hear(life: Life, event: CanonicalEvent, models: readonly Model[]): void {
  if (life.seen.has(`${event.provider} ${event.event_id}`)) return;
  life.seen.add(`${event.provider} ${event.event_id}`);
  learn(life, event);
  const isMachine = event.data["machine"] === true;
  const at = timeOf(event.received_at);
  if (!isMachine) {
    life.past.push(event);
    for (const run of life.runs.filter((run) => isStopped(run, event))) end(life, run, "stopped.by_event", at);
  }
  const meaning = meaningOf(event);
  for (const run of life.runs.filter(({ model }) => model.class === "marketing")) {
    if (meaning === "opt out") end(life, run, "stopped.by_opt_out", at);
    if (meaning === "reply" && run.triggeredAt <= happened(event)) end(life, run, "stopped.by_reply", at);
  }
  if (!isMachine) for (const model of models) start(life, event, model);
}

function meaningOf(event: CanonicalEvent): "opt out" | "reply" | null {
  const { event_type: type } = event;
  if (type === "email.unsubscribed" || type === "email.complained") return "opt out";
  if (type !== "sms.received") return null;
  return /^\W*stop\W*$/i.test(textOf(event, "text")) ? "opt out" : "reply";
}

function learn(life: Life, event: CanonicalEvent): void {
  const at = happened(event);
  const { event_type: type, data, address } = event;
  const { traits } = data;
  if (typeof traits === "object" && traits !== null) {
    for (const [name, value] of Object.entries(traits)) {
      if ((life.traits.get(name)?.at ?? 0) <= at)
        life.traits.set(name, { value: typeof value === "string" ? value : "", at });
    }
    life.zone = life.traits.get("time_zone")?.value ?? life.zone;
  }
  if (address?.phone !== undefined) {
    life.phone = address.phone;
    life.addresses.add("sms");
  }
  if (address?.email !== undefined) life.addresses.add("email");
  const agree = (channel: string, state: "granted" | "denied"): void => {
    if ((life.consent.get(channel)?.at ?? 0) <= at) life.consent.set(channel, { state, at });
  };
  if (type === "consent.granted") agree(textOf(event, "channel"), "granted");
  if (type === "consent.denied") agree(textOf(event, "channel"), "denied");
  if (type === "email.unsubscribed") agree("email", "denied");
  if (type === "email.bounced" || type === "email.complained") life.suppressed.add("email");
  if (type === "sms.received" && meaningOf(event) === "opt out") life.suppressed.add("sms");
}

function isStopped({ model, trigger, triggeredAt }: Run, event: CanonicalEvent): boolean {
  if (trigger.event_id === event.event_id || happened(event) < triggeredAt) return false;
  return model.stops.some(({ types, same }) => types.includes(event.event_type) && same(trigger, event));
}

function start(life: Life, event: CanonicalEvent, model: Model): void {
  const known = knownOf(life);
  if (!model.triggers.includes(event.event_type) || !model.where(event, known)) return;
  const triggeredAt = happened(event);
  const short = model.delayMs < 5 * 60_000;
  const since = short ? timeOf(event.received_at) : triggeredAt;
  const due = Math.max(since + model.delayMs, timeOf(event.received_at));
  const run: Run = { model, trigger: event, triggeredAt, due, turn: Number.POSITIVE_INFINITY };
  if (model.reentry === "one" && life.runs.some((other) => other.model === model)) {
    return end(life, run, "reentry.active", due);
  }
  life.runs.push(run);
  const isReplied =
    model.class === "marketing" &&
    life.past.some((past) => past !== event && meaningOf(past) === "reply" && happened(past) >= triggeredAt);
  if (life.past.some((past) => isStopped(run, past))) end(life, run, "stopped.by_event", due);
  else if (isReplied) end(life, run, "stopped.by_reply", due);
}

function knownOf({ traits, consent }: Life): Known {
  return {
    traits: new Map([...traits].map(([name, { value }]) => [name, value])),
    consent: new Map([...consent].map(([name, { state }]) => [name, state])),
  };
}

/** Its turn has come: null where it still waits, or has ended by its guard. */
function speak(life: Life, run: Run, house: House): Outcome | null {
  const { model, due: at } = run;
  const known = knownOf(life);
  if (!model.guard(known)) {
    end(life, run, "guard.false", at);
    return null;
  }
  const unheard = (channel: "email" | "sms"): Reason | null => {
    const state = known.consent.get(channel);
    const needs = channel === "sms" ? house.smsConsent : house.emailConsent;
    const agreed = needs === "opt_in" ? state === "granted" : state !== "denied";
    if (model.class === "marketing" && !agreed) return "consent.missing";
    if (life.suppressed.has(channel)) return "suppressed";
    return life.addresses.has(channel) ? null : "address.missing";
  };
  const channel = model.channels.find((one) => unheard(one) === null) ?? model.channels.at(-1) ?? model.channels[0];
  const opens = model.class === "marketing" && channel === "sms" ? openAt(at, life.zone, house) : at;
  if (unheard(channel) === null && opens > at) {
    run.due = opens;
    run.turn = life.turns += 1;
    return null;
  }
  const before = life.outcomes.filter(({ refused }) => refused === null);
  const own = before.filter(({ rule }) => rule === model.logical);
  const marketing = before.filter(({ rule }) => MARKETING.has(rule));
  const isCapped =
    model.caps.some((cap) => isFull(cap, own, channel, at)) ||
    (model.class === "marketing" && house.caps.some((cap) => isFull(cap, marketing, channel, at)));
  const refused = unheard(channel) ?? (isCapped ? "cap.reached" : null);
  const outcome = { ...about(life, run, at), channel, refused };
  life.runs = life.runs.filter((other) => other !== run);
  life.outcomes.push(outcome);
  return outcome;
}

/** The rules whose texts a cap over marketing counts. */
const MARKETING = new Set(["cart", "offer", "news", "news-click"]);

function isFull(cap: House["caps"][number], sends: readonly Outcome[], channel: "email" | "sms", at: number): boolean {
  if (cap.channel !== channel) return false;
  return sends.filter((one) => one.channel === channel && one.at > at - cap.hours * HOUR).length >= cap.max;
}

const clocks = new Map<string, Intl.DateTimeFormat>();

/** Minutes since midnight on a wall clock there. */
function minuteOf(at: number, zone: string): number {
  const clock =
    clocks.get(zone) ??
    new Intl.DateTimeFormat("en-GB", { timeZone: zone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  clocks.set(zone, clock);
  const [hours = "0", minutes = "0"] = clock.format(at).split(":");
  return 60 * Number(hours) + Number(minutes);
}

/** The first moment from `at` on that is not quiet: a full hour, as all zones of the month are whole hours apart. */
function openAt(at: number, zone: string, { quiet }: House): number {
  const isQuiet = (moment: number): boolean => {
    const minute = minuteOf(moment, zone);
    return quiet !== null && (minute >= quiet.from * 60 || minute < quiet.to * 60);
  };
  if (!isQuiet(at)) return at;
  let moment = at - (at % HOUR);
  while (isQuiet(moment)) moment += HOUR;
  return moment;
}
