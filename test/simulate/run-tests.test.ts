import { describe, expect, test } from "vitest";
import { outcomes } from "./play.ts";

/** Every case must pass but those in `wrong`, which must fail with these words and no others. */
async function expectOutcomes(
  rule: string,
  cases: string,
  wrong: Readonly<Record<string, readonly string[]>> = {},
  more = "",
): Promise<void> {
  const found = await outcomes(rule, cases, more);
  expect(Object.keys(found)).toEqual(expect.arrayContaining(Object.keys(wrong)));
  expect(found).toEqual(Object.fromEntries(Object.keys(found).map((name) => [name, wrong[name] ?? []])));
}

const text = `actions:
  - { send: sms, text: 'Hi {{ contact.first_name | default: "there" }}.' }`;

describe("messages", () => {
  test("are expected at a moment or in a window, both ends included, and no other may come", async () => {
    await expectOutcomes(
      `delay: 15m\n${text}`,
      `
  - name: to the second
    given: [{ at: 0s, contact: ana, event: asked }]
    expect: [{ at: 15m, send: sms }]
  - name: at the end of a window
    given: [{ at: 0s, contact: ana, event: asked }]
    expect: [{ at: 10m..15m, send: sms }]
  - name: at the beginning of a window
    given: [{ at: 0s, contact: ana, event: asked }]
    expect: [{ at: 15m..20m, send: sms }]
  - name: at any time
    given: [{ at: 0s, contact: ana, event: asked }]
    expect: [{ send: sms }]
  - name: a second too late
    given: [{ at: 0s, contact: ana, event: asked }]
    expect: [{ at: 0s..899s, send: sms }]
  - name: although none is expected
    given: [{ at: 0s, contact: ana, event: asked }]
    expect: none
  - name: once instead of twice
    given: [{ at: 0s, contact: ana, event: asked }]
    expect: [{ send: sms }, { send: sms }]
  - name: to somebody else
    given: [{ at: 0s, contact: ana, event: asked }]
    expect: [{ at: 15m, send: sms, contact: ben }]
  - name: never, because nobody asked
    given: [{ at: 0s, contact: ana, event: bought }]
    expect: [{ at: 15m, send: sms }]
`,
      {
        "a second too late": ["expected a message through sms at 0s..899s, but it is at +15m (Fri 6 Mar 14:15)"],
        "although none is expected": [
          'expected no message, got a message through sms to ana at +15m (Fri 6 Mar 14:15) by story: "Hi there."',
        ],
        "once instead of twice": ["expected a message through sms, and there was none"],
        "to somebody else": [
          "expected a message through sms to ben at 15m, and there was none",
          'expected no other message, got a message through sms to ana at +15m (Fri 6 Mar 14:15) by story: "Hi there."',
        ],
        "never, because nobody asked": ["expected a message through sms at 15m, and there was none"],
      },
    );
  });

  test("are told apart by address, text, rule and provider", async () => {
    await expectOutcomes(
      text,
      `
  - name: by everything
    given: [{ at: 0s, contact: ana, event: asked }]
    expect:
      - { send: sms, contact: ana, to: "+12025550143", text: Hi there., subject: { absent: true }, rule: story, provider: outbox }
  - name: by matchers
    given: [{ at: 0s, contact: ana, event: asked }]
    expect:
      - { send: sms, to: { matches: "^\\\\+1" }, text: { contains: HI, matches: "there", one_of: [Bye., Hi there.] } }
  - name: by another address
    given: [{ at: 0s, contact: ana, event: asked }]
    expect: [{ send: sms, to: "+12025550144" }]
  - name: by another text
    given: [{ at: 0s, contact: ana, event: asked }]
    expect: [{ send: sms, text: { contains: bye } }]
  - name: by a field that is there
    given: [{ at: 0s, contact: ana, event: asked }]
    expect: [{ send: sms, text: { absent: true } }]
  - name: each takes the expectation that only it fits
    given:
      - { at: 0s, contact: ana, event: asked }
      - { at: 0s, contact: ben, event: asked }
    expect: [{ send: sms }, { send: sms, contact: ana }]
`,
      {
        "by another address": ['expected a message through sms, to "+12025550144", but `to` is "+12025550143"'],
        "by another text": ['expected a message through sms, text contains "bye", but `text` is "Hi there."'],
        "by a field that is there": ['expected a message through sms, text absent, but `text` is "Hi there."'],
      },
    );
  });
});

