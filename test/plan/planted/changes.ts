import type { ChangeClass, Difference, RuleChange } from "../../../src/plan/plan.ts";
import type { RiskCode } from "../../../src/rulebook/risk-codes.ts";
import { type Rules, plantedRules, withHouse, withModel } from "./model.ts";
import { edited, plantedFiles } from "./workspace.ts";

type Files = Readonly<Record<string, string>>;

/** A change as people make it, and what a reviewer must be told of it. */
export interface Planted {
  readonly name: string;
  readonly head: Files;
  /** The same change in plain code, for the recount. */
  readonly rules: Rules;
  /** By rule. */
  readonly changed: Readonly<
    Record<string, { readonly action: RuleChange["action"]; readonly classes: readonly ChangeClass[] }>
  >;
  /** By path in heed.yaml. */
  readonly workspace?: Readonly<Record<string, ChangeClass>>;
  /** Rules that a change of heed.yaml is meant for, in order. */
  readonly governed?: readonly string[];
  /** What the change says by itself, whatever was recorded. */
  readonly risks: readonly RiskCode[];
  /** Differences that must come about in the month, so that agreement means something: by rule, untouched ones too. */
  readonly expects: Readonly<Record<string, readonly Difference[]>>;
  readonly missingTypes?: readonly string[];
  /** Rules whose figures in head are not known. */
  readonly unknown?: readonly string[];
}

const base = plantedFiles;
const edit = (name: string, before: string, after: string): Files => edited(base, name, before, after);

function renamed(from: string, to: string, id: string, more: string): Files {
  const { [from]: text = "", ...others } = base;
  const before = /^rule: .*$/m.exec(text)?.[0] ?? "";
  return { ...others, [to]: text.replace(before, `rule: ${id}${more}`) };
}

/** A rule that comes or goes takes with it whom it speaks to, what it says, and by which channel. */
const ofAll = ["content", "audience", "volume", "route", "safety", "state"] as const;

