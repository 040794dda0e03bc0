import { expect, test } from "vitest";
import { type Contact, type Enrollment, newContact } from "../../../src/core/model/contact.ts";
import { compareWorkspaces } from "../../../src/plan/compare/compare-workspaces.ts";
import { inFlight } from "../../../src/plan/in-flight/in-flight.ts";
import type { InFlight, RuleChange } from "../../../src/plan/plan.ts";
import type { Side } from "../../../src/plan/side.ts";
import { heedYaml } from "../../rulebook/in-memory.ts";
import { sideOf } from "../sides.ts";

const NOW = Date.parse("2026-03-06T15:00:00Z");
const HOUR = 3_600_000;
const rule = `
rule: reminder
description: Remind of the demo.
owner: growth-ops
class: transactional
trigger: { event: lead.demo_requested }
reentry: { policy: ignore, cooldown: 7d }
actions:
  - { id: first, wait: 1h }
  - { id: ask, send: sms, text: "Your demo is waiting." }
  - { id: again, wait: 2h }
  - { id: last, send: sms, text: "It still waits." }
`;

function side(text: string | null): Side {
  const id = /^rule: (.*)$/m.exec(text ?? "")?.[1];
  return sideOf({ "heed.yaml": heedYaml, ...(text !== null && { [`a/${id}.yaml`]: text }) });
}

function digestOf({ compiled }: Side, id = "reminder"): string {
  return compiled.rulebook.rules.get(id)?.digest ?? "";
}

function runAt(id: string, step: string, digest: string, until: number | null): Enrollment {
  return {
    id,
    rule: "reminder",
    digest,
    key: null,
    arm: "treated",
    trigger: {
      schema_version: 1,
      event_id: id,
      event_type: "lead.demo_requested",
      occurred_at: new Date(NOW - HOUR).toISOString(),
      received_at: new Date(NOW - HOUR).toISOString(),
      provider: "api",
      contact_id: id,
      data: { company: "Acme" },
    },
    triggeredAt: NOW - HOUR,
    expiresAt: NOW + 100 * HOUR,
    step,
    begun: true,
    state: until === null ? { kind: "sending", intent: `${id}-m` } : { kind: "waiting", until },
  };
}

function person(id: string, run: Enrollment | null, cooldowns: Contact["cooldowns"] = {}): Contact {
  return { ...newContact(`id:${id}`), cooldowns, enrollments: run === null ? {} : { [run.id]: run } };
}

/** Of five: three wait for the first message, one for the last, one is in its cooldown. */
function people(digest: string): readonly Contact[] {
  return [
    person("a", runAt("a", "first", digest, NOW + HOUR)),
    person("b", runAt("b", "first", digest, NOW + 2 * HOUR)),
    person("c", runAt("c", "ask", digest, NOW + 3 * HOUR)),
    person("d", runAt("d", "again", digest, NOW + 4 * HOUR)),
    person("e", null, { reminder: NOW + HOUR }),
    person("f", null, { reminder: NOW - HOUR }),
  ];
}

async function* each<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}

async function flightsOf(
  after: string | null,
  before: string = rule,
  contacts: (digest: string) => readonly Contact[] = people,
  changes?: readonly RuleChange[],
): Promise<readonly InFlight[]> {
  const [base, head] = [side(before), side(after)];
  const changed = changes ?? compareWorkspaces(base, head).ruleChanges;
  return inFlight(base, head, changed, each(contacts(digestOf(base))), NOW);
}

const edited = (from: string, to: string, more = "") => {
  if (!rule.includes(from)) throw new Error(`${from} is not there`);
  return rule.replace(from, to) + more;
};

test("runs finish with the rule as it was, and nothing changes for them", async () => {
  expect(await flightsOf(edited("again, wait: 2h", "again, wait: 9h"))).toEqual([
    {
      rule: "reminder",
      onChange: "finish",
      finish: 4,
      migrate: 0,
      cancel: 0,
      pendingSends: 0,
      dueFrom: NOW + HOUR,
      dueTo: NOW + 4 * HOUR,
      eligibleAgain: 0,
    },
  ]);
});

