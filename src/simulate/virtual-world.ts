import type { Explained } from "../conditions/explain-condition.ts";
import { judgeLazily } from "../conditions/judge-lazily.ts";
import { deliberate } from "../core/decide.ts";
import { type Contact, isSuppressed, newContact } from "../core/model/contact.ts";
import type {
  Answer,
  Decision,
  Draw,
  Effect,
  Input,
  Job,
  LookedUp,
  Question,
  RefusedDraw,
} from "../core/model/decision.ts";
import type { CanonicalEvent } from "../core/model/event.ts";
import type { OutgoingMessage, SendOutcome } from "../core/model/outgoing.ts";
import type { Rulebook } from "../core/model/rulebook.ts";
import { withMore } from "../core/model/with-more.ts";
import { render } from "../templates/render.ts";
import type { Template } from "../templates/template.ts";
import { type Agenda, createAgenda } from "./agenda.ts";

/** What a world is made of: rules, documents, and what the core asks for beyond those. */
export interface Ground {
  readonly rulebook: Rulebook;
  readonly templates: ReadonlyMap<string, Template>;
  readonly documents: Documents;
  readonly outside: Outside;
  readonly watcher: Watcher;
  /** Rules that pause themselves, and since when: those of before may be in it, and those of here come to it. */
  readonly paused?: Map<string, number>;
}

/** By key; whoever is not there is nobody yet. */
export interface Documents {
  get(key: string): Contact | undefined;
  set(key: string, contact: Contact): void;
}

/** Whose document is decided about, when, and in which decision: what one decision brings has the same number. */
export interface Moment {
  readonly key: string;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly decision: number;
}

/** Everybody that the core asks or tells. */
export interface Outside {
  lookUp(moment: Moment, name: string): LookedUp;
  draw(moment: Moment, draws: readonly Draw[]): RefusedDraw | null;
  send(moment: Moment, message: OutgoingMessage, provider: string): SendOutcome;
  /** What the provider says later of an attempt whose answer was lost. */
  reconcile(intent: string, attempt: number): Extract<Input, { kind: "reconciled" }>["outcome"];
}

export type Verdict = Exclude<Decision, { readonly ask: unknown }>;

/** Who is told what happens, in the order in which it does. */
export interface Watcher {
  judged?(moment: Moment, question: Extract<Question, { kind: "condition" }>, explained: Explained): void;
  /** Before it is: what a message says, when `input` is its ticket. */
  renders?(moment: Moment, question: Extract<Question, { kind: "render" }>, input: Input): void;
  decided(moment: Moment, before: Contact, input: Input, verdict: Verdict): void;
  /** By this document to another, or to itself. */
  handed?(moment: Moment, event: CanonicalEvent): void;
}

/** A rulebook at work on a virtual clock: tests and backtests play the same one. */
export interface World {
  /** Epoch milliseconds. */
  now(): number;
  decisions(): number;
  /** Something that happens at a moment, after what was put there before it. */
  put(at: number, happens: () => void | Promise<void>): void;
  /** Moves the clock on: never past `nextAt`, and never back. */
  moveTo(at: number): void;
  confront(key: string, input: Input): Promise<void>;
  /** When something happens next, in epoch milliseconds; null when nothing does. */
  nextAt(): number | null;
  /** Moves the clock to what happens next and lets it happen. Wake-ups come last of what is due at a moment. */
  step(): Promise<void>;
}

/** How long a call may take. Here they take no time. */
const LEASE_MS = 20_000;

interface Playing extends Ground {
  now: number;
  decisions: number;
  readonly agenda: Agenda<() => void | Promise<void>>;
  /** When each document wants to be looked at. */
  readonly wakes: Map<string, number>;
  /** The same in order, with moments that do not hold any more. */
  readonly alarms: Agenda<readonly [key: string, at: number]>;
  readonly paused: Map<string, number>;
}

export function createWorld(ground: Ground): World {
  const playing: Playing = withMore(ground, {
    now: 0,
    decisions: 0,
    agenda: createAgenda<() => void | Promise<void>>(),
    wakes: new Map<string, number>(),
    alarms: createAgenda<readonly [key: string, at: number]>(),
    paused: ground.paused ?? new Map<string, number>(),
  });
  return {
    now: () => playing.now,
    decisions: () => playing.decisions,
    put: (at, happens) => playing.agenda.put(at, happens),
    moveTo(at) {
      playing.now = Math.max(playing.now, at);
    },
    confront: (key, input) => confront(playing, key, input),
    nextAt: () => earlier(playing.agenda.nextAt(), nextWake(playing)),
    step: () => step(playing),
  };
}

function earlier(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.min(a, b);
}

function nextWake({ alarms, wakes }: Playing): number | null {
  for (;;) {
    const alarm = alarms.first();
    if (alarm === undefined || wakes.get(alarm[0]) === alarm[1]) return alarm?.[1] ?? null;
    alarms.take();
  }
}

