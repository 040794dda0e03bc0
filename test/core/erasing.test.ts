import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { rule, rulebook, sendStep, START, type World, world } from "./given.ts";
import { arrive, arriveTwice } from "./post.ts";

const HOUR = 3_600_000;
const hourly = { min: { count: 1, unit: "h" }, max: { count: 1, unit: "h" } } as const;
const phone = "+12025550143";
const email = "ana@example.com";
const [phoneKey, emailKey, device] = [`phone:${phone}`, `email:${email}`, "anon:browser-1"] as const;
const at = (ms: number): string => new Date(START + ms).toISOString();
const erasure = { event_type: "contact.erased", event_id: "erase-1" };

/** A customer with a run under way, all addresses, and a name. */
const customer = (key = "id:c1") => {
  const w = world(rulebook([rule({ id: "r", delay: hourly })], { consent: { sms: "opt_out" } }));
  const data = { anonymous_id: "browser-1", traits: { first_name: "Zanzibar" } };
  w.event({ event_type: "contact.identified", address: { phone, email }, data }, key);
  w.event({ event_type: "lead.created", data: { note: "Zanzibar" } }, key);
  w.now += 60_000;
  return w;
};

const stop = (w: World) =>
  w.event({ event_type: "sms.received", address: { phone }, data: { text: "STOP" } }, phoneKey);

/** What is left of somebody, in all documents. */
const traces = (w: World): string => JSON.stringify([...w.contacts.values()]);

describe("a contact that is erased", () => {
  test("ends its runs, and nothing of it is left in any document", () => {
    const w = customer();
    w.event(erasure);
    expect(w.records.filter(({ kind }) => kind === "ended").map(({ reason }) => reason)).toEqual(["erased"]);
    for (const key of ["id:c1", phoneKey, emailKey, device]) {
      expect(w.contact(key)).toMatchObject({
        attributes: {},
        enrollments: {},
        intents: {},
        pointsTo: [],
        linked: [],
        erased: { anew: false },
      });
    }
    expect(traces(w)).not.toContain("Zanzibar");
    w.pass(24 * HOUR);
    expect(w.calls).toEqual([]);
  });

  test("has the history of each of its documents removed", () => {
    const w = customer();
    w.mail = [];
    const forgets = (key: string, effects: ReturnType<World["deliver"]>) =>
      effects.flatMap(({ kind }) => (kind === "forget" ? [key] : []));
    const forgotten = forgets("id:c1", w.event(erasure));
    for (const hand of w.mail.splice(0))
      forgotten.push(...forgets(hand.key, w.deliver(hand.key, { id: hand.id, ...hand.what })));
    expect(forgotten.toSorted()).toEqual([device, emailKey, "id:c1", phoneKey]);
  });

  test("has its queued message refused, and forgets the call that is under way", () => {
    const w = world(rulebook([rule({ id: "r" })]));
    w.outcomes.push({ kind: "ambiguous", code: "timeout" });
    w.event({ event_type: "lead.created", address: { phone } });
    const [intent = ""] = Object.keys(w.contact().intents);
    w.event(erasure);
    const outcome = { kind: "accepted", providerMessageId: "SM1" } as const;
    expect(w.deliver("id:c1", { kind: "result", id: "late", intent, attempt: 1, outcome })).toEqual([]);
    w.pass(48 * HOUR);
    expect(w.calls).toHaveLength(1);
    expect(w.contact().intents).toEqual({});
  });

  test("is not brought back by what comes late, twice, or by machines", () => {
    const w = customer();
    const lead = { event_type: "lead.created", event_id: "lead-late", occurred_at: at(0) };
    w.event(erasure);
    w.now += HOUR;
    w.event(lead);
    w.event({ event_type: "contact.identified", occurred_at: at(0), data: { traits: { first_name: "Zanzibar" } } });
    w.event({ event_type: "contact.identified", occurred_at: at(0), address: { phone } }, phoneKey);
    w.event({ event_type: "email.opened", message_id: "m1", address: { email } }, emailKey);
    w.event({ event_type: "lead.created" });
    w.event({ event_type: "lead.created", address: { phone } }, phoneKey);
    w.event(erasure);
    w.pass(24 * HOUR);
    expect(w.calls).toEqual([]);
    expect(traces(w)).not.toContain("Zanzibar");
    expect(w.contact().enrollments).toEqual({});
    expect(w.records.filter(({ kind, reason }) => kind === "event" && reason === "erased")).toHaveLength(6);
  });

  test("begins anew when somebody says who they are, as a new contact", () => {
    const w = customer();
    w.event(erasure);
    w.now += HOUR;
    w.event({ event_type: "contact.identified", address: { phone }, data: { traits: { plan: "pro" } } });
    w.event({ event_type: "lead.created" });
    w.pass(HOUR);
    expect(w.calls.map(({ to }) => to)).toEqual([phone]);
    expect(w.contact().attributes).toEqual({ plan: "pro" });
    expect(w.contact(phoneKey).pointsTo).toEqual(["id:c1"]);
  });

  test("may be erased again", () => {
    const w = customer();
    w.event(erasure);
    w.now += HOUR;
    w.event({ event_type: "contact.identified", address: { phone }, data: { traits: { first_name: "Zanzibar" } } });
    w.now += HOUR;
    w.event({ ...erasure, event_id: "erase-2" });
    expect(traces(w)).not.toContain("Zanzibar");
    expect(w.contact(phoneKey).pointsTo).toEqual([]);
  });
});

