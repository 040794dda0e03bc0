/**
 * How many decisions a second one core makes, whether many rules make them slower, and how many events a second the
 * simulation lives through. Prints a report; asserts nothing, because the numbers are the machine's. Run it with
 * `npm run bench:core`.
 */
import { availableParallelism, cpus } from "node:os";
import { evaluate } from "../../src/conditions/evaluate.ts";
import { deliberate } from "../../src/core/decide.ts";
import { type Contact, newContact } from "../../src/core/model/contact.ts";
import type { Answer, Effect, Input, Question } from "../../src/core/model/decision.ts";
import type { CanonicalEvent } from "../../src/core/model/event.ts";
import type { CompiledWorkspace } from "../../src/rulebook/compile-workspace.ts";
import { compileWorkspace } from "../../src/rulebook/compile-workspace.ts";
import { createSourceFile } from "../../src/rulebook/source-file.ts";
import { render } from "../../src/templates/render.ts";
import { prepareGround } from "../simulation/ground.ts";
import { planOf } from "../simulation/plan.ts";
import { simulate } from "../simulation/simulation.ts";

const NUMBERS_OF_RULES = [1, 100, 10_000] as const;
/** An event must cost with the most rules hardly more than with one. */
const TARGET = 0.2;
const NOW = Date.parse("2026-03-06T19:00:00Z");
const SECONDS = 0.4;
const ROUNDS = 15;

const print = (line = ""): void => void process.stdout.write(`${line}\n`);
const count = (value: number): string => Math.round(value).toLocaleString("en-US").padStart(9);

const heed = `
workspace: acme
time_zone: America/New_York
country: US
providers: { outbox: {} }
channels:
  sms: { kind: sms, provider: outbox, from: "+12025550100" }
contacts: { fields: { first_name: { type: string }, status: { type: string } } }
events: { Order Completed: { data: { product: string, amount: number } } }
limits: { first_day: 1000000 }
`;

/** Rules that all listen to one type of event; an event is about one product, and so triggers one of them. */
async function compileRules(rules: number): Promise<CompiledWorkspace> {
  const files = Array.from({ length: rules }, (_, index) =>
    createSourceFile(
      `all/rule-${index}.yaml`,
      `rule: rule-${index}
description: For the benchmark.
owner: nobody
class: transactional
trigger:
  event: Order Completed
  where: { event.data.product: product-${index}, event.data.amount: { gte: 10 } }
reentry: parallel
guard: { contact.status: { not_in: [customer, in_conversation] } }
actions:
  - { send: sms, text: "Thanks, {{ contact.first_name | default: 'there' }}." }
`,
    ),
  );
  const compiled = await compileWorkspace({ files: [createSourceFile("heed.yaml", heed), ...files], problems: [] }, {});
  if (!compiled.ok) throw new Error(compiled.problems.map(({ message }) => message).join("; "));
  return compiled.workspace;
}

function order(number: number, product: string): CanonicalEvent {
  const at = new Date(NOW).toISOString();
  return {
    schema_version: 1,
    event_id: `e${number}`,
    event_type: "Order Completed",
    occurred_at: at,
    received_at: at,
    provider: "api",
    contact_id: `c${number}`,
    address: { phone: "+12025550143" },
    data: { product, amount: 20 },
  };
}

/** Somebody of whom a little is known already. */
function contactOf(number: number): Contact {
  const phone = { address: "+12025550143", at: NOW - 1_000 };
  return { ...newContact(`id:c${number}`), attributes: { first_name: "Ana", plan: "pro" }, addresses: { phone } };
}

interface Decided {
  readonly contact: Contact;
  readonly effects: readonly Effect[];
}

/** The ask loop, as the runtime runs it, without a store. */
async function decideAll({ rulebook, templates }: CompiledWorkspace, contact: Contact, input: Input): Promise<Decided> {
  const deliberation = deliberate(rulebook, contact, input, NOW);
  let step = deliberation.next();
  while (!step.done) step = deliberation.next(await answer(templates, step.value));
  return step.value;
}

/** What is answered alike whatever was asked: nothing is in the way of anybody. */
const ALIKE: Partial<Record<Question["kind"], Answer>> = {
  suppressed: { kind: "suppressed", suppressed: false },
  paused: { kind: "paused", pause: null },
  draw: { kind: "draw", refused: null },
};

async function answer(templates: CompiledWorkspace["templates"], question: Question): Promise<Answer> {
  if (question.kind === "condition") return { kind: "condition", holds: await evaluate(question.tree, question.facts) };
  if (question.kind === "render") {
    const template = templates.get(question.template);
    const rendered = template === undefined ? null : render(template, question.facts);
    return { kind: "render", text: rendered !== null && "text" in rendered ? rendered.text : null };
  }
  const alike = ALIKE[question.kind];
  if (alike === undefined) throw new Error(`the rules of the benchmark ask for no ${question.kind}`);
  return alike;
}

function eventInput(event: CanonicalEvent): Input {
  return { kind: "event", id: `api:${event.event_id}`, event };
}

