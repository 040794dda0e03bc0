import type { Backtest, Estimate, Example, ExampleMoment, Plan, RuleDelta } from "../../../src/plan/plan.ts";

/** A plan with something of everything in it, made by hand, so that each form shows all that it can. */

const day = 86_400_000;
const to = Date.UTC(2026, 4, 29);

const exactly = (value: number): Estimate => ({ value, low: value, high: value });
const sampled = (value: number): Estimate => ({ value, low: value * 0.9, high: value * 1.1 });

function moment(minutes: number, more: Partial<ExampleMoment>): ExampleMoment {
  const at = Date.UTC(2026, 4, 20, 14) + minutes * 60_000;
  return {
    at,
    kind: "event",
    what: "email.delivered",
    reason: null,
    channel: null,
    text: null,
    textDigest: null,
    ...more,
  };
}

const sent: Partial<ExampleMoment> = {
  kind: "sent",
  what: "verification-sms 1",
  channel: "sms",
  textDigest: "9f86d081884c",
};

const retimed: Example = {
  number: 1,
  difference: "retimed",
  rule: "verification-sms",
  channel: "sms",
  contact: "c-3f2a9b1c",
  zone: "America/New_York",
  base: [moment(0, {}), moment(15, sent)],
  head: [moment(0, {}), moment(5, sent)],
};
const added: Example = {
  ...retimed,
  number: 2,
  difference: "added",
  contact: "c-77aa01de",
  base: [moment(0, {}), moment(15, { kind: "ended", what: "verification-sms", reason: "guard.false" })],
  head: [moment(0, {}), moment(5, { ...sent, text: "Please check your inbox." })],
};
const stopped: Example = {
  ...retimed,
  number: 3,
  difference: "newly_suppressed",
  rule: "welcome-2",
  contact: "c-0b0b0b0b",
  base: [moment(0, {}), moment(60, { ...sent, what: "welcome-2 1" })],
  head: [moment(0, {}), moment(5, sent), moment(60, { kind: "not_sent", what: "welcome-2 1", reason: "cap.reached" })],
};

function delta(rule: string, more: Partial<RuleDelta>): RuleDelta {
  const same = { base: exactly(0), head: exactly(0), differences: {}, reasons: {}, retimedBy: null, week: null };
  return { rule, touched: true, channel: "sms", known: true, segments: { base: 0, head: 0 }, ...same, ...more };
}

const load = { p50: 1, p95: 1, p99: 2, max: 4 };

const backtest: Backtest = {
  events: { source: "may.ndjson", from: to - 28 * day, to, count: 1_920_412, digest: "ab".repeat(32), unreadable: 3 },
  sample: 1,
  seed: 7,
  warmUpUntil: to - 25 * day,
  calibration: { real: 48_112, reproduced: 47_727, extra: 12, agreement: 0.992, confidence: "high" },
  downstream: 0.08,
  orphans: { base: 12, head: 340 },
  channels: [
    { channel: "email", base: exactly(88_120), head: exactly(88_120), newly: exactly(0), noLonger: exactly(0) },
    { channel: "push", base: exactly(0), head: sampled(5_210), newly: sampled(5_210), noLonger: exactly(0) },
    { channel: "sms", base: exactly(12_480), head: exactly(19_003), newly: exactly(4_871), noLonger: exactly(310) },
  ],
  rules: [
    delta("cart-push", { channel: "push", head: sampled(5_210), differences: { added: 5_210 } }),
    delta("verification-sms", {
      base: exactly(12_000),
      head: exactly(20_427),
      differences: { added: 8_427, retimed: 11_950 },
      reasons: { "guard.false": 8_427 },
      retimedBy: { least: -600_000, median: -600_000, most: -540_000 },
      week: null,
      segments: { base: 12_000, head: 20_427 },
    }),
    delta("welcome-2", {
      touched: false,
      base: exactly(2_000),
      head: exactly(96),
      differences: { newly_suppressed: 1_904 },
      reasons: { "cap.reached": 1_904 },
    }),
    delta("onboarding", {
      touched: false,
      channel: "email",
      base: exactly(610),
      head: exactly(608),
      differences: { newly_suppressed: 2 },
      reasons: { "cap.reached": 2 },
    }),
    delta("payment-reminders", { known: false }),
  ],
  contacts: { newly: exactly(4_000), noLonger: exactly(310), differently: exactly(11_950) },
  cost: [{ channel: "sms", currency: "USD", base: exactly(106_080_000), head: exactly(168_900_000), unpriced: 12 }],
  load: { base: load, head: { ...load, p99: 3, max: 6 } },
  busiest: [{ channel: "sms", base: 41, head: 96, at: Date.UTC(2026, 4, 20, 14, 5), limit: 60 }],
  missingTypes: ["Payment Held"],
  fallbacks: [{ rule: "cart-push", step: "1", variable: "contact.first_name", share: 0.43 }],
  examples: [retimed, added, stopped],
  notes: ["Answers of look-ups are not recorded: what hinges on them is unknown."],
};

