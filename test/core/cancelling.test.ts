import { describe, expect, test } from "vitest";
import type { Cancel } from "../../src/core/model/decision.ts";
import { rule, rulebook, sendStep, START, waitStep, type World, world } from "./given.ts";

const HOUR = 3_600_000;
const lead = { event_type: "lead.created", address: { phone: "+12025550143" } };
const later = [waitStep("0", { count: 5, unit: "h" }), sendStep("sms", { id: "1" })];
const two = rulebook([
  rule({ id: "r", reentry: "parallel", steps: later }),
  rule({ id: "s", reentry: { cooldown: { count: 30, unit: "d" } }, steps: later }),
]);

function cancel(w: World, of: string, fields: Partial<Cancel> = {}, key = "id:c1"): void {
  const what: Cancel = { command: `c-${of}`, of, at: START + HOUR, actor: "Kim", note: "asked by phone", ...fields };
  w.deliver(key, { kind: "cancel", id: `cancel:${what.command}`, ...what });
}

const live = (w: World) => Object.values(w.contact().enrollments).map((enrollment) => enrollment.rule);
const commands = (w: World) => w.records.filter(({ kind }) => kind === "command").map(({ detail }) => detail);

describe("a person who cancels", () => {
  test("ends all runs of a rule, with who and why in the account, and nothing of others", () => {
    const w = world(two);
    w.event(lead);
    w.event(lead);
    expect(live(w)).toEqual(["r", "s", "r"]);
    cancel(w, "r");
    expect(live(w)).toEqual(["s"]);
    const ended = w.records.filter(({ kind }) => kind === "ended");
    expect(ended.map(({ rule: of, reason, detail }) => [of, reason, detail])).toEqual([
      ["r", "cancelled", { actor: "Kim", note: "asked by phone" }],
      ["r", "cancelled", { actor: "Kim", note: "asked by phone" }],
    ]);
    w.pass(6 * HOUR);
    expect(w.calls).toHaveLength(1);
  });

  test("ends one run by its id, even one that waits in its lane", () => {
    const w = world(rulebook([rule({ id: "r", reentry: "parallel" })]));
    w.pauses.set("all", { reason: "paused", since: START, until: null });
    w.event(lead);
    w.event(lead);
    const [first, second] = Object.keys(w.contact().enrollments);
    cancel(w, first ?? "");
    expect(Object.keys(w.contact().enrollments)).toEqual([second]);
    w.pauses.clear();
    w.pass(6 * HOUR);
    expect(w.calls).toHaveLength(1);
    expect(w.reasons()).toContain("cancelled");
  });

  test("is heard once, and only of what began until then", () => {
    const w = world(two);
    w.event(lead);
    cancel(w, "r");
    w.pass(2 * HOUR);
    w.event({ ...lead, occurred_at: new Date(START + 2 * HOUR).toISOString() });
    cancel(w, "r");
    cancel(w, "r", { command: "late" });
    expect(live(w)).toEqual(["s", "r"]);
    expect(commands(w)).toEqual([
      { command: "cancel", run: "r", actor: "Kim", note: "asked by phone", refused: "run ended" },
    ]);
  });

  test("starts the rule's cooldown as every end does", () => {
    const w = world(two);
    w.event(lead);
    cancel(w, "s");
    w.event(lead);
    expect(live(w)).toEqual(["r", "r"]);
  });

  test("reaches the contact over its address", () => {
    const w = world(two);
    w.event(lead);
    cancel(w, "r", {}, "phone:+12025550143");
    expect(live(w)).toEqual(["s"]);
  });

  test("reaches the contact that another has become, and nobody who was erased", () => {
    const w = world(two);
    w.event(lead);
    w.event({ event_type: "contact.merged", contact_id: "c2", data: { from: "c1" } }, "id:c2");
    cancel(w, "r");
    const left = Object.values(w.contact("id:c2").enrollments).map((enrollment) => enrollment.rule);
    expect(left).toEqual(["s"]);
    w.event({ event_type: "contact.erased", contact_id: "c2" }, "id:c2");
    const before = w.records.length;
    cancel(w, "s", {}, "id:c2");
    expect(w.records.slice(before)).toEqual([]);
  });
});
