import { describe, expect, it } from "vitest";
import { type Contact, type Intent, newContact } from "../../src/core/model/contact.ts";
import type { LedgerRecord } from "../../src/core/model/decision.ts";
import { createReconciling } from "../../src/ledger/reconcile.ts";

const HOUR = 3_600_000;
const now = Date.parse("2026-03-08T12:00:00Z");
const then = now - HOUR;

function reconciling() {
  return createReconciling({ since: now - 24 * HOUR, now });
}

function line(fields: Partial<LedgerRecord>): LedgerRecord {
  return { at: then, kind: "event", rulebook: "r", ...fields };
}

function intent(id: string, state: Intent["state"]): Intent {
  return {
    id,
    enrollment: "run",
    rule: "trial",
    step: "0",
    channel: "sms",
    tried: [],
    class: "marketing",
    provider: null,
    counted: false,
    state,
    ticket: 1,
    attempt: 1,
    failures: 0,
    firstCallAt: then,
    lastCallAt: then,
    providerMessageId: null,
    reason: null,
    changedAt: then,
  };
}

function contact(intents: readonly Intent[], fields: Partial<Contact> = {}): Contact {
  return { ...newContact("id:ana"), intents: Object.fromEntries(intents.map((one) => [one.id, one])), ...fields };
}

const aside = { pending: {}, quarantined: 0, quarantinedIds: new Set<string>() };
const message = { to: {}, content: {} } as never;
const word = (id: string, fields: Partial<LedgerRecord>) => line({ kind: "message", intent: id, ...fields });