/** An event that triggers nothing, one that puts a ticket into a lane, and one that becomes a message. */
const lives = {
  "an event that triggers no rule": async (workspace: CompiledWorkspace, number: number): Promise<number> => {
    await decideAll(workspace, contactOf(number), eventInput(order(number, "nothing")));
    return 1;
  },
  "an event that starts a rule": async (workspace: CompiledWorkspace, number: number): Promise<number> => {
    const event = order(number, `product-${number % workspace.rulebook.rules.size}`);
    const { effects } = await decideAll(workspace, contactOf(number), eventInput(event));
    if (!effects.some(({ kind }) => kind === "enqueue")) throw new Error("expected the event to start a rule");
    return 1;
  },
  "a message: event, ticket with guard and text, answer": async (
    workspace: CompiledWorkspace,
    number: number,
  ): Promise<number> => {
    const event = order(number, `product-${number % workspace.rulebook.rules.size}`);
    const started = await decideAll(workspace, contactOf(number), eventInput(event));
    const ticket = started.effects.find((effect) => effect.kind === "enqueue");
    if (ticket?.kind !== "enqueue" || ticket.job.kind !== "send") throw new Error("expected a ticket");
    const { intent, ticket: place } = ticket.job;
    const id = `ticket:${intent}.${place}`;
    const begun = await decideAll(workspace, started.contact, {
      kind: "ticket",
      id,
      intent,
      ticket: place,
      leaseMs: 20_000,
    });
    if (!begun.effects.some(({ kind }) => kind === "call")) throw new Error("expected the gates to let it pass");
    const outcome = { kind: "accepted", providerMessageId: "m1" } as const;
    await decideAll(workspace, begun.contact, {
      kind: "result",
      id: `result:${intent}:1`,
      intent,
      attempt: 1,
      outcome,
    });
    return 3;
  },
} as const;

type Live = (typeof lives)[keyof typeof lives];

/** Some systems take as long for a look at their clock as for a dozen decisions. */
const PER_LOOK = 512;

/** Decisions a second of CPU. */
async function measure(live: Live, workspace: CompiledWorkspace, seconds: number): Promise<number> {
  const began = process.cpuUsage();
  let decisions = 0;
  for (let number = 0; ; number++) {
    decisions += await live(workspace, number);
    if (number % PER_LOOK !== 0) continue;
    const { user, system } = process.cpuUsage(began);
    if (user + system > seconds * 1e6) return decisions / ((user + system) / 1e6);
  }
}

/**
 * All sets of rules are in memory at once and take turns, so that what else the machine does, and what the garbage
 * collector has to look at, is the same for each. The first round is for warming up.
 */
async function measureRules(): Promise<void> {
  const workspaces: CompiledWorkspace[] = [];
  for (const rules of NUMBERS_OF_RULES) {
    const began = performance.now();
    workspaces.push(await compileRules(rules));
    print(`${count(rules)} rules, compiled in ${((performance.now() - began) / 1_000).toFixed(1)} s`);
  }
  print();
  print(
    `${"decisions a second, on one core".padEnd(56)}${NUMBERS_OF_RULES.map((rules) => count(rules)).join("")} rules`,
  );
  for (const [name, live] of Object.entries(lives)) {
    const rates = workspaces.map((): number[] => []);
    for (let round = 0; round <= ROUNDS; round++) {
      for (const [index, workspace] of workspaces.entries()) {
        const rate = await measure(live, workspace, SECONDS);
        if (round > 0) rates[index]?.push(rate);
      }
    }
    const medians = rates.map(medianOf);
    const slower = 1 - (medians.at(-1) ?? 0) / (medians[0] ?? 1);
    const judged = slower <= TARGET ? "met" : "MISSED";
    const share = `${(slower * 100).toFixed(0)} % slower with the most, target ${TARGET * 100} %: ${judged}`;
    print(`${name.padEnd(56)}${medians.map(count).join("")}   ${share}`);
  }
}

function medianOf(rates: readonly number[]): number {
  return rates.toSorted((a, b) => a - b)[Math.floor(rates.length / 2)] ?? Number.NaN;
}

async function measureSimulation(): Promise<void> {
  const ground = await prepareGround();
  const live = async (
    seeds: number,
    from: number,
  ): Promise<{ readonly events: number; readonly commits: number; readonly cpu: number }> => {
    const began = process.cpuUsage();
    let events = 0;
    let commits = 0;
    for (let seed = from; seed < from + seeds; seed++) {
      const { reached } = await simulate(ground, planOf({ seed, events: 12 }));
      events += reached.get("event appended") ?? 0;
      commits += reached.get("document committed") ?? 0;
    }
    const { user, system } = process.cpuUsage(began);
    return { events, commits, cpu: (user + system) / 1e6 };
  };
  await live(20, 1);
  const { events, commits, cpu } = await live(60, 100);
  print(
    `the simulation, on one core: ${count(events / cpu).trim()} events and ${count(commits / cpu).trim()} commits a second, ` +
      `${(60 / cpu).toFixed(1)} short seeds a second, all promises watched`,
  );
}

async function main(): Promise<void> {
  print(`Node ${process.version}, ${availableParallelism()} cores (${cpus()[0]?.model ?? "unknown"})`);
  print();
  await measureRules();
  print();
  await measureSimulation();
  print();
  print(
    "Not measured: reading, writing and encoding documents, stores, lanes, webhooks, providers; contacts with a long",
  );
  print(
    "history; conditions that look far back; rules that many events trigger at once. A machine that is busy with other",
  );
  print("things makes all of it slower: the times are of the processor, not of the clock on the wall.");
}

await main();
