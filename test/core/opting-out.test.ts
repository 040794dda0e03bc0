import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { advanceMessage, type MessageState } from "../../src/core/model/message-state.ts";
import { CHANNELS, on, rule, rulebook, sendStep, START, type World, world } from "./given.ts";

const HOUR = 3_600_000;
const phone = "+12025550143";
const phoneKey = `phone:${phone}`;
const ana = { address: { phone } };
const hourly = { min: { count: 1, unit: "h" }, max: { count: 1, unit: "h" } } as const;
const at = (ms: number) => new Date(START + ms).toISOString();

const voice = { provider: "fake", ratePerSecond: null, quietHours: null, price: null, from: "+12025550100" } as const;

const marketing = () =>
  world(rulebook([rule({ id: "m", class: "marketing", delay: hourly }), rule({ id: "t", delay: hourly })]));

const consenting = () => {
  const w = marketing();
  w.event({ event_type: "consent.granted", ...ana, data: { channel: "sms" } });
  return w;
};

describe("STOP", () => {
  test.each(["STOP", " stop. ", "Stop!", "UNSUBSCRIBE", "opt out"])(
    "as %j ends marketing and silences every class",
    (text) => {
      const w = consenting();
      w.event({ event_type: "lead.created", ...ana });
      w.event({ event_type: "sms.received", ...ana, data: { text } });
      w.pass(2 * HOUR);
      expect(w.calls).toEqual([]);
      expect(w.reasons()).toContain("stopped.by_opt_out");
      expect(w.reasons()).toContain("suppressed");
    },
  );

  test("inside a sentence is a reply: it ends marketing, and nothing else", () => {
    const w = consenting();
    w.event({ event_type: "lead.created", ...ana });
    w.event({ event_type: "sms.received", ...ana, data: { text: "I'll stop by tomorrow" } });
    w.pass(2 * HOUR);
    expect(w.calls.map(({ ruleId }) => ruleId)).toEqual(["t"]);
    expect(w.reasons()).toContain("stopped.by_reply");
  });

  test("in other words is flagged for a person, or an opt-out where the workspace says so", () => {
    const hears = (onPhrase: "flag" | "stop", type: string, text: string) => {
      const heard = rule({ id: "heard", trigger: { match: on(type), maxAge: { count: 1, unit: "h" } }, delay: hourly });
      const optOut = { keywords: [], phrases: ["basta ya"], onPhrase, scope: "channel", confirm: null } as const;
      const w = world(rulebook([heard], { optOut }));
      w.event({ event_type: type, address: { phone, email: "ana@example.com" }, data: { text } });
      const { enrollments, suppressions, consent } = w.contact("id:c1");
      const flags = Object.values(enrollments).map(({ trigger }) => trigger.data["may_be_opt_out"]);
      return [...flags, suppressions[phoneKey]?.state, consent.email?.state];
    };
    const asked = "Please stop texting me";
    expect(hears("flag", "sms.received", asked)).toEqual([true, undefined, undefined]);
    expect(hears("flag", "sms.received", "ya, BASTA YA!")).toEqual([true, undefined, undefined]);
    expect(hears("flag", "email.replied", asked)).toEqual([true, undefined, undefined]);
    expect(hears("flag", "email.replied", "Unsubscribe")).toEqual([undefined, "denied"]);
    expect(hears("flag", "sms.received", "I'll stop by tomorrow")).toEqual([undefined, undefined, undefined]);
    expect(hears("stop", "sms.received", asked)).toEqual(["suppressed", undefined]);
    expect(hears("stop", "email.replied", asked)).toEqual([undefined, "denied"]);
    expect(hears("stop", "email.replied", "When can we meet?")).toEqual([undefined, undefined, undefined]);
  });

  test("from a number nobody knows is kept with the number, and holds for whoever turns out to own it", () => {
    const w = consenting();
    w.event(
      { event_type: "sms.received", address: { phone: "+12025550199" }, data: { text: "STOP" } },
      "phone:+12025550199",
    );
    w.event({ event_type: "lead.created", address: { phone: "+12025550199" } }, "id:c2");
    w.pass(2 * HOUR);
    expect(w.calls).toEqual([]);
    expect(w.contact("id:c2").suppressions["phone:+12025550199"]?.state).toBe("suppressed");
  });

  test("silences texts and leaves calls alone, which have an opt-out of their own", () => {
    const channels = new Map(
      [...CHANNELS, { ...voice, name: "calls", kind: "voice" as const }].map((channel) => [channel.name, channel]),
    );
    const w = world(rulebook([rule({ id: "text" }), rule({ id: "call", steps: [sendStep("calls")] })], { channels }));
    w.event({ event_type: "sms.received", ...ana, data: { text: "STOP" } });
    w.event({ event_type: "lead.created", ...ana });
    expect(w.calls.map(({ ruleId }) => ruleId)).toEqual(["call"]);
    w.outcomes.push({ kind: "rejected", code: "opted_out", class: "opted_out" });
    w.event({ event_type: "lead.created", ...ana });
    w.event({ event_type: "lead.created", ...ana });
    expect(w.calls.map(({ ruleId }) => ruleId)).toEqual(["call", "call"]);
    expect(w.reasons().filter((reason) => reason === "suppressed")).toHaveLength(4);
  });

  test("to a shared number reaches every contact that has it", () => {
    const w = consenting();
    w.event({ event_type: "lead.created", ...ana });
    w.event({ event_type: "lead.created", ...ana }, "id:c2");
    w.event({ event_type: "sms.received", ...ana, data: { text: "STOP" } }, phoneKey);
    w.pass(2 * HOUR);
    expect(w.calls).toEqual([]);
    for (const key of ["id:c1", "id:c2", phoneKey])
      expect(w.contact(key).suppressions[phoneKey]?.state).toBe("suppressed");
  });

  test("that reaches a contact directly silences the number's own document too", () => {
    const w = consenting();
    w.event({ event_type: "lead.created", ...ana });
    w.event({ event_type: "sms.opted_out", ...ana });
    expect(w.contact(phoneKey).suppressions[phoneKey]?.state).toBe("suppressed");
  });
});