const file = "verification/verification-sms.yaml";
const attribute = { file, implication: null };

export const samplePlan: Plan = {
  base: { name: "origin/main", commit: "61314f2a".padEnd(40, "0"), dirty: false, digest: "1".repeat(64) },
  head: { name: "WORKTREE", commit: "89f3bca0".padEnd(40, "0"), dirty: true, digest: "2".repeat(64) },
  ruleChanges: [
    {
      rule: "cart-push",
      previous: null,
      action: "create",
      classes: ["volume", "audience", "safety"],
      file: "orders/cart-push.yaml",
      line: 1,
      attributes: [
        { ...attribute, path: "trigger.event", before: null, after: "Checkout Started", class: "audience", line: 5 },
        { ...attribute, path: "class", before: null, after: "marketing", class: "safety", line: 4 },
        { ...attribute, path: "delay", before: null, after: "1h", class: "timing", line: 6 },
        {
          ...attribute,
          path: "actions[0]",
          before: null,
          after: { send: "push", text: "Your cart waits." },
          class: "volume",
          line: 8,
        },
      ],
      resembles: "cart-text",
    },
    {
      rule: "re-engagement",
      previous: null,
      action: "delete",
      classes: ["volume"],
      file: "leads/re-engagement.yaml",
      line: 1,
      attributes: [
        { ...attribute, path: "actions[0]", before: { send: ["email", "sms"] }, after: null, class: "volume", line: 8 },
      ],
      resembles: null,
    },
    {
      rule: "verification-sms",
      previous: "verify-sms",
      action: "move",
      classes: ["cosmetic", "content", "timing", "audience", "safety"],
      file,
      line: 2,
      attributes: [
        {
          ...attribute,
          path: "description",
          before: "Text people.",
          after: "Remind people.",
          class: "cosmetic",
          line: 3,
        },
        { ...attribute, path: "delay", before: "15m", after: "5m", class: "timing", line: 14 },
        {
          ...attribute,
          path: "guard.all[1]",
          before: { "consent.sms": "granted" },
          after: null,
          class: "audience",
          line: 15,
          implication: { kind: "broader", witness: { holds: "after", facts: { "consent.sms": "denied" } } },
        },
        {
          ...attribute,
          path: "actions[0].text",
          before: "We sent an email.",
          after: "Please check your inbox.",
          class: "content",
          line: 21,
        },
      ],
      resembles: null,
    },
  ],
  workspaceChanges: [
    {
      path: "caps[0].max",
      before: 3,
      after: 5,
      class: "volume",
      file: "heed.yaml",
      line: 51,
      implication: null,
      rules: ["cart-push", "welcome-2"],
    },
    {
      path: "templates/cart",
      before: "Hi {{ name }}",
      after: "Hello | you",
      class: "content",
      file: "templates/cart.liquid",
      line: 1,
      implication: null,
      rules: ["cart-push"],
    },
  ],
  impact: {
    shared: [{ changed: "verification-sms", what: "cap", name: "marketing within 7d", rules: ["welcome-2"] }],
    dead: [],
    loops: [["a", "b"]],
    tests: [
      {
        rule: "verification-sms",
        cases: ["verification-sms › speaks"],
        covered: 3,
        uncovered: [{ path: "delay", file, line: 14 }],
      },
    ],
  },
  backtest,
  inFlight: [
    {
      rule: "verification-sms",
      onChange: "finish",
      finish: 212,
      migrate: 0,
      cancel: 0,
      pendingSends: 200,
      dueFrom: to + 60_000,
      dueTo: to + 900_000,
      eligibleAgain: 0,
    },
  ],
  risks: [
    {
      code: "PLN101",
      severity: "error",
      message: "verification-sms no longer asks for the same consent at `guard.all[1]`",
      help: "consent of the channel is asked of marketing alone",
      rule: "verification-sms",
      file,
      line: 15,
      waived: null,
    },
    {
      code: "PLN104",
      severity: "error",
      message: "for all rules: the cap is 5 marketing messages per contact within 7d, and was 3",
      help: null,
      rule: null,
      file: "heed.yaml",
      line: 51,
      waived: null,
    },
    {
      code: "PLN207",
      severity: "warning",
      message: "welcome-2, which is not part of this change, sends otherwise by sms: 1,904 newly stopped",
      help: "it shares the cap marketing within 7d with verification-sms",
      rule: "welcome-2",
      file: "leads/welcome-2.yaml",
      line: 2,
      waived: null,
    },
    {
      code: "PLN207",
      severity: "warning",
      message: "onboarding, which is not part of this change, sends otherwise by email: 2 newly stopped",
      help: "it shares the cap marketing within 7d with verification-sms",
      rule: "onboarding",
      file: "orders/onboarding.yaml",
      line: 2,
      waived: null,
    },
    {
      code: "PLN109",
      severity: "error",
      message: "cart-push looks like cart-text, renamed",
      help: "if it is the same rule, add moved: { from: cart-text }",
      rule: "cart-push",
      file: "orders/cart-push.yaml",
      line: 1,
      waived: "they are two rules",
    },
  ],
  notes: [
    "origin/main does not pass heed check (HEED301 in leads/old.yaml); 1 rule with errors is left out, and counts as new",
  ],
  gates: [{ failOn: "error", tripped: true }],
};

