import type { CanonicalEvent } from "../../../src/core/model/event.ts";

/** What is known of a contact at a moment, as far as the planted rules ask. */
export interface Known {
  readonly traits: ReadonlyMap<string, string>;
  readonly consent: ReadonlyMap<string, "granted" | "denied">;
}

type Channel = "email" | "sms";

/** A rule in plain code: what its YAML means, written down a second time by hand. */
export interface Model {
  readonly id: string;
  /** What it goes by in both revisions: another name only where it is the same rule by `moved`. */
  readonly logical: string;
  readonly class: "transactional" | "marketing";
  /** In order of preference. */
  readonly channels: readonly [Channel, ...Channel[]];
  readonly triggers: readonly string[];
  where(event: CanonicalEvent, known: Known): boolean;
  /** One run at a time for a contact, or one for each event. */
  readonly reentry: "one" | "each";
  readonly delayMs: number;
  readonly stops: readonly Stop[];
  guard(known: Known): boolean;
  /** Of this rule's own texts, per contact. */
  readonly caps: readonly { readonly max: number; readonly hours: number; readonly channel: Channel }[];
  text(event: CanonicalEvent, known: Known): string;
}

export interface Stop {
  readonly types: readonly string[];
  same(trigger: CanonicalEvent, event: CanonicalEvent): boolean;
}

/** What holds over all rules. */
export interface House {
  readonly caps: readonly { readonly max: number; readonly hours: number; readonly channel: Channel }[];
  /** Hours of the day in which marketing texts wait. */
  readonly quiet: { readonly from: number; readonly to: number } | null;
  readonly smsConsent: "opt_in" | "opt_out";
  readonly emailConsent: "opt_in" | "opt_out";
}

export interface Rules {
  readonly models: readonly Model[];
  readonly house: House;
}

const sameMessage = (trigger: CanonicalEvent, event: CanonicalEvent): boolean =>
  trigger.message_id !== undefined && trigger.message_id === event.message_id;
const sameCart = (trigger: CanonicalEvent, event: CanonicalEvent): boolean =>
  trigger.data["cart_id"] !== undefined && trigger.data["cart_id"] === event.data["cart_id"];

const MINUTE = 60_000;
const always = (): boolean => true;
const nameOf = ({ traits }: Known): string => traits.get("first_name") ?? "there";
/** A text of a payload; empty where there is none. */
export const textOf = ({ data }: CanonicalEvent, name: string): string => {
  const value = data[name];
  return typeof value === "string" ? value : "";
};

const plain = (id: string): Omit<Model, "channels" | "triggers" | "text"> => ({
  id,
  logical: id,
  class: "transactional",
  where: always,
  reentry: "one",
  delayMs: 0,
  stops: [],
  guard: always,
  caps: [],
});

/** The rules of `workspace.ts`. */
export const plantedRules: Rules = {
  house: {
    caps: [{ max: 2, hours: 72, channel: "sms" }],
    quiet: { from: 21, to: 8 },
    smsConsent: "opt_in",
    emailConsent: "opt_out",
  },
  models: [
    {
      ...plain("welcome"),
      channels: ["email"],
      triggers: ["Signed Up"],
      text: (_event, known) => `Hi ${nameOf(known)}, good to have you.`,
    },
    {
      ...plain("verify-text"),
      channels: ["sms"],
      triggers: ["email.delivered"],
      where: ({ data }) => data["template"] === "account-verification",
      delayMs: 15 * MINUTE,
      stops: [{ types: ["email.opened", "email.clicked"], same: sameMessage }],
      guard: ({ traits }) => traits.get("status") !== "verified",
      caps: [{ max: 1, hours: 24, channel: "sms" }],
      text: () => "We sent you an email. Please open it to verify your account.",
    },
    {
      ...plain("receipt"),
      channels: ["email"],
      triggers: ["Order Completed"],
      text: (event, known) => `Hi ${nameOf(known)}, we have your order ${textOf(event, "cart_id")}.`,
    },
    {
      ...plain("shipped"),
      channels: ["sms"],
      triggers: ["Order Shipped"],
      reentry: "each",
      delayMs: 6 * MINUTE,
      text: (_event, known) =>
        `Hi ${nameOf(known)}, your order has left our warehouse and will be with you soon. ` +
        "You can follow it at https://acme.example/o and change the day.",
    },
    {
      ...plain("cart"),
      class: "marketing",
      channels: ["sms"],
      triggers: ["Checkout Started"],
      reentry: "each",
      delayMs: 60 * MINUTE,
      stops: [{ types: ["Order Completed"], same: sameCart }],
      caps: [{ max: 1, hours: 48, channel: "sms" }],
      text: () => "Your cart is waiting at https://acme.example/cart. Reply STOP to opt out.",
    },
    {
      ...plain("offer"),
      class: "marketing",
      channels: ["sms"],
      triggers: ["Guide Read"],
      where: (_event, { traits }) => traits.get("plan") === "free",
      delayMs: 10 * MINUTE,
      caps: [{ max: 1, hours: 12, channel: "sms" }],
      text: () => "Half of your first year is on us: https://acme.example/offer. Reply STOP to opt out.",
    },
    {
      ...plain("news"),
      class: "marketing",
      channels: ["email"],
      triggers: ["Price Dropped"],
      guard: ({ traits }) => traits.get("plan") === "pro",
      caps: [{ max: 1, hours: 24, channel: "email" }],
      text: (event) => `${textOf(event, "product")} costs less now: https://acme.example/news`,
    },
    {
      ...plain("news-click"),
      class: "marketing",
      channels: ["sms"],
      triggers: ["email.clicked"],
      where: (event) => textOf(event, "url").toLowerCase().includes("/news"),
      delayMs: 20 * MINUTE,
      caps: [{ max: 1, hours: 24, channel: "sms" }],
      text: () => "Still thinking it over? We can talk: https://acme.example/talk. Reply STOP to opt out.",
    },
  ],
};

/** The rules with one of them changed, or, for null, without it. */
export function withModel(rules: Rules, id: string, change: Partial<Model> | null): Rules {
  if (!rules.models.some((model) => model.id === id)) throw new Error(`expected a model ${id}`);
  const models = rules.models.flatMap((model) =>
    model.id !== id ? [model] : change === null ? [] : [{ ...model, ...change }],
  );
  return { ...rules, models };
}

export function withHouse(rules: Rules, change: Partial<House>): Rules {
  return { ...rules, house: { ...rules.house, ...change } };
}
