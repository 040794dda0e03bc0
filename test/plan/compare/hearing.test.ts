import fc from "fast-check";
import { expect, test } from "vitest";
import { matches } from "../../../src/core/matching.ts";
import type { CanonicalEvent } from "../../../src/core/model/event.ts";
import type { Facts } from "../../../src/core/model/facts.ts";
import type { Json, JsonObject } from "../../../src/core/model/json.ts";
import type { Rule } from "../../../src/core/model/rulebook.ts";
import { compareWorkspaces } from "../../../src/plan/compare/compare-workspaces.ts";
import type { Side } from "../../../src/plan/side.ts";
import { compileParsed } from "../../../src/rulebook/compile-workspace.ts";
import { parseWorkspace } from "../../../src/rulebook/parse-workspace.ts";
import { inMemory } from "../../rulebook/in-memory.ts";

const heed = `
workspace: acme
time_zone: America/New_York
country: US
providers: { outbox: {} }
channels: { email: { kind: email, provider: outbox, from: "Acme <hello@acme.example>" } }
contacts: { fields: { plan: { type: string, enum: [free, pro] } } }
events:
  lead.created: { data: { source: string, score: integer } }
  email.clicked: { data: { source: string, score: integer } }
`;

const types = ["email.clicked", "lead.created", "email.opened"] as const;
const events = fc.uniqueArray(fc.constantFrom(...types), { minLength: 1, maxLength: 2 });
const operators = fc.constantFrom<Json>(
  "ad",
  "shop",
  { not: "ad" },
  { in: ["ad", "web"] },
  { exists: false },
  { contains: "a" },
);
const entry: fc.Arbitrary<readonly [string, Json]> = fc.oneof(
  fc.tuple(fc.constantFrom("event.data.source", "trigger.source"), operators),
  fc.tuple(fc.constant("event.data.score"), fc.constantFrom<Json>({ gt: 3 }, { gte: 3 }, { lt: 5 }, 4)),
  fc.tuple(fc.constant("contact.plan"), fc.constantFrom<Json>("pro", "free", { not: "pro" }, { exists: true })),
  fc.tuple(fc.constant("event.data.machine"), fc.constantFrom<Json>(true, { not: true }, { exists: true })),
);
const condition = fc.array(entry, { minLength: 1, maxLength: 2 }).map((all): JsonObject => Object.fromEntries(all));
const where = fc.oneof(
  fc.constant(null),
  condition,
  fc.array(condition, { minLength: 2, maxLength: 2 }).map((any): JsonObject => ({ any })),
);
const trigger = fc
  .record({ event: events, where })
  .map((of) => JSON.stringify(of.where === null ? { event: of.event } : of));

/** Not checked: conditions that never hold are no mistake here. */
function sideOf(written: string): Side {
  const rule = `rule: r\nclass: transactional\ntrigger: ${written}\nactions: [{ send: email, subject: Hi, text: Hello. }]\n`;
  const { parsed, problems } = parseWorkspace(inMemory({ "heed.yaml": heed, "r.yaml": rule }));
  if (parsed.workspace === null || parsed.rules.length === 0) throw new Error(JSON.stringify(problems));
  return { parsed, compiled: compileParsed(parsed, parsed.workspace, {}) };
}

function eventOf(type: string, data: JsonObject): CanonicalEvent {
  const at = "2026-03-03T15:00:00Z";
  return {
    schema_version: 1,
    event_id: "e1",
    event_type: type,
    occurred_at: at,
    received_at: at,
    provider: "outbox",
    data,
  };
}

/** What the core does when an event comes. */
function starts({ compiled }: Side, event: CanonicalEvent, contact: JsonObject): boolean {
  const rule: Rule | undefined = compiled.rulebook.rules.get("r");
  if (rule === undefined) throw new Error("the rule is not there");
  const facts: Facts = { event: { ...event }, trigger: event.data, contact, now: Date.parse(event.occurred_at) };
  return matches(rule.trigger.match, event, facts);
}

const data = fc
  .record({
    source: fc.constantFrom(null, "ad", "shop", "web", "bag"),
    score: fc.constantFrom(null, 2, 3, 4, 5, 9),
    machine: fc.constantFrom(null, true, false),
  })
  .map((of): JsonObject => withoutNulls(of));

function withoutNulls(of: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(of).filter(([, value]) => value !== null));
}

/** The facts of a witness that begin with a name, by the rest of theirs. */
function factsUnder(facts: JsonObject, root: string): JsonObject {
  const own = Object.entries(facts).filter(([path]) => path.startsWith(root));
  return withoutNulls(Object.fromEntries(own.map(([path, value]) => [path.slice(root.length), value])));
}

test("what is said of a trigger is what the core does when events come", () => {
  const seen: Record<string, number> = {};
  const come = fc.array(fc.tuple(fc.constantFrom(...types), data, fc.constantFrom(null, "free", "pro")), {
    minLength: 40,
    maxLength: 40,
  });
  fc.assert(
    fc.property(trigger, trigger, come, (before, after, all) => {
      const [base, head] = [sideOf(before), sideOf(after)];
      const [change] = compareWorkspaces(base, head).ruleChanges;
      const told = (change?.attributes ?? []).filter((attribute) => attribute.class !== "cosmetic");
      const implications = new Set(told.map(({ implication }) => implication));
      if (change?.classes.includes("audience") !== true) {
        for (const [type, carried, plan] of all) {
          const event = eventOf(type, carried);
          expect(starts(head, event, withoutNulls({ plan }))).toBe(starts(base, event, withoutNulls({ plan })));
        }
        return;
      }
      expect(implications.size).toBe(1);
      const [implication] = implications;
      if (implication === null || implication === undefined) throw new Error("nothing is said");
      const { kind, witness } = implication;
      seen[kind] = (seen[kind] ?? 0) + 1;
      for (const [type, carried, plan] of all) {
        const event = eventOf(type, carried);
        const [was, is] = [starts(base, event, withoutNulls({ plan })), starts(head, event, withoutNulls({ plan }))];
        const said = JSON.stringify([kind, event, plan]);
        if (kind === "broader") expect(was && !is, said).toBe(false);
        if (kind === "narrower") expect(is && !was, said).toBe(false);
        if (kind === "disjoint") expect(is && was, said).toBe(false);
      }
      if (witness === null) return;
      const carried = { ...factsUnder(witness.facts, "trigger."), ...factsUnder(witness.facts, "event.data.") };
      const event = eventOf(types.find((type) => type === witness.facts["event.event_type"]) ?? "none", carried);
      const contact = factsUnder(witness.facts, "contact.");
      const said = JSON.stringify(witness);
      expect(starts(head, event, contact), said).toBe(witness.holds === "after");
      expect(starts(base, event, contact), said).toBe(witness.holds === "before");
    }),
    { numRuns: 70 },
  );
  for (const kind of ["broader", "narrower", "disjoint", "overlapping"])
    expect(seen[kind] ?? 0, kind).toBeGreaterThan(0);
  expect(seen["unknown"] ?? 0).toBeLessThan(10);
});
