import { decide } from "../../src/core/decide.ts";
import { type Contact, newContact } from "../../src/core/model/contact.ts";
import { type Counts, drawFrom } from "../../src/core/counting.ts";
import type { Answer, Effect, Input, LedgerRecord, LookedUp, Pause, Question } from "../../src/core/model/decision.ts";
import type { CanonicalEvent } from "../../src/core/model/event.ts";
import type { OutgoingMessage, SendOutcome } from "../../src/core/model/outgoing.ts";
import type {
  Cap,
  Channel,
  Duration,
  Rule,
  Rulebook,
  SendStep,
  Step,
  WaitStep,
  Workspace,
} from "../../src/core/model/rulebook.ts";
import { matches } from "../../src/core/matching.ts";

/** Tests of the core tell a story: a rulebook, a contact, events at moments, and what came of it. */

export const START = Date.parse("2026-03-06T14:00:00-05:00");

/** A rule as a test writes it. */
export interface GivenRule extends Partial<Omit<Rule, "steps" | "first" | "reentry" | "caps">> {
  readonly id: string;
  /** As a list, each followed by the next; or laid out by `flow`. */
  readonly steps?: readonly Step[] | Pick<Rule, "first" | "steps">;
  readonly reentry?: Rule["reentry"]["policy"] | Partial<Rule["reentry"]>;
  readonly caps?: readonly GivenCap[];
}

/** A cap over a rolling window unless the test says more. */
export interface GivenCap extends Omit<Cap, "within"> {
  readonly within: Duration | Cap["within"];
}

export function rule({ steps = [sendStep("sms")], reentry = "ignore", caps = [], ...fields }: GivenRule): Rule {
  return {
    digest: "d",
    description: null,
    owner: null,
    class: "transactional",
    enabled: true,
    shadow: false,
    experiment: fields.id,
    rollout: 1,
    holdout: 0,
    movedFrom: null,
    trigger: { match: on("lead.created"), maxAge: { count: 24, unit: "h" } },
    reentry: {
      policy: "ignore",
      key: null,
      cooldown: null,
      ...(typeof reentry === "string" ? { policy: reentry } : reentry),
    },
    goal: null,
    delay: null,
    window: null,
    guard: null,
    stopOn: [],
    expires: { count: 30, unit: "d" },
    caps: caps.map(cap),
    ...("first" in steps ? steps : inOrder(steps)),
    retry: { attempts: 5, within: { count: 15, unit: "m" } },
    onChange: "finish",
    ...fields,
  };
}

function cap({ within, ...fields }: GivenCap): Cap {
  return { ...fields, within: "kind" in within ? within : { kind: "rolling", length: within } };
}

/** Chains steps that say nothing of what comes next. */
function inOrder(steps: readonly Step[]): Pick<Rule, "first" | "steps"> {
  const chained = steps.map((step, index) => ({ ...step, next: step.next ?? steps[index + 1]?.id ?? null }));
  return { first: chained[0]?.id ?? "", steps: new Map(chained.map((step) => [step.id, step])) };
}

export function on(...events: readonly string[]): Rule["trigger"]["match"] {
  return { events, where: null, namesMachine: false };
}

export function sendStep(channel: string, fields: Partial<SendStep> = {}): SendStep {
  return {
    verb: "send",
    id: "0",
    when: null,
    next: null,
    channels: [channel],
    content: { text: "hello" },
    body: null,
    to: null,
    provider: null,
    onFailure: null,
    onAmbiguous: "park",
    ...fields,
  };
}

export function waitStep(id: string, length: Duration): WaitStep {
  return { verb: "wait", id, when: null, next: null, wait: { kind: "for", range: { min: length, max: length } } };
}

const plain = { provider: "fake", ratePerSecond: null, quietHours: null, price: null } as const;
export const CHANNELS: readonly Channel[] = [
  { ...plain, name: "sms", kind: "sms", from: "+12025550100" },
  { ...plain, name: "email", kind: "email", from: "Acme <hello@acme.example>" },
  { ...plain, name: "sales", kind: "slack", from: null },
];

type GivenWorkspace = Partial<Omit<Workspace, "consent" | "caps">> & {
  readonly consent?: Partial<Workspace["consent"]>;
  readonly caps?: readonly GivenCap[];
};