describe("the silence of somebody who was erased", () => {
  const sendsTo = (w: World): readonly (string | null)[] => {
    w.now += HOUR;
    w.event({ event_type: "contact.identified", contact_id: "c9", address: { phone, email } }, "id:c9");
    w.event({ event_type: "lead.created", contact_id: "c9" }, "id:c9");
    w.pass(2 * HOUR);
    return w.calls.map(({ to }) => to);
  };

  test("stays with the address, and holds for whoever has it next", () => {
    const w = customer();
    stop(w);
    w.event(erasure);
    expect(w.contact(phoneKey).suppressions[phoneKey]?.state).toBe("suppressed");
    expect(sendsTo(w)).toEqual([]);
  });

  test("is heard even after the erasure, and taken back by the person alone", () => {
    const w = customer();
    w.event(erasure);
    w.now += HOUR;
    stop(w);
    expect(sendsTo(w)).toEqual([]);
    w.event({ event_type: "sms.received", address: { phone }, data: { text: "START" } }, phoneKey);
    expect(sendsTo(w)).toEqual([phone]);
  });

  test("is told to the address it is of, by whatever name it comes", () => {
    const w = customer();
    w.event(erasure);
    w.now += HOUR;
    w.event({ event_type: "sms.received", address: { email, phone }, data: { text: "STOP" } }, emailKey);
    expect(w.contact(emailKey).suppressions).toEqual({});
    expect(w.contact(phoneKey).suppressions[phoneKey]?.state).toBe("suppressed");
  });

  test("is kept when only the contact had been told, by its id", () => {
    const w = customer();
    w.event({ event_type: "email.unsubscribed", address: { email } });
    w.event(erasure);
    expect(w.contact(emailKey).consent).toMatchObject({ email: { state: "denied", event: null, wording: null } });
    w.event({ event_type: "email.complained", address: { email } });
    expect(w.contact(emailKey).suppressions[emailKey]?.cause).toBe("complained");
  });
});

test("an address that somebody else has as well is theirs, and stays as it was", () => {
  const w = customer();
  w.event({ event_type: "contact.identified", contact_id: "c2", address: { phone } }, "id:c2");
  w.event(erasure);
  expect(w.contact(phoneKey)).toMatchObject({ pointsTo: ["id:c2"], erased: null });
  stop(w);
  expect(w.contact("id:c2").suppressions[phoneKey]?.state).toBe("suppressed");
});

test("an address that belongs to nobody is erased by itself", () => {
  const w = customer(emailKey);
  stop(w);
  w.event(erasure, emailKey);
  expect(traces(w)).not.toContain("Zanzibar");
  expect(w.contact(phoneKey).suppressions[phoneKey]?.state).toBe("suppressed");
});

test("a merged contact is erased whole, whichever of its ids is named", () => {
  for (const named of ["id:c1", "id:c2"]) {
    const w = customer();
    w.event(
      { event_type: "contact.identified", contact_id: "c2", data: { traits: { first_name: "Zanzibar" } } },
      "id:c2",
    );
    w.event({ event_type: "contact.merged", data: { from: "c1" } }, "id:c2");
    w.event(erasure, named);
    expect(traces(w)).not.toContain("Zanzibar");
    for (const key of ["id:c1", "id:c2", phoneKey, emailKey])
      expect(w.contact(key)).toMatchObject({ pointsTo: [], linked: [] });
  }
});