describe("reconciling", () => {
  it("expects no end of what an address handed over to somebody who was erased", () => {
    const held = reconciling();
    for (const phone of ["phone:+1", "phone:+2"])
      held.line(phone, line({ kind: "intent", intent: `to ${phone}`, at: then }));
    held.line("phone:+1", line({ kind: "identity", detail: { linked: "id:gone" }, at: then + 1 }));
    held.line("phone:+1", line({ kind: "identity", detail: { unlinked: "id:gone" }, at: then + 2 }));
    held.line("phone:+2", line({ kind: "identity", detail: { linked: "id:ana" }, at: then + 1 }));
    held.contact({ ...contact([]), key: "id:gone", erased: { at: then + 3, anew: false } });
    held.contact(contact([]));
    expect(held.end(aside).orphans).toEqual([
      { kind: "message without an end", name: "to phone:+2", key: "phone:+2", at: then },
    ]);
  });

  it("expects no line of somebody whose account an erasure took, though they have begun anew", () => {
    const held = reconciling();
    held.contact(contact([intent("m1", { kind: "accepted" })], { erased: { at: then - 1, anew: true } }));
    expect(held.end(aside).orphans).toEqual([]);
  });

  it("finds nothing amiss where each side knows what the other does", () => {
    const held = reconciling();
    held.line("email:a@x", line({ event: "e1", detail: { handed_to: ["id:ana"] } }));
    held.line("id:ana", line({ event: "e1" }));
    held.line("id:ana", line({ event: "e1", reason: "event.duplicate" }));
    held.line("id:ana", line({ kind: "enrolled", event: "e1", enrollment: "run" }));
    held.line("id:ana", word("m1", { reason: "quiet_hours.deferred", detail: { until: now + HOUR } }));
    held.line("id:ana", word("m2", { reason: "sent" }));
    held.line("id:ana", word("gone", { reason: "provider.rejected" }));
    held.contact(contact([intent("m1", { kind: "deferred", until: now + HOUR }), intent("m2", { kind: "accepted" })]));
    expect(held.end({ ...aside, pending: { events: 3 }, quarantined: 2 })).toEqual({
      events: { kept: 0, decided: 1, duplicates: 1, pending: 3, quarantined: 2, lost: 0 },
      intents: { terminal: 2, inFlight: 1, lost: 0 },
      orphans: [],
    });
  });

  it("names events that a rule, or the address that handed them on, knows and the account does not", () => {
    const held = reconciling();
    held.line("email:a@x", line({ event: "handed", detail: { handed_to: ["id:old", "id:ana"] } }));
    held.line("id:ana", line({ kind: "enrolled", event: "ghost", enrollment: "run" }));
    const { events, orphans } = held.end(aside);
    expect(events.lost).toBe(2);
    expect(orphans).toEqual([
      { kind: "event that never arrived", name: "handed", key: "id:ana", at: then },
      { kind: "event without a decision", name: "ghost", key: "id:ana", at: then },
    ]);
  });

  it("looks for each event that the store keeps as it came in, whoever decides", () => {
    const held = reconciling();
    const came = (event: string, at = then, key = "id:ana") => held.cameIn({ key, event, at });
    for (const event of ["decided", "again", "dead", "lost", "decided"]) came(event);
    came("older", now - 48 * HOUR);
    came("young", now - 60_000);
    came("erased", then, "id:gone");
    held.line("id:ana", line({ event: "decided" }));
    held.line("id:ana", line({ event: "again", reason: "event.duplicate" }));
    held.contact(contact([], { key: "id:gone", erased: { at: then, anew: false } }));
    const set = { ...aside, quarantined: 1, quarantinedIds: new Set(["dead"]) };
    const { events, orphans } = held.end(set);
    expect(events).toEqual({ kept: 6, decided: 1, duplicates: 1, pending: 1, quarantined: 1, lost: 1 });
    expect(orphans).toEqual([{ kind: "event that nobody decided", name: "lost", key: "id:ana", at: then }]);
    // While something waits in its lane, it may be that.
    expect(held.end({ ...set, pending: { events: 2 } }).orphans).toEqual([]);
  });

  it("names messages whose documents and lines differ", () => {
    const held = reconciling();
    held.line("id:ana", word("lost", { reason: "quiet_hours.deferred", detail: { until: now - HOUR } }));
    held.line("id:ana", word("asked", { reason: "provider.unknown" }));
    held.line("id:ana", line({ kind: "intent", intent: "never told", detail: { word: "called" } }));
    held.line("id:ana", line({ kind: "intent", intent: "told", detail: { word: "called" } }));
    held.line("id:ana", word("told", { reason: "sent" }));
    held.contact(contact([intent("silent", { kind: "accepted" })]));
    const { intents, orphans } = held.end(aside);
    expect(intents).toEqual({ terminal: 2, inFlight: 0, lost: 3 });
    expect(orphans.map(({ kind, name }) => [kind, name])).toEqual([
      ["message without an end", "lost"],
      ["message without an end", "asked"],
      ["message without an end", "never told"],
      ["message without a line", "silent"],
    ]);
  });

  it("names what waits for what will not come", () => {
    const past = now - HOUR;
    const run = { id: "run", state: { kind: "waiting", until: past } };
    const stuck = { id: "stuck", state: { kind: "sending", intent: "nobody" } };
    const held = reconciling();
    held.contact(
      contact(
        [
          intent("calling", { kind: "calling", leaseUntil: past, message }),
          intent("deferred", { kind: "deferred", until: past }),
          intent("queued", { kind: "queued" }),
          { ...intent("young", { kind: "queued" }), changedAt: now },
        ],
        { enrollments: { run, stuck } as never },
      ),
    );
    const names = (depth: Record<string, number>) =>
      held.end({ ...aside, pending: depth }).orphans.map(({ kind, name }) => [kind, name]);
    const others = [
      ["call past its lease", "calling"],
      ["message that waits in the past", "deferred"],
      ["run that waits in the past", "run"],
      ["run without its message", "stuck"],
    ];
    expect(names({})).toEqual([...others, ["message without a ticket", "queued"]]);
    // In a lane that moves on, its turn is still to come.
    expect(names({ "jobs.sms.marketing": 4 })).toEqual(others);
  });

  it("names the oldest of those that wait for more tickets than their lane has", () => {
    const held = reconciling();
    const queued = (name: string, hours: number) =>
      Object.assign(intent(name, { kind: "queued" }), { changedAt: now - hours * HOUR });
    held.contact(contact([queued("for 3 hours", 3), queued("for 1 hour", 1), queued("for 2 hours", 2)]));
    const { orphans } = held.end({ ...aside, pending: { "jobs.sms.marketing": 1, "jobs.email.marketing": 9 } });
    expect(orphans.map(({ name }) => name)).toEqual(["for 3 hours", "for 2 hours"]);
  });

  it("leaves out whoever was erased, and what is a moment old", () => {
    const held = reconciling();
    held.line("email:a@x", line({ event: "e1", detail: { handed_to: ["id:ana"] } }));
    held.line("email:b@x", line({ at: now, event: "e2", detail: { handed_to: ["id:ben"] } }));
    held.line("id:ana", word("m1", { reason: "quiet_hours.deferred", detail: { until: now } }));
    held.contact(contact([], { erased: { at: now, anew: false } }));
    expect(held.end(aside).orphans).toEqual([]);
  });
});