test("an opt-out that comes back to the contact by way of its address is decided once", () => {
  const stopped = { event_type: "sms.opted_out", ...ana, event_id: "stop-1" };
  const w = world(
    rulebook([
      rule({
        id: "r",
        trigger: { match: on("sms.opted_out"), maxAge: { count: 24, unit: "h" } },
        steps: [sendStep("sales")],
      }),
    ]),
  );
  w.event({ event_type: "lead.created", ...ana });
  w.event(stopped);
  w.event(stopped, phoneKey);
  expect(w.calls).toHaveLength(1);
});

describe("START and YES", () => {
  test("START lifts what STOP set, but revives nothing that was ended", () => {
    const w = consenting();
    w.event({ event_type: "lead.created", ...ana });
    w.event({ event_type: "sms.received", ...ana, data: { text: "stop" }, occurred_at: at(0) });
    w.now += 1_000;
    w.event({ event_type: "sms.received", ...ana, data: { text: "start" } });
    w.pass(2 * HOUR);
    expect(w.calls.map(({ ruleId }) => ruleId)).toEqual(["t"]);
  });

  test("the later word wins whatever order they arrive in; said at once, silence wins", () => {
    const word = (text: string, ms: number) => ({
      event_type: "sms.received",
      ...ana,
      data: { text },
      occurred_at: at(ms),
    });
    const after = (...events: readonly ReturnType<typeof word>[]) => {
      const w = consenting();
      w.now += HOUR;
      for (const event of events) w.event(event);
      return w.contact().suppressions[phoneKey]?.state;
    };
    expect(after(word("STOP", 1_000), word("START", 2_000))).toBe("lifted");
    expect(after(word("START", 2_000), word("STOP", 1_000))).toBe("lifted");
    expect(after(word("START", 1_000), word("STOP", 2_000))).toBe("suppressed");
    expect(after(word("STOP", 2_000), word("START", 1_000))).toBe("suppressed");
    expect(after(word("STOP", 1_000), word("START", 1_000))).toBe("suppressed");
    expect(after(word("START", 1_000), word("STOP", 1_000))).toBe("suppressed");
  });

  test("YES lifts a STOP and is a reply otherwise", () => {
    const w = consenting();
    w.event({ event_type: "lead.created", ...ana });
    w.event({ event_type: "sms.received", ...ana, data: { text: "Yes" } });
    expect(w.reasons()).toContain("stopped.by_reply");
    w.event({ event_type: "sms.received", ...ana, data: { text: "STOP" } });
    w.now += 1_000;
    w.event({ event_type: "sms.received", ...ana, data: { text: "Yes" } });
    expect(w.contact().suppressions[phoneKey]?.state).toBe("lifted");
  });

  test("START does not lift a complaint", () => {
    const w = world(rulebook([rule({ id: "e", steps: [sendStep("email")] })]));
    const mail = { address: { email: "ana@example.com" } };
    w.event({ event_type: "email.complained", ...mail });
    w.now += 1_000;
    w.event({ event_type: "sms.opted_in", ...mail });
    w.event({ event_type: "lead.created", ...mail });
    expect(w.calls).toEqual([]);
    expect(w.reasons()).toContain("suppressed");
  });
});