async function step(playing: Playing): Promise<void> {
  const { agenda, alarms } = playing;
  const due = agenda.nextAt();
  const wake = nextWake(playing);
  if (due !== null && (wake === null || due <= wake)) {
    playing.now = Math.max(playing.now, due);
    return agenda.take()?.();
  }
  const alarm = alarms.take();
  if (alarm === undefined) return;
  const [key, at] = alarm;
  playing.now = Math.max(playing.now, at);
  playing.wakes.delete(key);
  return confront(playing, key, { kind: "wake", id: `wake:${key}:${at}:${playing.decisions}` });
}

async function confront(playing: Playing, key: string, input: Input): Promise<void> {
  const before = playing.documents.get(key) ?? newContact(key);
  playing.decisions += 1;
  const moment: Moment = { key, at: playing.now, decision: playing.decisions };
  const verdict = await judge(playing, moment, before, input);
  if (verdict.changed) {
    playing.documents.set(key, verdict.contact);
    wakeAt(playing, key, verdict.wakeAt);
  }
  playing.watcher.decided(moment, before, input, verdict);
  for (const effect of verdict.effects) follow(playing, moment, effect);
}

function wakeAt({ wakes, alarms }: Playing, key: string, at: number | null): void {
  if (at === null) wakes.delete(key);
  else if (wakes.get(key) !== at) {
    wakes.set(key, at);
    alarms.put(at, [key, at]);
  }
}

async function judge(playing: Playing, moment: Moment, contact: Contact, input: Input): Promise<Verdict> {
  const deliberation = deliberate(playing.rulebook, contact, input, moment.at);
  let step = deliberation.next();
  while (!step.done) {
    const answered = answer(playing, moment, input, step.value);
    step = deliberation.next(answered instanceof Promise ? await answered : answered);
  }
  return step.value;
}

function answer(playing: Playing, moment: Moment, input: Input, question: Question): Answer | Promise<Answer> {
  switch (question.kind) {
    case "condition":
      return condition(playing, moment, question);
    case "render": {
      const template = playing.templates.get(question.template);
      playing.watcher.renders?.(moment, question, input);
      return { kind: "render", text: null, ...(template !== undefined && render(template, question.facts)) };
    }
    case "lookup":
      return { kind: "lookup", found: playing.outside.lookUp(moment, question.name) };
    case "suppressed": {
      const document = playing.documents.get(question.addressKey);
      return { kind: "suppressed", suppressed: document !== undefined && isSuppressed(document, question.addressKey) };
    }
    case "paused": {
      const since = playing.paused.get(question.rule) ?? Number.POSITIVE_INFINITY;
      return { kind: "paused", pause: since > moment.at ? null : { reason: "self_paused", since, until: null } };
    }
    case "decided":
      // Here nothing is delivered twice.
      return { kind: "decided", decided: false };
    case "outdated":
      return { kind: "outdated", outdated: false };
    case "draw":
      return { kind: "draw", refused: playing.outside.draw(moment, question.draws) };
  }
}

async function condition(
  { watcher }: Playing,
  moment: Moment,
  question: Extract<Question, { kind: "condition" }>,
): Promise<Answer> {
  const judged = await judgeLazily(question.tree, question.facts);
  if ("holds" in judged) watcher.judged?.(moment, question, judged);
  return { kind: "condition", ...judged };
}

/** Does what the decision wants to happen next, at the same moment, but after what is already on its way. */
function follow(playing: Playing, moment: Moment, effect: Effect): void {
  const next = (to: string, input: Input): void => playing.agenda.put(moment.at, () => confront(playing, to, input));
  switch (effect.kind) {
    case "hand": {
      const { what } = effect;
      if (what.kind === "event") playing.watcher.handed?.(moment, what.event);
      return next(effect.key, { id: effect.id, ...what });
    }
    case "enqueue":
      return next(moment.key, whatComesOf(playing, effect.job));
    case "call": {
      const { message, provider } = effect;
      const outcome = playing.outside.send(moment, message, provider);
      const { intentId: intent, attempt } = message;
      return next(moment.key, { kind: "result", id: `result:${intent}:${attempt}`, intent, attempt, outcome });
    }
    case "pause":
      if (!playing.paused.has(effect.rule)) playing.paused.set(effect.rule, moment.at);
      return;
    case "bury":
    case "forget":
      return;
  }
}

function whatComesOf({ outside }: Playing, job: Job): Input {
  const { intent } = job;
  if (job.kind === "send") {
    return { kind: "ticket", id: `ticket:${intent}:${job.ticket}`, intent, ticket: job.ticket, leaseMs: LEASE_MS };
  }
  const { attempt, asked } = job;
  const outcome = outside.reconcile(intent, attempt);
  return { kind: "reconciled", id: `reconciled:${intent}:${attempt}:${asked}`, intent, attempt, outcome };
}
