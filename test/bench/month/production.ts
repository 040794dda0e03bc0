import { judgeLazily } from "../../../src/conditions/judge-lazily.ts";
import { decide } from "../../../src/core/decide.ts";
import { type Contact, isSuppressed, newContact } from "../../../src/core/model/contact.ts";
import type { Answer, Decision, Effect, Input, Question } from "../../../src/core/model/decision.ts";
import { type CanonicalEvent, eventKey } from "../../../src/core/model/event.ts";
import type { OutgoingMessage } from "../../../src/core/model/outgoing.ts";
import type { CompiledWorkspace } from "../../../src/rulebook/compile-workspace.ts";
import { render } from "../../../src/templates/render.ts";
import { createCounters } from "./counters.ts";

/** A message that a provider took. */
export interface Sent {
  readonly at: number;
  /** The document of whoever got it. */
  readonly key: string;
  readonly message: OutgoingMessage;
  readonly step: string;
  readonly provider: string;
}

/** What production does to the world around it. */
export interface Around {
  /** This document wants to be looked at then; an earlier wish is void. */
  wake(key: string, at: number): void;
  sent(message: OutgoingMessage, sent: Sent): void;
}

export interface Production {
  take(key: string, event: CanonicalEvent, at: number): Promise<void>;
  wake(key: string, at: number): Promise<void>;
}

type Verdict = Exclude<Decision, { readonly ask: unknown }>;

const LEASE_MS = 20_000;

/**
 * The system as it runs, on the production core, without what can go wrong: every document in memory, every lane empty,
 * every provider well. What one thing leads to happens at the same moment.
 */
export function createProduction(workspace: CompiledWorkspace, around: Around): Production {
  const { rulebook, templates } = workspace;
  const documents = new Map<string, Contact>();
  const wakes = new Map<string, number>();
  const paused = new Map<string, number>();
  const counters = createCounters();
  const queue: { readonly key: string; readonly input: Input }[] = [];
  let now = 0;
  let inputs = 0;

  const answer = async (question: Question): Promise<Answer> => {
    switch (question.kind) {
      case "condition":
        return { kind: "condition", ...(await judgeLazily(question.tree, question.facts)) };
      case "render": {
        const template = templates.get(question.template);
        return { kind: "render", text: null, ...(template !== undefined && render(template, question.facts)) };
      }
      case "suppressed": {
        const document = documents.get(question.addressKey);
        const suppressed = document !== undefined && isSuppressed(document, question.addressKey);
        return { kind: "suppressed", suppressed };
      }
      case "paused": {
        const since = paused.get(question.rule);
        return { kind: "paused", pause: since === undefined ? null : { reason: "self_paused", since, until: null } };
      }
      case "draw":
        return { kind: "draw", refused: counters.draw(question.draws, now) };
      case "decided":
        return { kind: "decided", decided: false };
      case "outdated":
        return { kind: "outdated", outdated: false };
      case "lookup":
        return { kind: "lookup", found: { kind: "failed" } };
    }
  };

  const judge = async (contact: Contact, input: Input): Promise<Verdict> => {
    const answers = new Map<string, Answer>();
    for (;;) {
      const decision = decide(rulebook, contact, input, answers, now);
      if (!("ask" in decision)) return decision;
      for (const question of decision.ask) answers.set(question.id, await answer(question));
    }
  };

  const follow = (key: string, effect: Effect, { contact }: Verdict): void => {
    switch (effect.kind) {
      case "hand":
        queue.push({ key: effect.key, input: { id: effect.id, ...effect.what } });
        return;
      case "enqueue": {
        const { job } = effect;
        if (job.kind !== "send") return;
        const { intent, ticket } = job;
        queue.push({ key, input: { kind: "ticket", id: `t:${intent}:${ticket}`, intent, ticket, leaseMs: LEASE_MS } });
        return;
      }
      case "call": {
        const { message, provider } = effect;
        const { intentId: intent, attempt } = message;
        const outcome = { kind: "accepted", providerMessageId: null } as const;
        queue.push({ key, input: { kind: "result", id: `r:${intent}:${attempt}`, intent, attempt, outcome } });
        around.sent(message, { at: now, key, message, step: contact.intents[intent]?.step ?? "", provider });
        return;
      }
      case "pause":
        if (!paused.has(effect.rule)) paused.set(effect.rule, now);
        return;
      case "bury":
      case "forget":
        return;
    }
  };

  const run = async (at: number): Promise<void> => {
    now = at;
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const { key, input } = next;
      const decision = await judge(documents.get(key) ?? newContact(key), input);
      if (!decision.changed) continue;
      documents.set(key, decision.contact);
      const { wakeAt } = decision;
      if (wakeAt === null) wakes.delete(key);
      else if (wakes.get(key) !== wakeAt) {
        wakes.set(key, wakeAt);
        around.wake(key, Math.max(wakeAt, now));
      }
      for (const effect of decision.effects) follow(key, effect, decision);
    }
  };

  return {
    take: async (key, event, at) => {
      inputs += 1;
      queue.push({ key, input: { kind: "event", id: `${eventKey(event)}:${inputs}`, event } });
      await run(at);
    },
    wake: async (key, at) => {
      const due = wakes.get(key);
      if (due === undefined || due > at) return;
      inputs += 1;
      queue.push({ key, input: { kind: "wake", id: `wake:${key}:${at}:${inputs}` } });
      await run(at);
    },
  };
}