describe("an address that turns out to belong to a contact", () => {
  const clicked = { match: on("email.clicked"), maxAge: { count: 24, unit: "h" } } as const;
  const rules = rulebook([rule({ id: "r", trigger: clicked, delay: hourly })]);
  const email = "ana@example.com";

  test("hands its live enrollments over, and they speak with what the contact knows", () => {
    const w = world(rules);
    w.event({ event_type: "email.clicked", address: { email } }, `email:${email}`);
    w.event({ event_type: "contact.identified", address: { email, phone }, data: { traits: { first_name: "Ana" } } });
    w.pass(HOUR);
    expect(w.calls).toMatchObject([{ to: phone, contactId: "c1" }]);
    expect(w.contact(`email:${email}`).enrollments).toEqual({});
  });

  test("hands later events on, and each is decided once", () => {
    const w = world(rules);
    w.event({ event_type: "contact.identified", address: { email, phone }, data: { traits: {} } });
    w.event({ event_type: "email.clicked", address: { email }, event_id: "click" }, `email:${email}`);
    w.event({ event_type: "email.clicked", address: { email }, event_id: "click" }, `email:${email}`);
    w.pass(HOUR);
    expect(w.calls).toHaveLength(1);
  });

  test("unites what both had taken of the caps", () => {
    const cap = {
      max: 1,
      per: "contact",
      channel: "email",
      class: null,
      within: { count: 24, unit: "h" },
      onExceed: "drop",
    } as const;
    const w = world(rulebook([rule({ id: "r", reentry: "parallel", caps: [cap], steps: [sendStep("email")] })]));
    w.event({ event_type: "lead.created", address: { email } }, `email:${email}`);
    w.event({ event_type: "contact.identified", address: { email }, data: { traits: {} } });
    w.event({ event_type: "lead.created" });
    expect(w.calls).toHaveLength(1);
    expect(w.reasons()).toContain("cap.reached");
  });

  test("moves a message under way only after its last word, so that it is never sent twice", () => {
    const w = world(rulebook([rule({ id: "r", steps: [sendStep("email"), sendStep("sms", { id: "1" })] })]));
    w.outcomes.push({ kind: "ambiguous", code: "timeout" });
    w.event({ event_type: "lead.created", address: { email } }, `email:${email}`);
    w.event({ event_type: "contact.identified", address: { email, phone }, data: { traits: {} } });
    const [intent] = Object.values(w.contact(`email:${email}`).intents);
    expect(intent?.state.kind).toBe("unknown");
    w.deliver(`email:${email}`, {
      kind: "reconciled",
      id: "asked",
      intent: intent?.id ?? "",
      attempt: 1,
      outcome: { kind: "found", providerMessageId: "x" },
    });
    expect(w.calls.map(({ channel, to }) => [channel, to])).toEqual([
      ["email", email],
      ["sms", phone],
    ]);
  });
});

test("the state of a message is the same whatever order its events come in, and however often", () => {
  const happened = fc.record({
    status: fc.constantFrom(
      "processed",
      "deferred",
      "delivered",
      "opened",
      "clicked",
      "bounced",
      "sent",
      "undelivered",
      "failed",
    ),
    at: fc.integer({ min: 0, max: 20 }),
  });
  const fold = (events: readonly { status: string; at: number }[]) =>
    events.reduce<MessageState | undefined>((state, event) => advanceMessage(state, event.status, event.at), undefined);
  fc.assert(
    fc.property(fc.array(happened, { minLength: 1, maxLength: 8 }), fc.infiniteStream(fc.nat()), (events, draws) => {
      const shuffled = [...events, ...events]
        .map((event) => ({ event, draw: draws.next().value }))
        .sort((a, b) => a.draw - b.draw)
        .map(({ event }) => event);
      expect(fold(shuffled)).toEqual(fold(events));
    }),
  );
});

test("delivered can still become bounced, and never falls back to sent", () => {
  expect(advanceMessage(advanceMessage(undefined, "delivered", 5), "bounced", 9).status).toBe("bounced");
  expect(advanceMessage(advanceMessage(undefined, "delivered", 5), "sent", 9).status).toBe("delivered");
});