export const plantedChanges: readonly Planted[] = [
  {
    name: "consent loosened for everybody",
    head: edit("heed.yaml", "consent: { sms: opt_in, email: opt_out }", "consent: { sms: opt_out, email: opt_out }"),
    rules: withHouse(plantedRules, { smsConsent: "opt_out" }),
    changed: {},
    workspace: { "consent.sms": "safety" },
    governed: ["cart", "news-click", "offer"],
    risks: ["PLN101"],
    expects: { cart: ["newly_released"], offer: ["newly_released"], "news-click": ["newly_released"] },
  },
  {
    name: "a rule's cap removed",
    head: edit("leads/offer.yaml", "caps:\n  - { max: 1, per: contact, channel: sms, within: 12h }\n", ""),
    rules: withModel(plantedRules, "offer", { caps: [] }),
    changed: { offer: { action: "update", classes: ["volume"] } },
    risks: ["PLN104"],
    expects: { offer: ["newly_released"], cart: ["newly_suppressed"] },
  },
  {
    name: "the cap over all rules raised",
    head: edit("heed.yaml", "{ max: 2, per: contact, channel: sms,", "{ max: 4, per: contact, channel: sms,"),
    rules: withHouse(plantedRules, { caps: [{ max: 4, hours: 72, channel: "sms" }] }),
    changed: {},
    workspace: { "caps[0].max": "volume" },
    governed: ["cart", "news-click", "offer"],
    risks: ["PLN104"],
    expects: { cart: ["newly_released"], offer: ["newly_released"] },
  },
  {
    name: "a delay below the race window",
    head: edit("account/verify-text.yaml", "delay: 15m", "delay: 30s"),
    rules: withModel(plantedRules, "verify-text", { delayMs: 30_000 }),
    changed: { "verify-text": { action: "update", classes: ["timing"] } },
    risks: ["PLN106"],
    expects: { "verify-text": ["newly_released", "retimed"] },
  },
  {
    name: "an event wired that nobody reports",
    head: edit("account/verify-text.yaml", "event: email.delivered", "event: email.processed"),
    rules: withModel(plantedRules, "verify-text", { triggers: ["email.processed"] }),
    changed: { "verify-text": { action: "update", classes: ["audience"] } },
    risks: ["PLN105", "PLN301"],
    expects: { "verify-text": ["removed"] },
    missingTypes: ["email.processed"],
    unknown: ["verify-text"],
  },
  {
    name: "the wrong event wired",
    head: edit("orders/receipt.yaml", "event: Order Completed", "event: Checkout Started"),
    rules: withModel(plantedRules, "receipt", { triggers: ["Checkout Started"] }),
    changed: { receipt: { action: "update", classes: ["audience"] } },
    risks: ["PLN105"],
    expects: { receipt: ["added", "removed"] },
  },
  {
    name: "a rule renamed without saying so",
    head: renamed("account/welcome.yaml", "account/hello.yaml", "hello", ""),
    rules: withModel(plantedRules, "welcome", { id: "hello", logical: "hello" }),
    changed: {
      hello: { action: "create", classes: ofAll },
      welcome: { action: "delete", classes: ofAll },
    },
    risks: ["PLN109"],
    expects: { hello: ["added"], welcome: ["removed"] },
  },
  {
    name: "a rule renamed with moved",
    head: renamed("account/welcome.yaml", "account/hello.yaml", "hello", "\nmoved: { from: welcome }"),
    rules: plantedRules,
    changed: { hello: { action: "move", classes: ["state"] } },
    risks: [],
    expects: {},
  },
  {
    name: "other words for the same",
    head: edited(
      edit("account/verify-text.yaml", "delay: 15m", "delay: 900s # a quarter of an hour"),
      "leads/offer.yaml",
      "description: Make an offer",
      "description: Make a good offer",
    ),
    rules: plantedRules,
    changed: {
      "verify-text": { action: "update", classes: ["cosmetic"] },
      offer: { action: "update", classes: ["cosmetic"] },
    },
    risks: [],
    expects: {},
  },
  {
    name: "a guard broadened",
    head: edit("leads/news.yaml", "contact.plan: pro", "contact.plan: { in: [pro, team] }"),
    rules: withModel(plantedRules, "news", {
      guard: ({ traits }) => ["pro", "team"].includes(traits.get("plan") ?? ""),
    }),
    changed: { news: { action: "update", classes: ["audience"] } },
    risks: ["PLN105"],
    expects: { news: ["newly_released"] },
  },
  {
    name: "a stop removed",
    head: edit("orders/cart.yaml", "stop_on:\n  - event: Order Completed\n    same: data.cart_id\n", ""),
    rules: withModel(plantedRules, "cart", { stops: [] }),
    changed: { cart: { action: "update", classes: ["safety"] } },
    risks: ["PLN102"],
    expects: { cart: ["newly_released", "newly_suppressed"], offer: ["newly_suppressed"] },
  },
  {
    name: "quiet hours removed",
    head: edit("heed.yaml", '    quiet_hours: { from: "21:00", to: "08:00" }\n', ""),
    rules: withHouse(plantedRules, { quiet: null }),
    changed: {},
    workspace: { "channels.sms.quiet_hours": "timing" },
    governed: ["cart", "news-click", "offer"],
    risks: ["PLN103"],
    expects: { cart: ["retimed"], offer: ["retimed"] },
  },
  {
    name: "a text sent as a mail",
    head: edit("orders/shipped.yaml", "send: sms", "send: email\n    subject: On its way"),
    rules: withModel(plantedRules, "shipped", { channels: ["email"] }),
    changed: { shipped: { action: "update", classes: ["content", "route"] } },
    risks: [],
    expects: { shipped: ["rerouted"] },
  },
  {
    name: "a mail for whom no text reaches",
    head: edit("leads/offer.yaml", "send: sms", "send: [sms, email]\n    subject: Half of your first year"),
    rules: withModel(plantedRules, "offer", { channels: ["sms", "email"] }),
    changed: { offer: { action: "update", classes: ["content", "route"] } },
    risks: [],
    expects: { offer: ["newly_released"] },
  },
  {
    name: "a text that becomes two",
    head: edit("orders/shipped.yaml", "and change the day.", "and change the day on which we bring it."),
    rules: withModel(plantedRules, "shipped", {
      text: (_event, { traits }) =>
        `Hi ${traits.get("first_name") ?? "there"}, your order has left our warehouse and will be with you soon. ` +
        "You can follow it at https://acme.example/o and change the day on which we bring it.",
    }),
    changed: { shipped: { action: "update", classes: ["content"] } },
    risks: ["PLN204"],
    expects: { shipped: ["recontent"] },
  },
  {
    name: "a wider trigger that takes others' places",
    head: edit("leads/offer.yaml", "  where: { contact.plan: free }\n", ""),
    rules: withModel(plantedRules, "offer", { where: () => true }),
    changed: { offer: { action: "update", classes: ["audience"] } },
    risks: ["PLN105"],
    expects: { offer: ["added"], cart: ["newly_suppressed"] },
  },
  {
    name: "a new rule that matches nothing",
    head: {
      ...base,
      "account/goodbye.yaml": `rule: goodbye
description: Say goodbye.
owner: growth-ops
class: transactional
trigger:
  event: Order Shipped
  where: { event.data.cart_id: none }
actions:
  - { send: email, subject: Goodbye, text: Goodbye. }
`,
    },
    rules: plantedRules,
    changed: { goodbye: { action: "create", classes: ofAll } },
    risks: ["PLN301"],
    expects: {},
  },
  {
    name: "a new rule for an event that never came",
    head: {
      ...base,
      "account/goodbye.yaml": `rule: goodbye
description: Say goodbye.
owner: growth-ops
class: transactional
trigger:
  event: Account Closed
actions:
  - { send: email, subject: Goodbye, text: Goodbye. }
`,
    },
    rules: plantedRules,
    changed: { goodbye: { action: "create", classes: ofAll } },
    risks: ["PLN301"],
    expects: {},
    missingTypes: ["Account Closed"],
    unknown: ["goodbye"],
  },
];
