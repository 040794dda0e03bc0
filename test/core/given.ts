import { decide } from "../../src/core/decide.ts";
import { type Contact, newContact } from "../../src/core/model/contact.ts";
import type { Answer, Effect, Input, LedgerRecord, Question } from "../../src/core/model/decision.ts";
import type { CanonicalEvent } from "../../src/core/model/event.ts";
import type { OutgoingMessage, SendOutcome } from "../../src/core/model/outgoing.ts";
import type { Channel, Rule, Rulebook, SendStep, Workspace } from "../../src/core/model/rulebook.ts";
import { matches } from "../../src/core/matching.ts";

/** Tests of the core tell a story: a rulebook, a contact, events at moments, and what came of it. */

export const START = Date.parse("2026-03-06T14:00:00-05:00");

export function rule(fields: Partial<Rule> & { readonly id: string }): Rule {
  return {
    digest: "d",
    description: null,
    owner: null,
    class: "transactional",
    enabled: true,
    trigger: { match: on("lead.created"), maxAge: { count: 24, unit: "h" } },
    reentry: "ignore",
    delay: null,
    guard: null,
    stopOn: [],
    expires: { count: 30, unit: "d" },
    caps: [],
    steps: [sendStep("sms")],
    retry: { attempts: 5, within: { count: 15, unit: "m" } },
    ...fields,
  };
}

export function on(...events: readonly string[]): Rule["trigger"]["match"] {
  return { events, where: null, namesMachine: false };
}

export function sendStep(channel: string, fields: Partial<SendStep> = {}): SendStep {
  return { verb: "send", id: "0", when: null, channel, content: { text: "hello" }, onAmbiguous: "park", ...fields };
}

const CHANNELS: readonly Channel[] = [
  { name: "sms", kind: "sms", provider: "fake", from: "+12025550100", ratePerSecond: null },
  { name: "email", kind: "email", provider: "fake", from: "Acme <hello@acme.example>", ratePerSecond: null },
  { name: "sales", kind: "slack", provider: "fake", from: null, ratePerSecond: null },
];

export function rulebook(rules: readonly Rule[], fields: Partial<Workspace> = {}): Rulebook {
  return {
    digest: "digest",
    workspace: {
      name: "acme",
      timeZone: "America/New_York",
      channels: new Map(CHANNELS.map((channel) => [channel.name, channel])),
      consent: { sms: "opt_in", email: "opt_out" },
      caps: [],
      stopOnReply: "marketing",
      optOutKeywords: [],
      ...fields,
    },
    rules: new Map(rules.map((each) => [each.id, each])),
    triggered: (event, facts) => rules.filter((each) => each.enabled && matches(each.trigger.match, event, facts)),
    stopEventTypes: new Set(rules.flatMap((each) => each.stopOn.flatMap((stop) => stop.match.events))),
  };
}

export interface World {
  rules: Rulebook;
  now: number;
  readonly contacts: Map<string, Contact>;
  readonly records: LedgerRecord[];
  readonly calls: OutgoingMessage[];
  /** What the provider answers, in order; accepted when the list ends. */
  readonly outcomes: SendOutcome[];
  /** Answers a condition; the tree of a test is `{ "test": name }`. */
  conditions: Record<string, (question: Extract<Question, { kind: "condition" }>) => boolean>;
  deliver(key: string, input: Input): readonly Effect[];
  event(fields: Partial<CanonicalEvent> & { readonly event_type: string }, key?: string): readonly Effect[];
  /** Lets time pass; every wake-up on the way is offered at its moment. */
  pass(ms: number): void;
  contact(key?: string): Contact;
  reasons(): readonly string[];
}

/** One contact's world without storage: tickets are answered at once, hand-overs are delivered at once. */
export function world(rules: Rulebook): World {
  const wakes = new Map<string, number>();
  let eventCount = 0;
  const self: World = {
    rules,
    now: START,
    contacts: new Map(),
    records: [],
    calls: [],
    outcomes: [],
    conditions: {},
    deliver(key, input) {
      const before = self.contacts.get(key) ?? newContact(key);
      const decided = settle(self, before, input);
      if (!decided.changed) return [];
      self.contacts.set(key, decided.contact);
      self.records.push(...decided.records);
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
      for (;;) {
        const next = [...wakes].filter(([, at]) => at <= until).sort(([, a], [, b]) => a - b)[0];
        if (next === undefined) break;
        self.now = Math.max(self.now, next[1]);
        self.deliver(next[0], { kind: "wake", id: `wake:${next[1]}` });
      }
      self.now = until;
    },
    contact: (key = "id:c1") => self.contacts.get(key) ?? newContact(key),
    reasons: () => self.records.flatMap(({ reason }) => reason ?? []),
  };
  return self;
}

function settle(self: World, contact: Contact, input: Input) {
  const answers = new Map<string, Answer>();
  for (;;) {
    const decision = decide(self.rules, contact, input, answers, self.now);
    if (!("ask" in decision)) return decision;
    for (const question of decision.ask) answers.set(question.id, answer(self, question));
  }
}

function answer(self: World, question: Question): Answer {
  switch (question.kind) {
    case "condition":
      return { kind: "condition", holds: self.conditions[testName(question.tree)]?.(question) ?? true };
    case "render":
      return { kind: "render", text: question.template === "broken" ? null : question.template };
    case "suppressed": {
      const silenced = self.contacts.get(question.addressKey)?.suppressions[question.addressKey];
      return { kind: "suppressed", suppressed: silenced?.state === "suppressed" };
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
      self.deliver(effect.key, { id: effect.id, ...effect.what });
      return;
    case "enqueue":
      if (effect.job.kind !== "send") return;
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
      const outcome = self.outcomes.shift() ?? { kind: "accepted", providerMessageId: `p${self.calls.length}` };
      const { intentId: intent, attempt } = effect.message;
      self.deliver(key, { kind: "result", id: `result:${intent}:${attempt}`, intent, attempt, outcome });
      return;
    }
    case "bury":
      return;
  }
}