describe("consent", () => {
  const proof = { channel: "sms", source: "signup form", wording: "Text me offers" };

  test("is kept with its proof: which event, where, which words, when", () => {
    const w = world(rulebook([]));
    w.event({ event_type: "consent.granted", data: { ...proof, class: "marketing" } });
    expect(w.contact().consent).toEqual({
      sms: {
        state: "granted",
        at: START,
        source: "signup form",
        wording: "Text me offers",
        event: "test:e1",
        before: null,
      },
    });
  });

  test("to another class is no consent to marketing", () => {
    const w = world(rulebook([rule({ id: "r", class: "marketing" })]));
    w.event({ event_type: "consent.granted", data: { ...proof, class: "transactional" } });
    w.event({ event_type: "lead.created", address: { phone: "+12025550143" } });
    expect(w.reasons()).toContain("consent.missing");
    w.event({ event_type: "consent.granted", data: proof });
    w.event({ event_type: "lead.created", address: { phone: "+12025550143" } });
    expect(w.calls).toHaveLength(1);
  });

  test("may be said of a channel by its name or by its kind, whatever order the news comes in", () => {
    const w = world(rulebook([]));
    w.event({ event_type: "consent.denied", data: { channel: "push" } });
    w.event({
      event_type: "consent.granted",
      data: { channel: "push" },
      occurred_at: new Date(START - 1_000).toISOString(),
    });
    w.event({ event_type: "consent.granted", data: { channel: "sales" } });
    w.event({ event_type: "consent.granted", data: { channel: "nothing" } });
    expect(Object.entries(w.contact().consent).map(([kind, consent]) => [kind, consent.state])).toEqual([
      ["push", "denied"],
    ]);
  });
});

describe("a STOP in a workspace whose opt-outs are for all marketing", () => {
  const rules = rulebook(
    [
      rule({ id: "promo", class: "marketing", steps: [sendStep("email")] }),
      rule({ id: "receipt", steps: [sendStep("email")] }),
    ],
    { optOut: { keywords: [], phrases: [], onPhrase: "flag", scope: "all_marketing", confirm: null } },
  );
  const both = { address: { phone: "+12025550143", email: "ana@example.com" } };
  const sent = (w: World) => w.calls.map(({ ruleId }) => ruleId);

  test("denies marketing on the other channels too, and START takes that back", () => {
    const w = world(rules);
    w.event({ event_type: "contact.identified", ...both });
    w.event({ event_type: "sms.received", data: { text: "Stop." }, ...both });
    w.event({ event_type: "lead.created" });
    expect(sent(w)).toEqual(["receipt"]);
    w.pass(1_000);
    w.event({ event_type: "sms.received", data: { text: "START" }, ...both });
    w.event({ event_type: "lead.created" });
    expect(sent(w)).toEqual(["receipt", "promo", "receipt"]);
  });

  test("hides a consent that START brings back", () => {
    const w = world(
      rulebook([...rules.rules.values()], { consent: { email: "opt_in" }, optOut: rules.workspace.optOut }),
    );
    w.event({ event_type: "contact.identified", ...both });
    w.event({ event_type: "consent.granted", data: { channel: "email", source: "form" } });
    for (const text of ["STOP", "STOP", "START"]) {
      w.pass(1_000);
      w.event({ event_type: "sms.received", data: { text }, ...both });
    }
    expect(w.contact().consent.email).toMatchObject({ state: "granted", source: "form" });
    w.event({ event_type: "lead.created" });
    expect(sent(w)).toEqual(["promo", "receipt"]);
  });

  test("is taken back by START alone where it was the reason", () => {
    const w = world(rules);
    w.event({ event_type: "contact.identified", ...both });
    w.event({ event_type: "sms.received", data: { text: "STOP" }, ...both });
    w.pass(1_000);
    w.event({ event_type: "email.unsubscribed", ...both });
    w.pass(1_000);
    w.event({ event_type: "sms.received", data: { text: "START" }, ...both });
    w.event({ event_type: "lead.created" });
    expect(sent(w)).toEqual(["receipt"]);
  });

  test("leaves other channels alone when opt-outs are for their channel", () => {
    const w = world(rulebook([...rules.rules.values()]));
    w.event({ event_type: "contact.identified", ...both });
    w.event({ event_type: "sms.received", data: { text: "STOP" }, ...both });
    w.event({ event_type: "lead.created" });
    expect(sent(w)).toEqual(["promo", "receipt"]);
  });
});