describe("the clock", () => {
  test("counts days and times of day on the contact's clock, over the change of the clocks", async () => {
    await expectOutcomes(
      `class: transactional\nactions:\n  - wait: 3d\n  - { send: email, subject: Hi, text: Hello. }`,
      `
  - name: a day of New York is 23 hours long
    given: [{ at: 0s, contact: ana, event: asked }]
    expect: [{ at: 71h, send: email }]
  - name: as days it is three
    given: [{ at: 0s, contact: ana, event: asked }]
    expect: [{ at: 3d, send: email }]
  - name: London changes its clocks three weeks later
    given: [{ at: 0s, contact: ben, event: asked }]
    expect: [{ at: 72h, send: email, contact: ben }]
  - name: three days from two o'clock on a Saturday are two o'clock on a Tuesday
    start: 2026-03-07T02:00:00-05:00
    given: [{ at: 0s, contact: ana, event: asked }]
    expect: [{ at: next tue 02:00, send: email }]
`,
    );
  });

  test("2 AM on a Saturday waits until Monday 9:15 in the lead's zone", async () => {
    await expectOutcomes(
      `window: { days: [mon, tue, wed, thu, fri], from: "09:15", to: "17:00" }\n${text}`,
      `
  - name: in New York
    start: 2026-03-07T02:00:00-05:00
    given: [{ at: 0s, contact: ana, event: asked }]
    expect: [{ at: next mon 09:15..09:15, send: sms }]
    because: [{ rule: story, reason: window.deferred, at: 0s }]
  - name: in London
    start: 2026-03-07T02:00:00+00:00
    given: [{ at: 0s, contact: ben, event: asked }]
    expect: [{ at: next mon 09:15, send: sms, contact: ben }]
  - name: during the week at once
    start: 2026-03-06T14:00:00-05:00
    given: [{ at: 0s, contact: ana, event: asked }]
    expect: [{ at: 0s, send: sms }]
`,
    );
  });

  test("quiet hours let marketing wait and everything else pass", async () => {
    const night = `
  - name: at night
    start: 2026-03-06T22:30:00-05:00
    given: [{ at: 0s, contact: ana, event: asked }]
`;
    await expectOutcomes(`class: marketing\n${text}`, `${night}    expect: [{ at: next 08:00, send: sms }]`);
    await expectOutcomes(text, `${night}    expect: [{ at: 0s, send: sms }]`);
  });
});

describe("events", () => {
  const rule = `delay: 15m\nstop_on:\n  - { event: bought, same: data.id }\n${text}`;

  test("come late, twice and out of order, and stop what they stop all the same", async () => {
    await expectOutcomes(
      rule,
      `
  - name: late and twice
    given:
      - { at: 0s, contact: ana, event: asked, data: { id: a } }
      - { at: 9m, arrives: 12m, contact: ana, event: bought, data: { id: a }, copies: 2 }
    expect: none
    because: [{ rule: story, reason: stopped.by_event, at: 12m }]
  - name: before its trigger arrives
    given:
      - { at: 0s, arrives: 5m, contact: ana, event: asked, data: { id: a } }
      - { at: 1m, contact: ana, event: bought, data: { id: a } }
    expect: none
    because: [{ rule: story, reason: stopped.by_event, at: 5m }]
  - name: about something else
    given:
      - { at: 0s, contact: ana, event: asked, data: { id: a } }
      - { at: 9m, contact: ana, event: bought, data: { id: b } }
    expect: [{ at: 15m, send: sms }]
  - name: too late
    given:
      - { at: 0s, contact: ana, event: asked, data: { id: a } }
      - { at: 9m, arrives: 16m, contact: ana, event: bought, data: { id: a } }
    expect: [{ at: 15m, send: sms }]
  - name: the same id is the same event
    given:
      - { at: 0s, contact: ana, event: asked, event_id: e1 }
      - { at: 1h, contact: ana, event: asked, event_id: e1 }
    expect: [{ at: 15m, send: sms }]
  - name: another id is another event
    given:
      - { at: 0s, contact: ana, event: asked }
      - { at: 1h, contact: ana, event: asked }
    expect: [{ at: 15m, send: sms }, { at: 75m, send: sms }]
  - name: news from yesterday starts nothing
    given: [{ at: 0s, arrives: 2d, contact: ana, event: asked }]
    expect: none
    because: [{ rule: story, reason: event.stale }]
`,
    );
  });

  test("concern whom they name: a contact, an id, or an address that belongs to one", async () => {
    await expectOutcomes(
      text,
      `
  - name: by address
    given: [{ at: 0s, address: { phone: "+12025550143" }, event: asked }]
    expect: [{ send: sms, contact: ana }]
  - name: somebody nobody knows
    given: [{ at: 0s, contact_id: c99, event: asked }]
    expect: none
    because: [{ rule: story, reason: address.missing }]
  - name: an address nobody knows
    given: [{ at: 0s, address: { phone: "+12025550149" }, event: asked }]
    expect: [{ send: sms, to: "+12025550149" }]
`,
    );
  });

  test("may speak of the newest message that was sent through a channel", async () => {
    await expectOutcomes(
      `actions:
  - { send: sms, text: One. }
  - wait: 1h
  - { when: { last.sms.status: delivered }, send: sms, text: Two. }`,
      `
  - name: it was delivered
    given:
      - { at: 0s, contact: ana, event: asked }
      - { at: 5m, contact: ana, event: sms.delivered, message: sms }
    expect: [{ at: 0s, send: sms }, { at: 1h, send: sms, text: Two. }]
  - name: it was not
    given: [{ at: 0s, contact: ana, event: asked }]
    expect: [{ at: 0s, send: sms }]
    because: [{ rule: story, reason: when.false }]
  - name: there was none
    given: [{ at: 5m, contact: ana, event: sms.delivered, message: sms }]
    expect: none
`,
      {
        "there was none": ["the event speaks of a message through `sms`, and none was sent to this contact before"],
      },
    );
  });

  test("are shared by name, with what a case says on top", async () => {
    await expectOutcomes(
      `guard: { trigger.source: { in: [form, chat] } }\n${text}`,
      `
  - name: as it stands
    given: [{ at: 0s, contact: ana, extend: form }]
    expect: [{ send: sms }]
  - name: with another value
    given: [{ at: 0s, contact: ana, extend: form, data: { source: mail } }]
    expect: none
    because: [{ rule: story, reason: guard.false }]
`,
      {},
      "events:\n  form: { event: asked, data: { source: form } }",
    );
  });
});