export function rulebook(
  rules: readonly Rule[],
  given: GivenWorkspace = {},
  history: Rulebook["history"] = new Map(),
): Rulebook {
  const { consent, caps = [], ...fields } = given;
  return {
    digest: "digest",
    confirmation: null,
    workspace: {
      name: "acme",
      timeZone: "America/New_York",
      fields: new Map(),
      channels: new Map(CHANNELS.map((channel) => [channel.name, channel])),
      consent: { sms: "opt_in", email: "opt_out", push: "opt_in", voice: "opt_in", ...consent },
      caps: caps.map(cap),
      budgets: [],
      stopOnReply: "marketing",
      optOut: { keywords: [], phrases: [], onPhrase: "flag", scope: "channel", confirm: null },
      limits: { smsSegments: 3, firstDay: 1000 },
      selfProtection: { rateFactor: null, optOutRate: null, bounceRate: null, errorRate: null },
      alerts: null,
      lookups: new Map(),
      ...fields,
    },
    rules: new Map(rules.map((each) => [each.id, each])),
    triggered: (event, facts) => rules.filter((each) => each.enabled && matches(each.trigger.match, event, facts)),
    former: new Map(),
    awaitedEventTypes: new Set(rules.flatMap(awaitedBy)),
    history,
  };
}

function awaitedBy({ stopOn, goal, steps }: Rule): readonly string[] {
  const waits = [...steps.values()].flatMap((step) => (step.verb === "wait_for" ? [step.for] : []));
  return [...stopOn, ...waits, ...(goal === null ? [] : [goal])].flatMap(({ match }) => match.events);
}

type Hand = Extract<Effect, { kind: "hand" }>;

export interface Decided {
  readonly contact: Contact;
  readonly input: Input;
  readonly answers: ReadonlyMap<string, Answer>;
  readonly now: number;
  readonly decision: Exclude<ReturnType<typeof decide>, { readonly ask: unknown }>;
}

export interface World {
  rules: Rulebook;
  now: number;
  readonly contacts: Map<string, Contact>;
  readonly records: LedgerRecord[];
  /** By key, the inputs of which its account has lines. */
  readonly accounts: Map<string, Set<string>>;
  readonly calls: OutgoingMessage[];
  /** When each of them began. */
  readonly callTimes: number[];
  /** What the provider answers, in order; accepted when the list ends. */
  readonly outcomes: SendOutcome[];
  /** What documents tell each other and has not arrived yet; null when everything arrives at once. */
  mail: Hand[] | null;
  /** What the provider says when it is asked about a lost answer; null when nobody asks it. */
  reconciliation: Extract<Input, { kind: "reconciled" }>["outcome"] | null;
  /** Answers a condition; the tree of a test is `{ "test": name }`. */
  conditions: Record<string, (question: Extract<Question, { kind: "condition" }>) => boolean>;
  /** What look-ups find, by name; `failed` when nothing is said. */
  lookups: Record<string, LookedUp>;
  /** By rule id, channel name, or `all`. */
  readonly pauses: Map<string, Pause>;
  /** Newer rules than these were deployed elsewhere. */
  outdated: boolean;
  counts: Counts;
  /** Sees every decision, with all that it was made of. */
  witness: ((decided: Decided) => void) | null;
  deliver(key: string, input: Input): readonly Effect[];
  event(fields: Partial<CanonicalEvent> & { readonly event_type: string }, key?: string): readonly Effect[];
  /** Lets time pass; every wake-up on the way is offered at its moment. */
  pass(ms: number): void;
  contact(key?: string): Contact;
  /** Reasons of everything but events, in order. */
  reasons(): readonly string[];
}

/** No test has so many wake-ups at one moment: the same one comes back. */
const MOST_AT_ONCE = 200;

/** One contact's world without storage: tickets are answered at once, hand-overs are delivered at once. */
export function world(rules: Rulebook): World {
  const wakes = new Map<string, number>();
  let eventCount = 0;
  const self: World = {
    rules,
    now: START,
    contacts: new Map(),
    records: [],
    accounts: new Map(),
    calls: [],
    callTimes: [],
    outcomes: [],
    mail: null,
    reconciliation: null,
    witness: null,
    conditions: {},
    lookups: {},
    pauses: new Map(),
    outdated: false,
    counts: new Map(),
    deliver(key, input) {
      const before = self.contacts.get(key) ?? newContact(key);
      const decided = settle(self, before, input);
      if (!decided.changed) return [];
      self.contacts.set(key, decided.contact);
      self.records.push(...decided.records);
      const account = self.accounts.get(key) ?? new Set();
      if (decided.records.length > 0) self.accounts.set(key, account.add(input.id));
      if (decided.wakeAt === null) wakes.delete(key);
      else wakes.set(key, decided.wakeAt);
      for (const effect of decided.effects) follow(self, key, effect);
      return decided.effects;
    },
    event(fields, key = "id:c1") {
      eventCount += 1;
      const at = new Date(self.now).toISOString();
      const event: CanonicalEvent = {
        schema_version: 1,
        event_id: `e${eventCount}`,
        occurred_at: at,
        received_at: at,
        provider: "test",
        data: {},
        // What reaches a contact's own document by way of a door carries the contact's id.
        ...(key.startsWith("id:") && { contact_id: key.slice("id:".length) }),
        ...fields,
      };
      return self.deliver(key, { kind: "event", id: `delivery-${eventCount}`, event });
    },
    pass(ms) {
      const until = self.now + ms;
      let last = Number.NaN;
      let again = 0;
      for (;;) {
        const next = [...wakes].filter(([, at]) => at <= until).sort(([, a], [, b]) => a - b)[0];
        if (next === undefined) break;
        self.now = Math.max(self.now, next[1]);
        again = self.now === last ? again + 1 : 0;
        last = self.now;
        if (again > MOST_AT_ONCE) throw new Error(`${next[0]} is due at ${self.now} again and again`);
        self.deliver(next[0], { kind: "wake", id: `wake:${next[1]}` });
      }
      self.now = until;
    },
    contact: (key = "id:c1") => self.contacts.get(key) ?? newContact(key),
    reasons: () => self.records.flatMap(({ kind, reason }) => (kind === "event" ? [] : (reason ?? []))),
  };
  return self;
}