/** The same, where every text that somebody else wrote tries to be more than a text. */
export function hostilePlan(): Plan {
  const evil = [
    "<script>alert(1)</script>",
    "-->",
    "</details>",
    "@acme/everybody",
    "[click](https://evil.example)",
    "![x](https://evil.example/p.png)",
    "`code`",
    "```mermaid",
    "| cell |",
    "\n::error file=x::gone\r\n##[error]",
    "%0A::warning::x",
    "\u001b[2J\u202e",
    "end; Note over Plan: no #35;",
    "#1 GH-1 $x$ ~~no~~ **bold** \\",
  ].join(" ");
  const spoil = (value: unknown, key: string): unknown => {
    if (typeof value === "string") return open.has(key) ? `${value} ${evil}` : value;
    if (Array.isArray(value)) return value.map((entry: unknown) => spoil(entry, key));
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, spoil(inner, name)]));
  };
  const spoiled = spoil(samplePlan, "");
  if (!isPlan(spoiled)) throw new Error("no plan any more");
  return spoiled;
}

const open = new Set([
  "rule",
  "previous",
  "resembles",
  "file",
  "path",
  "before",
  "after",
  "message",
  "help",
  "waived",
  "notes",
  "what",
  "source",
  "channel",
  "text",
  "contact",
  "send",
  "name",
]);

function isPlan(value: unknown): value is Plan {
  return typeof value === "object" && value !== null && "ruleChanges" in value;
}