test("runs that migrate keep the timer that runs, take new times from then on, and end where their step is gone", async () => {
  const longer = await flightsOf(edited("again, wait: 2h", "again, wait: 9h", "on_change: migrate\n"));
  // Whoever waits in `again` would get the last message nine hours after that wait, like by base: two.
  expect(longer).toMatchObject([{ onChange: "migrate", finish: 0, migrate: 4, cancel: 0, pendingSends: 1 }]);
  const renamed = await flightsOf(edited("id: again, wait: 2h", "id: later, wait: 2h", "on_change: migrate\n"));
  expect(renamed).toMatchObject([
    { migrate: 3, cancel: 1, pendingSends: 1, dueFrom: NOW + HOUR, dueTo: NOW + 3 * HOUR },
  ]);
});

test("runs that are cancelled say nothing more; so do those of rules that are deleted or switched off", async () => {
  const ended = { finish: 0, migrate: 0, cancel: 4, pendingSends: 4, dueFrom: null, dueTo: null };
  expect(await flightsOf(edited("wait: 2h", "wait: 3h", "on_change: cancel\n"))).toMatchObject([
    { ...ended, onChange: "cancel" },
  ]);
  expect(await flightsOf(null)).toMatchObject([{ ...ended, rule: "reminder", onChange: "cancel", eligibleAgain: 0 }]);
  expect(await flightsOf(`${rule}enabled: false\n`)).toMatchObject([ended]);
});

test("a message that waits for its turn is due when that comes, and one that is out is none that can change", async () => {
  const sending = (digest: string): readonly Contact[] => {
    const run = runAt("a", "ask", digest, null);
    const intent = {
      id: "a-m",
      enrollment: "a",
      rule: "reminder",
      step: "ask",
      channel: "sms",
      tried: [],
      class: "transactional",
      provider: null,
      counted: false,
      ticket: 1,
      attempt: 0,
      failures: 0,
      firstCallAt: null,
      lastCallAt: null,
      providerMessageId: null,
      reason: null,
      changedAt: NOW,
    } as const;
    const deferred = { ...intent, state: { kind: "deferred", until: NOW + 5 * HOUR } as const };
    return [{ ...person("a", run), intents: { "a-m": deferred } }];
  };
  const change = edited("wait: 2h", "wait: 3h", "on_change: migrate\n");
  expect(await flightsOf(change, rule, sending)).toMatchObject([
    { migrate: 1, pendingSends: 0, dueFrom: NOW + 5 * HOUR, dueTo: NOW + 5 * HOUR },
  ]);
  expect(await flightsOf(edited("wait: 2h", "wait: 3h", "on_change: cancel\n"), rule, sending)).toMatchObject([
    { cancel: 1, pendingSends: 1, dueFrom: null },
  ]);
});

test("runs of versions from before base finish as they began, and nobody is counted who is on head's already", async () => {
  const change = edited("wait: 2h", "wait: 3h");
  const older = () => [person("a", runAt("a", "first", "of long ago", NOW + HOUR))];
  expect(await flightsOf(change, rule, older)).toMatchObject([{ finish: 1, migrate: 0 }]);
  const newest = () => [person("a", runAt("a", "first", digestOf(side(change)), NOW + HOUR))];
  expect(await flightsOf(change, rule, newest)).toEqual([]);
});

test("who is in the rule or its cooldown may start it again when the key of re-entry changes, or the policy lets them", async () => {
  const keyed = await flightsOf(edited("policy: ignore,", "policy: ignore, key: event.data.company,"));
  expect(keyed).toMatchObject([{ finish: 4, eligibleAgain: 5 }]);
  // A cooldown that has begun still lasts.
  const parallel = await flightsOf(edited("policy: ignore,", "policy: parallel,"));
  expect(parallel).toMatchObject([{ eligibleAgain: 4 }]);
  const shorter = await flightsOf(edited("cooldown: 7d", "cooldown: 1m"));
  expect(shorter).toMatchObject([{ eligibleAgain: 0 }]);
});

test("a rule that moved keeps its runs; one that only looks renamed lets everybody start again", async () => {
  const other = edited("rule: reminder", "rule: nudge");
  expect(await flightsOf(`${other}moved: { from: reminder }\n`)).toMatchObject([
    { rule: "nudge", finish: 4, cancel: 0, eligibleAgain: 0 },
  ]);
  const flights = await flightsOf(other);
  expect(flights.find((flight) => flight.rule === "reminder")).toMatchObject({ cancel: 4, pendingSends: 4 });
  expect(flights.find((flight) => flight.rule === "nudge")).toMatchObject({ cancel: 0, finish: 0, eligibleAgain: 5 });
});
