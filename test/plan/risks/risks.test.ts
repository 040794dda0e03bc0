import { describe, expect, test } from "vitest";
import { type RiskCode, isRiskCode, riskCodes } from "../../../src/rulebook/risk-codes.ts";
import { riskPageOf, risksOf } from "../../../src/plan/risks/risks-of.ts";
import { heedYaml, ruleYaml } from "../../rulebook/in-memory.ts";
import { exampleFiles } from "../../rulebook/page-examples.ts";
import { backtestOf, delta, evidenceOf, exactly, risksIn, today, withRule } from "./evidence.ts";

const all = Object.keys(riskCodes).filter(isRiskCode);

describe("the page of a risk", () => {
  test.each(all)("%s says what it is, what it may mean and what to do", (code) => {
    const { what, why, todo } = riskPageOf(code);
    for (const text of [what, why, todo]) expect(text).toMatch(/^["A-Z].*[.]$/);
  });

  /** Those that lines alone cannot show: they need what was recorded. */
  const needData: ReadonlySet<RiskCode> = new Set(["PLN203", "PLN206", "PLN301"]);
  /** Those of which the way back is one, too. */
  const bothWays: ReadonlySet<RiskCode> = new Set(["PLN103", "PLN107", "PLN110", "PLN111"]);
  const shown = all.filter((code) => riskPageOf(code).example.in !== "words" && !needData.has(code));

  test.each(shown)("%s shows a change that has this risk, and undoing it has not", (code) => {
    const { example } = riskPageOf(code);
    if (example.in === "words") throw new Error("not an example in lines");
    const lines = { in: example.in, bad: example.before, good: example.after };
    const [before, after] = [exampleFiles(lines, "bad"), exampleFiles(lines, "good")];
    expect(codesOf(before, after)).toContain(code);
    expect(codesOf(after, before).includes(code)).toBe(bothWays.has(code));
    expect(codesOf(before, before)).toEqual([]);
  });

  function codesOf(before: Record<string, string>, after: Record<string, string>): readonly string[] {
    return risksOf(evidenceOf(before, after), today).risks.map(({ code }) => code);
  }
});

const marketing = (text: string): string =>
  text.replace("transactional", "marketing").replace("Hello.", "Hello. Reply STOP to opt out.");
const rule = (more = ""): Record<string, string> => withRule(more);
const settings = (change: (text: string) => string): Record<string, string> => ({
  ...rule(),
  "heed.yaml": change(heedYaml),
});

const aged = (age: string): Record<string, string> => ({
  ...rule(),
  "hello.yaml": ruleYaml("hello").replace("trigger:\n", `trigger:\n  max_age: ${age}\n`),
});
const lookup = (onError: string): string =>
  `lookups: { crm: { hubspot: { access_token: "\${HUBSPOT_TOKEN}", by: email, properties: [status] }, on_error: ${onError} } }\n`;
const withLookup = (onError: string): Record<string, string> => ({
  ...rule("guard: { lookup.crm.status: { not: customer } }"),
  "heed.yaml": `${heedYaml}${lookup(onError)}`,
});
const buyers = (id: string, step: string): string =>
  ruleYaml(id)
    .replace("lead.demo_requested", "Order Completed")
    .replace(/- \{ send.*/, `- { ${step} }`);
const withBuyers = (step = "tag: buyer"): Record<string, string> => ({
  ...rule("guard: { contact.status: { not: customer } }"),
  "buyers.yaml": buyers("buyers", step),
});

describe("what the files alone say", () => {
  test.each<readonly [RiskCode, string, Record<string, string>, Record<string, string>, boolean]>([
    [
      "PLN101",
      "a marketing rule becomes transactional",
      { ...rule(), "hello.yaml": marketing(ruleYaml("hello")) },
      rule(),
      true,
    ],
    [
      "PLN101",
      "a transactional rule becomes marketing",
      rule(),
      { ...rule(), "hello.yaml": marketing(ruleYaml("hello")) },
      false,
    ],
    [
      "PLN101",
      "a channel needs no consent any more",
      rule(),
      settings((text) => text.replace("email: opt_out", "email: opt_out, sms: opt_out")),
      true,
    ],
    [
      "PLN101",
      "a channel needs consent",
      rule(),
      settings((text) => text.replace("email: opt_out", "email: opt_in")),
      false,
    ],
    [
      "PLN101",
      "a guard asks for no consent any more",
      rule("guard: { consent.sms: granted, contact.status: new }"),
      rule("guard: { contact.status: new }"),
      true,
    ],
    [
      "PLN101",
      "a guard asks for consent, too",
      rule("guard: { contact.status: new }"),
      rule("guard: { consent.sms: granted, contact.status: new }"),
      false,
    ],
    [
      "PLN101",
      "a word is no opt-out any more",
      rule(),
      settings((text) => text.replace("keywords: [baja]", "scope: channel")),
      true,
    ],
    ["PLN102", "an answer ends nothing any more", rule(), settings((text) => `${text}replies: { stop: none }\n`), true],
    ["PLN102", "an answer ends everything", rule(), settings((text) => `${text}replies: { stop: all }\n`), false],
    [
      "PLN102",
      "all that ended it is gone",
      rule("delay: 1h\nstop_on: [{ event: Order Completed }]"),
      rule("delay: 1h"),
      true,
    ],
    [
      "PLN102",
      "something more ends it",
      rule("delay: 1h\nstop_on: [{ event: Order Completed }]"),
      rule("delay: 1h\nstop_on: [{ event: [Order Completed, email.opened] }]"),
      false,
    ],
    [
      "PLN102",
      "only some of the events end it",
      rule("delay: 1h\nstop_on: [{ event: Order Completed }]"),
      rule("delay: 1h\nstop_on: [{ event: Order Completed, where: { contact.status: new } }]"),
      true,
    ],
    [
      "PLN102",
      "nobody says any more who has bought",
      withBuyers("set: { contact.status: customer }"),
      withBuyers(),
      true,
    ],
    [
      "PLN102",
      "the rule goes away that said who has bought",
      withBuyers("set: { contact.status: customer }"),
      rule("guard: { contact.status: { not: customer } }"),
      true,
    ],
    [
      "PLN102",
      "another rule says now who has bought",
      withBuyers("set: { contact.status: customer }"),
      { ...withBuyers(), "bought.yaml": buyers("bought", "set: { contact.status: customer }") },
      false,
    ],
    ["PLN102", "what let nobody be silent is gone", withBuyers("set: { contact.status: new }"), withBuyers(), false],
    [
      "PLN102",
      "others wait less long",
      withBuyers("hold: { rules: [hello], for: 3d }"),
      withBuyers("hold: { rules: [hello], for: 3h }"),
      true,
    ],
    [
      "PLN102",
      "others wait longer",
      withBuyers("hold: { rules: [hello], for: 3d }"),
      withBuyers("hold: { rules: [hello], for: 5d }"),
      false,
    ],
    [
      "PLN103",
      "a channel is quiet",
      rule(),
      settings((text) => text.replace("rate: 30/m", 'rate: 30/m, quiet_hours: { from: "21:00", to: "08:00" }')),
      true,
    ],
    [
      "PLN103",
      "who has no zone of their own lives by another clock",
      rule(),
      settings((text) => text.replace("America/New_York", "UTC")),
      true,
    ],
    [
      "PLN104",
      "a cap of all rules is gone",
      rule(),
      settings((text) => text.replace(/^ {2}- \{ max: 3.*\n/m, "")),
      true,
    ],
    [
      "PLN104",
      "a cap counts over a shorter time",
      rule("caps: [{ max: 1, per: contact, within: 48h }]"),
      rule("caps: [{ max: 1, per: contact, within: 24h }]"),
      true,
    ],
    [
      "PLN104",
      "a cap is tighter",
      rule("caps: [{ max: 2, per: contact, within: 24h }]"),
      rule("caps: [{ max: 1, per: contact, within: 24h }]"),
      false,
    ],
    [
      "PLN104",
      "a cap for one channel becomes one for all, and no looser",
      rule("caps: [{ max: 2, per: contact, channel: sms, within: 24h }]"),
      rule("caps: [{ max: 2, per: contact, within: 24h }]"),
      false,
    ],
    [
      "PLN104",
      "the first day lets more through",
      rule(),
      settings((text) => `${text}limits: { first_day: 5000 }\n`),
      true,
    ],
    ["PLN105", "a guard is gone", rule("guard: { contact.status: new }"), rule(), true],
    ["PLN105", "a guard comes", rule(), rule("guard: { contact.status: new }"), false],
    [
      "PLN105",
      "one event more starts it",
      rule(),
      {
        ...rule(),
        "hello.yaml": ruleYaml("hello").replace(
          "event: lead.demo_requested",
          "event: [lead.demo_requested, Order Completed]",
        ),
      },
      true,
    ],
    ["PLN105", "more contacts are enrolled", rule("rollout: 5%"), rule("rollout: 50%"), true],
    ["PLN105", "older events start it", aged("24h"), aged("30d"), true],
    ["PLN105", "older events start it no more", aged("30d"), aged("24h"), false],
    ["PLN105", "it was only watched, and speaks now", rule("mode: shadow"), rule(), true],
    [
      "PLN105",
      "a look-up that does not answer is no obstacle any more",
      withLookup("hold"),
      withLookup("treat_as_missing"),
      true,
    ],
    ["PLN105", "a look-up that does not answer becomes one", withLookup("treat_as_missing"), withLookup("hold"), false],
    ["PLN106", "a delay is shorter, and long enough", rule("delay: 15m"), rule("delay: 5m"), false],
    ["PLN106", "there is no delay any more", rule("delay: 15m"), rule(), true],
    [
      "PLN107",
      "another cooldown",
      rule("reentry: { policy: ignore, cooldown: 7d }"),
      rule("reentry: { policy: ignore, cooldown: 1d }"),
      true,
    ],
    [
      "PLN109",
      "another id, without moved",
      { "heed.yaml": heedYaml, "hi.yaml": ruleYaml("hi", "delay: 5m") },
      rule("delay: 5m"),
      true,
    ],
    [
      "PLN109",
      "another id, with moved",
      { "heed.yaml": heedYaml, "hi.yaml": ruleYaml("hi", "delay: 5m") },
      rule("delay: 5m\nmoved: { from: hi }"),
      false,
    ],
    ["PLN110", "another share is held out", rule("holdout: 10%"), rule("holdout: 20%"), true],
    ["PLN110", "an experiment begins", rule(), rule("holdout: 20%"), false],
    [
      "PLN110",
      "the workspace is called otherwise",
      rule(),
      settings((text) => text.replace("workspace: acme", "workspace: acme2")),
      true,
    ],
    [
      "PLN111",
      "another provider",
      rule(),
      settings((text) =>
        text
          .replace("outbox: {}", 'outbox: {}\n  slack: { url: "${SLACK_URL}" }')
          .replace("kind: slack, provider: outbox", "kind: slack, provider: slack"),
      ),
      true,
    ],
    ["PLN111", "another text", rule(), { ...rule(), "hello.yaml": ruleYaml("hello").replace("Hello.", "Hi.") }, false],
    [
      "PLN204",
      "a text is shorter",
      { ...rule(), "hello.yaml": ruleYaml("hello").replace("Hello.", "Hello to you. ".repeat(20).trim()) },
      rule(),
      false,
    ],
    [
      "PLN205",
      "numbers are of another country",
      rule(),
      settings((text) => text.replace("country: US", "country: GB")),
      true,
    ],
  ])("%s: %s", (code, _, before, after, is) => {
    const found = risksOf(evidenceOf(before, after), today).risks.map((risk) => risk.code);
    if (is) expect(found).toContain(code);
    else expect(found).not.toContain(code);
  });

  test("a change of words for people has no risk", () => {
    expect(
      risksIn(evidenceOf(rule(), { ...rule(), "hello.yaml": ruleYaml("hello").replace("For a test.", "For tests.") })),
    ).toEqual([]);
  });

  test("a risk stands at the line that changed", () => {
    expect(risksIn(evidenceOf(rule("delay: 15m"), rule("delay: 20s")))).toEqual(["PLN106 hello.yaml:8"]);
  });
});

describe("what the recording says", () => {
  const [before, after] = [rule("delay: 15m"), rule("delay: 5m")];
  const judged = (backtest: Parameters<typeof backtestOf>[0], files = after): readonly string[] =>
    risksOf(evidenceOf(before, files, { backtest: backtestOf(backtest) }), today).risks.map(
      ({ code, message }) => `${code} ${message}`,
    );
  const sends = { rules: [delta("hello")] };

  test("nothing, where the same is sent", () => {
    expect(judged(sends)).toEqual([]);
  });

  test("PLN201: a fifth more, and not less than that or a handful", () => {
    expect(judged({ rules: [delta("hello", { head: exactly(152) })] })).toEqual([
      "PLN201 hello sends 152 messages by sms instead of 100 (+52 %)",
    ]);
    expect(judged({ rules: [delta("hello", { head: exactly(119) })] })).toEqual([]);
    expect(judged({ rules: [delta("hello", { base: exactly(3), head: exactly(6) })] })).toEqual([]);
    expect(judged({ rules: [delta("hello", { head: { value: 150, low: 140, high: 160 } })] })[0]).toContain(
      "about 150 (140 to 160)",
    );
    expect(judged({ rules: [delta("hello", { head: exactly(500), known: false })] })).toEqual([
      "PLN201 hello sends 500 messages by sms instead of 100 (+400 %), as far as it is known",
    ]);
  });

  test("PLN202: what costs more than the budget, or is held for it", () => {
    const budget = `${heedYaml.replace("rate: 30/m", "rate: 30/m, price: { per_segment: 1.00 USD }")}budgets: [{ channel: sms, max: 10.00 USD, per: day }]\n`;
    const cost = { channel: "sms", currency: "USD", base: exactly(27e6), head: exactly(27 * 12e6), unpriced: 0 };
    const files = { ...after, "heed.yaml": budget };
    expect(judged({ ...sends, cost: [cost] }, files).join()).toContain(
      "PLN202 sms would cost 12.00 USD per day on average instead of 1.00 USD; the budget is 10.00 USD per day",
    );
    expect(judged({ ...sends, cost: [{ ...cost, head: exactly(27 * 9e6) }] }, files).join()).not.toContain("PLN202");
    const held = delta("hello", { differences: { newly_suppressed: 4 }, reasons: { "budget.held": 4 } });
    expect(judged({ rules: [held] }, files).join()).toContain("4 messages wait for it that did not before");
  });

  test("PLN203: more on a day for one contact in a hundred", () => {
    const load = { p50: 1, p95: 1, p99: 2, max: 3 };
    expect(judged({ ...sends, load: { base: load, head: { ...load, p99: 3 } } })).toEqual([
      "PLN203 one contact in a hundred gets 3 messages on a day or more, and got 2",
    ]);
    expect(judged({ ...sends, load: { base: { ...load, p99: 3 }, head: { ...load, p99: 3 } } })).toEqual([]);
  });

  test("PLN204: more segments for each text", () => {
    expect(judged({ rules: [delta("hello", { segments: { base: 100, head: 200 } })] })).toEqual([
      "PLN204 a text of hello takes 2.00 segments on average, and took 1.00",
    ]);
  });

  test("PLN206: a minute that is above the rate, and was not", () => {
    const minute = { channel: "sms", base: 20, head: 45, at: Date.UTC(2026, 4, 20, 9, 15), limit: 30 };
    expect(judged({ ...sends, busiest: [minute] })).toEqual([
      "PLN206 sms has 45 messages in its busiest minute (2026-05-20 09:15 UTC) instead of 20; its rate lets 30 through",
    ]);
    expect(judged({ ...sends, busiest: [{ ...minute, base: 45 }] })).toEqual([]);
    expect(judged({ ...sends, busiest: [{ ...minute, limit: null }] })).toEqual([]);
  });

  test("PLN207: a rule that nobody touched sends otherwise", () => {
    const other = delta("other", {
      touched: false,
      head: exactly(60),
      differences: { newly_suppressed: 40 },
      reasons: { "cap.reached": 40 },
    });
    const files = { ...after, "other.yaml": ruleYaml("other") };
    expect(judged({ rules: [delta("hello"), other] }, files)).toContainEqual(
      "PLN207 other, which is not part of this change, sends otherwise by sms: 40 newly stopped, most often because of cap.reached",
    );
  });

  test("PLN301: nothing is sent, or it is not known", () => {
    expect(judged({ rules: [delta("hello", { head: exactly(0) })] })).toContainEqual(
      "PLN301 hello would have sent nothing for all that was recorded, and sent something before",
    );
    expect(judged({ missingTypes: ["lead.demo_requested"] })).toEqual([
      "PLN301 what hello sends is unknown: nothing of `lead.demo_requested` was recorded",
    ]);
  });

  test("PLN302: a fallback in a tenth of the texts", () => {
    const fallback = { rule: "hello", step: "1", variable: "contact.first_name", share: 0.43 };
    expect(judged({ ...sends, fallbacks: [fallback] })).toEqual([
      "PLN302 `contact.first_name` is empty in 43 % of the messages of hello (step 1), which then say its fallback",
    ]);
    expect(judged({ ...sends, fallbacks: [{ ...fallback, share: 0.05 }] })).toEqual([]);
  });

  test("PLN303: the past cannot be told again", () => {
    const calibration = { real: 1000, reproduced: 850, extra: 60, agreement: 850 / 1060, confidence: "low" } as const;
    expect(judged({ ...sends, calibration })).toEqual([
      "PLN303 the replay agrees with what was really sent to 80 % only: 850 of 1,000 messages, and 60 that were not sent",
    ]);
    expect(judged({ ...sends, calibration: { ...calibration, confidence: "high" } })).toEqual([]);
  });
});

describe("what the store and the tests say", () => {
  const flight = {
    rule: "hello",
    onChange: "finish",
    finish: 212,
    migrate: 0,
    cancel: 0,
    pendingSends: 0,
    dueFrom: null,
    dueTo: null,
    eligibleAgain: 0,
  } as const;

  test("PLN108: contacts are in a rule that does not say what becomes of them", () => {
    const inFlight = [flight];
    expect(risksIn(evidenceOf(rule("delay: 15m"), rule("delay: 5m"), { inFlight }))).toEqual(["PLN108 hello.yaml:2"]);
    expect(risksIn(evidenceOf(rule("delay: 15m"), rule("delay: 5m\non_change: finish"), { inFlight }))).toEqual([]);
    expect(
      risksIn(evidenceOf(rule("delay: 15m"), rule("delay: 5m"), { inFlight: [{ ...flight, finish: 0 }] })),
    ).toEqual([]);
  });

  test("PLN108 of a rule that is deleted can be allowed in heed.yaml, where a comment can stand", () => {
    const gone = { "heed.yaml": heedYaml, "other.yaml": ruleYaml("other") };
    const before = { ...gone, "hello.yaml": ruleYaml("hello") };
    const inFlight = [{ ...flight, finish: 0, cancel: 212 }];
    expect(risksIn(evidenceOf(before, gone, { inFlight }))).toEqual(["PLN108 hello.yaml:2"]);
    const allowed = { ...gone, "heed.yaml": `# heed allow PLN108 until 2026-12-31: the campaign is over\n${heedYaml}` };
    expect(risksIn(evidenceOf(before, allowed, { inFlight }))).toEqual(["(waived) PLN108 hello.yaml:2"]);
  });

  test("PLN401: no test reaches what changed", () => {
    const tests = [
      {
        rule: "hello",
        cases: ["hello › speaks"],
        covered: 1,
        uncovered: [{ path: "delay", file: "hello.yaml", line: 8 }],
      },
    ];
    const impact = { shared: [], dead: [], loops: [], tests };
    expect(risksIn(evidenceOf(rule("delay: 15m"), rule("delay: 5m"), { impact }))).toEqual(["PLN401 hello.yaml:8"]);
  });
});

describe("a waiver", () => {
  const before = rule("delay: 15m");
  const allow = (until: string): Record<string, string> =>
    rule(`# heed allow PLN106 until ${until}: the other side is ours\ndelay: 20s`);

  test("allows the risk at its line until its day", () => {
    expect(risksIn(evidenceOf(before, allow("2026-06-01")))).toEqual(["(waived) PLN106 hello.yaml:9"]);
  });

  test("that has ended, and one that allows nothing, are told", () => {
    const ended = risksOf(evidenceOf(before, allow("2026-05-31")), today);
    expect(ended.risks.map(({ waived }) => waived)).toEqual([null]);
    expect(ended.notes).toEqual(["the waiver of PLN106 at hello.yaml:8 ended on 2026-05-31"]);
    const unused = risksOf(evidenceOf(allow("2026-06-01"), allow("2026-06-01")), today);
    expect(unused.notes).toEqual([
      "the waiver of PLN106 at hello.yaml:8 allows nothing in this change: remove it once it is merged",
    ]);
  });
});