test("a contact that became another, which became a third, is erased with that one, in whatever order they did", () => {
  fc.assert(
    fc.property(fc.infiniteStream(fc.nat()), (draws) => {
      const pick = (count: number): number => (draws.next().value ?? 0) % count;
      const w = customer();
      w.mail = [];
      w.event({ event_type: "contact.merged", data: { from: "c1" } }, "id:c2");
      w.event({ event_type: "contact.merged", data: { from: "c2" } }, "id:c3");
      arrive(w, pick);
      w.event(erasure, "id:c3");
      arrive(w, pick);
      expect(traces(w)).not.toContain("Zanzibar");
      for (const { pointsTo, erased } of w.contacts.values())
        expect({ pointsTo, erased }).toMatchObject({ pointsTo: [], erased: { anew: false } });
    }),
    { numRuns: 200 },
  );
});

test.each([
  ["before the erasure, and arrived late", 0],
  ["after it", 2 * HOUR],
])("an objection that was said %s holds for whoever begins anew, until they agree", (_, said) => {
  const w = world(
    rulebook([rule({ id: "r", class: "marketing", steps: [sendStep("email")] })], { consent: { email: "opt_out" } }),
  );
  const identified = { event_type: "contact.identified", address: { email } };
  w.event(identified);
  w.now += HOUR;
  w.event(erasure);
  w.now += HOUR;
  const data = { channel: "email", wording: "Zanzibar wants no mail" };
  w.event({ event_type: "consent.denied", occurred_at: at(said), data });
  expect(w.contact()).toMatchObject({
    erased: { anew: false },
    consent: { email: { state: "denied", wording: null } },
  });
  expect(traces(w)).not.toContain("Zanzibar");
  w.now += HOUR;
  w.event(identified);
  w.event({ event_type: "lead.created" });
  expect(w.reasons()).toContain("consent.missing");
  w.event({ event_type: "consent.granted", data: { ...data, source: "form" } });
  w.event({ event_type: "lead.created", event_id: "again" });
  expect(w.calls).toHaveLength(1);
});

test("the silence of a merged contact stays with the address that came from the other", () => {
  const w = customer();
  w.event({ event_type: "contact.merged", data: { from: "c1" } }, "id:c2");
  w.event({ event_type: "consent.denied", contact_id: "c2", data: { channel: "email" } }, "id:c2");
  w.event(erasure);
  expect(w.contact(emailKey)).toMatchObject({ pointsTo: [], erased: { anew: false } });
  expect(w.contact(emailKey).consent.email?.state).toBe("denied");
});

test("what a merged contact had handed on before it was erased is nothing new when it comes again", () => {
  const w = customer();
  w.event({ event_type: "contact.merged", data: { from: "c1" } }, "id:c2");
  const lead = { event_type: "lead.created", event_id: "lead-2" };
  w.event(lead);
  w.event(erasure);
  const before = w.records.length;
  expect(w.event(lead)).toEqual([]);
  expect(w.records).toHaveLength(before);
});

test("in whatever order its words arrive, and however often, nothing is left and silence is kept", () => {
  fc.assert(
    fc.property(fc.infiniteStream(fc.nat()), fc.boolean(), fc.nat(3), (draws, twice, early) => {
      const pick = (count: number): number => (draws.next().value ?? 0) % count;
      const w = world(rulebook([rule({ id: "r", delay: hourly })]));
      const data = { anonymous_id: "browser-1", traits: { first_name: "Zanzibar" } };
      w.mail = [];
      w.event({ event_type: "lead.created", address: { phone }, data: { note: "Zanzibar" } }, phoneKey);
      stop(w);
      w.event({ event_type: "contact.identified", address: { phone, email }, data });
      w.event({ event_type: "contact.identified", contact_id: "c2", data }, "id:c2");
      w.event({ event_type: "contact.merged", data: { from: "c2" } });
      for (let arrived = 0; arrived < early && w.mail.length > 0; arrived++) {
        const [hand] = w.mail.splice(pick(w.mail.length), 1);
        if (hand !== undefined) w.deliver(hand.key, { id: hand.id, ...hand.what });
      }
      w.event(erasure);
      if (twice) arriveTwice(w);
      else arrive(w, pick);
      expect(traces(w)).not.toContain("Zanzibar");
      expect(w.contact(phoneKey).suppressions[phoneKey]?.state).toBe("suppressed");
      for (const { enrollments, pointsTo } of w.contacts.values())
        expect({ enrollments, pointsTo }).toEqual({ enrollments: {}, pointsTo: [] });
    }),
    { numRuns: 500 },
  );
});