/** Whatever goes in is frozen, so that a decision that changes it fails, in whatever test. */
function settle(self: World, contact: Contact, input: Input) {
  const answers = new Map<string, Answer>();
  frozen(contact);
  frozen(input);
  for (;;) {
    const decision = decide(self.rules, contact, input, answers, self.now);
    if (!("ask" in decision)) {
      self.witness?.({ contact, input, answers, now: self.now, decision });
      return decision;
    }
    for (const question of decision.ask) answers.set(question.id, frozen(answer(self, question)));
  }
}

/** Larger maps take milliseconds to freeze. */
const MOST_FROZEN = 50;

function frozen<Value>(value: Value): Value {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  const entries = Object.values(value);
  if (entries.length > MOST_FROZEN) return value;
  entries.forEach(frozen);
  return Object.freeze(value);
}

function answer(self: World, question: Question): Answer {
  switch (question.kind) {
    case "condition":
      return { kind: "condition", holds: self.conditions[testName(question.tree)]?.(question) ?? true };
    case "render":
      return { kind: "render", text: question.template === "broken" ? null : question.template };
    case "lookup":
      return { kind: "lookup", found: self.lookups[question.name] ?? { kind: "failed" } };
    case "suppressed": {
      const silenced = self.contacts.get(question.addressKey)?.suppressions[question.addressKey];
      return { kind: "suppressed", suppressed: silenced?.state === "suppressed" };
    }
    case "paused": {
      const found = ["all", question.rule, question.channel].map((target) => self.pauses.get(target));
      return { kind: "paused", pause: found.find((pause) => pause !== undefined) ?? null };
    }
    case "decided":
      return { kind: "decided", decided: self.accounts.get(question.key)?.has(question.input) === true };
    case "outdated":
      return { kind: "outdated", outdated: self.outdated };
    case "draw": {
      const { counts, refused } = drawFrom(self.counts, question.draws, self.now);
      self.counts = counts;
      return { kind: "draw", refused };
    }
  }
}

function testName(tree: Extract<Question, { kind: "condition" }>["tree"]): string {
  const name = tree["test"];
  return typeof name === "string" ? name : "";
}

function follow(self: World, key: string, effect: Effect): void {
  switch (effect.kind) {
    case "hand":
      if (self.mail !== null) self.mail.push(effect);
      else self.deliver(effect.key, { id: effect.id, ...effect.what });
      return;
    case "enqueue":
      if (effect.job.kind === "reconcile") {
        if (self.reconciliation === null) return;
        const { intent, attempt, asked } = effect.job;
        const id = `reconciled:${intent}:${attempt}:${asked}`;
        self.deliver(key, { kind: "reconciled", id, intent, attempt, outcome: self.reconciliation });
        return;
      }
      self.deliver(key, {
        kind: "ticket",
        id: `ticket:${effect.job.intent}:${effect.job.ticket}`,
        intent: effect.job.intent,
        ticket: effect.job.ticket,
        leaseMs: 20_000,
      });
      return;
    case "call": {
      self.calls.push(effect.message);
      self.callTimes.push(self.now);
      const outcome = self.outcomes.shift() ?? { kind: "accepted", providerMessageId: `p${self.calls.length}` };
      const { intentId: intent, attempt } = effect.message;
      self.deliver(key, { kind: "result", id: `result:${intent}:${attempt}`, intent, attempt, outcome });
      return;
    }
    case "pause":
      self.pauses.set(effect.rule, { reason: "self_paused", since: self.now, until: null });
      return;
    case "bury":
    case "forget":
      return;
  }
}