describe("people", () => {
  test("are as the file says before the first event: addresses, consent, silence, tags and attributes", async () => {
    await expectOutcomes(
      `class: marketing\nguard: { contact.status: new, contact.tags: { contains: vip } }\n${text}`,
      `
  - name: everybody
    matrix: { who: [ana, ben, cleo, dora, eve, finn, gus] }
    given: [{ at: 0s, contact: "{who}", event: asked }]
    expect_by:
      cleo: [{ at: 0s, send: sms, contact: cleo, text: Hi Cleo. }]
      "*": none
  - name: why
    given:
      - { at: 0s, contact: ana, event: asked }
      - { at: 0s, contact: dora, event: asked }
      - { at: 0s, contact: eve, event: asked }
      - { at: 0s, contact: finn, event: asked }
      - { at: 0s, contact: gus, event: asked }
    expect: none
    because:
      - { rule: story, reason: guard.false, contact: ana }
      - { rule: story, reason: consent.missing, contact: dora }
      - { rule: story, reason: suppressed, contact: eve }
      - { rule: story, reason: guard.false, contact: finn }
      - { rule: story, reason: address.missing, contact: gus }
`,
      {},
      `
  cleo: { extend: ana, id: c3, phone: "+12025550145", first_name: Cleo, status: new, tags: [vip, beta] }
  dora: { extend: cleo, id: c4, consent: { sms: denied } }
  eve: { extend: cleo, id: c5, phone: "+12025550146", suppressed: [sms] }
  finn: { extend: cleo, id: c6, tags: [] }
  gus: { status: new, tags: [vip], consent: { sms: granted } }`,
    );
  });

  test("opt out, reply and come back by events like any other", async () => {
    await expectOutcomes(
      `class: marketing\ndelay: 1h\n${text}`,
      `
  - name: a reply ends the sequence
    given:
      - { at: 0s, contact: ana, event: asked }
      - { at: 30m, contact: ana, event: sms.received, data: { text: Who is this? } }
    expect: none
    because: [{ rule: story, reason: stopped.by_reply }]
  - name: a STOP from the number alone is hers
    given:
      - { at: 0s, contact: ana, event: asked }
      - { at: 30m, address: { phone: "+12025550143" }, event: sms.received, data: { text: " stop. " } }
      - { at: 1d, contact: ana, event: asked }
    expect: none
    because:
      - { rule: story, reason: stopped.by_opt_out, at: 30m }
      - { rule: story, reason: suppressed, at: 1d..2d }
  - name: START lifts what STOP set
    given:
      - { at: 0s, contact: ana, event: sms.received, data: { text: STOP } }
      - { at: 1h, contact: ana, event: sms.received, data: { text: START } }
      - { at: 2h, contact: ana, event: asked }
    expect: [{ at: 3h, send: sms }]
`,
    );
  });
});
