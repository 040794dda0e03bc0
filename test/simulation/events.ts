import { addressKey } from "../../src/core/model/identity.ts";
import type { Json, JsonObject } from "../../src/core/model/json.ts";
import { type Chance, chanceOf } from "./chance.ts";
import type { Fault } from "./faults.ts";
import { erases, merges, type Told, visits } from "./identity-stories.ts";
import { type Person, personOf } from "./people.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** Something that happens to somebody, with all that sources say of it. */
export interface PlannedEvent {
  readonly number: number;
  readonly posts: readonly Post[];
}

/** One request of a source, or one entry that another system writes into the stream. */
export type Post = { readonly at: number } & (
  | { readonly by: "api"; readonly events: readonly JsonObject[] }
  | { readonly by: "sendgrid"; readonly elements: readonly Json[] }
  | { readonly by: "twilio"; readonly query: string; readonly form: Readonly<Record<string, string>> }
  | { readonly by: "stream"; readonly id: string; readonly key: string; readonly body: string }
) & {
    /** What goes wrong with it. */
    readonly suffers?: Fault;
    /** What is durable once it was acknowledged: the key of the document and of the event. */
    readonly expects: readonly Expected[];
  };

export interface Expected {
  readonly key: string;
  readonly event: string;
}

interface Setting {
  readonly seed: number;
  readonly count: number;
  readonly people: number;
  readonly span: number;
  readonly start: number;
  readonly faults: ReadonlyMap<Fault, number>;
}

/** One story at a time, each from a stream of its own. */
interface Telling {
  readonly chance: Chance;
  readonly number: number;
  readonly who: Person;
  readonly at: number;
  readonly faults: ReadonlyMap<Fault, number>;
  /** Counts what this story has told, so that every event has an id. */
  told: number;
}

export function planEvents({ seed, count, people, span, start, faults }: Setting): readonly PlannedEvent[] {
  const habits = chanceOf(seed, "habits");
  // Many things at one moment: what shows who counts without looking.
  const grid = habits.pick([1, 1, 10 * MINUTE, HOUR]);
  return Array.from({ length: count }, (_, number) => {
    const chance = chanceOf(seed, "event", number);
    const introduces = number < people && number < count / 2;
    const moment = introduces ? chance.between(0, span / 10) : chance.between(0, span);
    const telling: Telling = {
      chance,
      number,
      who: personOf(seed, introduces ? number : chance.between(0, people - 1)),
      at: start + Math.floor(moment / grid) * grid,
      faults,
      told: 0,
    };
    const tell = introduces ? introduce : chance.pick(STORIES);
    return { number, posts: [...tell(telling), ...nonsense(telling)] };
  });
}

type Story = (telling: Telling) => readonly Post[];

const introduce: Story = (telling) => {
  const { chance, who } = telling;
  const traits = {
    first_name: who.firstName,
    time_zone: who.zone,
    plan: chance.pick(["free", "pro"]),
    parts: chance.between(0, 2),
    ...(chance.happens(0.2) && { nickname: "Nobody" }),
    ...(chance.happens(0.7) && { account_id: `a${who.id}` }),
  };
  const address = chance.pick([
    { email: who.email, phone: who.phone },
    { email: who.email, phone: who.phone },
    { phone: who.phone },
    { email: who.email },
  ]);
  const consents = (["sms", "email"] as const)
    .filter(() => chance.happens(0.8))
    .map((channel) => ({
      event_type: "consent.granted",
      contact_id: who.id,
      data: { channel, source: "form", wording: "Write to me." },
    }));
  return [
    api(telling, [{ event_type: "contact.identified", contact_id: who.id, address, data: { traits } }, ...consents]),
  ];
};

const consent: Story = (telling) => {
  const { chance, who } = telling;
  const data = { channel: chance.pick(["sms", "email"]), source: "form", wording: "Write to me." };
  return [api(telling, [{ event_type: chance.pick(["consent.granted", "consent.denied"]), contact_id: who.id, data }])];
};

const change: Story = (telling) => {
  const { chance, who } = telling;
  const traits = chance.pick<JsonObject>([
    { status: "verified" },
    { status: "customer" },
    { plan: "pro" },
    { parts: 0 },
  ]);
  return [api(telling, [{ event_type: "contact.updated", contact_id: who.id, data: { traits } }])];
};

/** A new address, which somebody else may have had. */
const move: Story = (telling) => {
  const { chance, who, number } = telling;
  const phone = chance.happens(0.5) ? `+1202555${String(1_150 + (number % 40))}` : who.phone;
  const email = chance.happens(0.5) ? `zanzibar-new-${number}@canary.example` : who.email;
  const traits = { first_name: who.firstName };
  return [
    api(telling, [
      { event_type: "contact.identified", contact_id: who.id, address: { phone, email }, data: { traits } },
    ]),
  ];
};

/** A stranger is spoken to, and says meanwhile who they are. */
const meet: Story = (telling) => {
  const { chance, who, at, number } = telling;
  const phone = `+1202555${String(1_190 + (number % 10))}`;
  const failed = { event_type: "Payment Failed", address: { phone }, data: { amount: number } };
  const data = { traits: { first_name: who.firstName } };
  const known = { event_type: "contact.identified", contact_id: who.id, address: { phone }, data };
  const later = { ...telling, at: at + chance.between(0, 2_000), told: 1 };
  return [api(telling, [failed]), api(later, [known])];
};

/** Out of a rule and back into it, sooner than it lets anybody. */
const comeBack: Story = (telling) => {
  const { who, at, number } = telling;
  const steps = [
    ["Trial Started", { plan: "free" }, 0],
    ["Order Completed", { order_id: `order-${number}` }, 10 * MINUTE],
    ["Trial Started", { plan: "pro" }, HOUR],
  ] as const;
  return steps.map(([event_type, data, later], told) =>
    api({ ...telling, at: at + later, told }, [{ event_type, contact_id: who.id, data }]),
  );
};

/** Nobody opened the mail, and nobody needs to any more. */
const verify: Story = (telling) => {
  const { who, at, number, chance } = telling;
  const delivered = sendgrid(telling, at, "delivered", `mail-${number}`, { template: "account-verification" });
  const data = { traits: { status: "verified" } };
  const later = at + chance.between(0, 14 * MINUTE);
  return [delivered, api({ ...telling, at: later }, [{ event_type: "contact.updated", contact_id: who.id, data }])];
};

/** What your own systems say, under whatever identity they know. */
function product(type: string, data: (telling: Telling, index: number) => JsonObject, most = 1): Story {
  return (telling) => {
    const { chance, who, at } = telling;
    return Array.from({ length: chance.between(1, most) }, () => {
      const identity = chance.pick<JsonObject>([
        { contact_id: who.id },
        { contact_id: who.id },
        { contact_id: who.id, address: { email: who.email, phone: who.phone } },
        { address: { email: who.email } },
        { address: { phone: who.phone } },
        { address: { email: who.email, phone: who.phone } },
      ]);
      const later = telling.told === 0 ? 0 : chance.between(0, 40 * MINUTE);
      const event = { event_type: type, ...identity, data: data(telling, telling.told) };
      return api({ ...telling, at: at + later, told: (telling.told += 1) }, [event]);
    });
  };
}

const stale: Story = (telling) => {
  const { who, at } = telling;
  const occurred_at = new Date(at - 30 * HOUR).toISOString();
  return [api(telling, [{ event_type: "Survey Due", contact_id: who.id, occurred_at, data: {} }])];
};

/** A mail that somebody else sent, and what became of it. */
const mail: Story = (telling) => {
  const { chance, at } = telling;
  const message = `mail-${telling.number}`;
  const template = chance.pick(["account-verification", "account-verification", "newsletter"]);
  const delivered = sendgrid(telling, at, "delivered", message, { template });
  if (chance.happens(0.5)) return [delivered];
  const opened = sendgrid(telling, at + chance.between(0, 20 * MINUTE), "open", message, { template });
  return chance.happens(0.2) ? [opened, delivered] : [delivered, opened];
};

const click: Story = (telling) => {
  const url = telling.chance.pick(["https://acme.example/guides/1", "https://acme.example/pricing"]);
  return [sendgrid(telling, telling.at, "click", `mail-${telling.number}`, { url })];
};

const mailTrouble: Story = (telling) => {
  const [name, more] = telling.chance.pick<readonly [string, JsonObject]>([
    ["bounce", { type: "bounce" }],
    ["bounce", { type: "blocked" }],
    ["spamreport", {}],
    ["unsubscribe", {}],
    ["group_resubscribe", {}],
  ]);
  return [sendgrid(telling, telling.at, name, `mail-${telling.number}`, more)];
};

export const STOP_TEXTS = ["STOP", "Stop.", " s t o p ", "baja"];
export const START_TEXTS = ["start", "UNSTOP!"];
const REPLIES = ["hello there", "stop by tomorrow?", "YES", "help", "who is this"];

const text: Story = (telling) => {
  const { chance } = telling;
  const body = chance.pick(chance.pick([STOP_TEXTS, START_TEXTS, REPLIES, REPLIES]));
  return [chance.happens(0.7) ? twilioText(telling, body) : apiText(telling, body)];
};

const stopThenStart: Story = (telling) => {
  const { chance, at } = telling;
  const [first, second] = [twilioText(telling, "STOP"), twilioText({ ...telling, told: 1 }, chance.pick(START_TEXTS))];
  return [first, { ...second, at: at + chance.between(0, 10 * MINUTE) }];
};

/** A story of who is who, one request after the other. */
function inTurn(tell: (teller: Telling) => readonly Told[]): Story {
  return (telling) =>
    tell(telling).map(({ afterMs, event }, told) => api({ ...telling, at: telling.at + afterMs, told }, [event]));
}

const STORIES: readonly Story[] = [
  introduce,
  consent,
  consent,
  change,
  change,
  move,
  ...times(5, meet),
  ...times(2, comeBack),
  ...times(2, verify),
  ...[merges, merges, visits, visits, erases, erases].map(inTurn),
  stale,
  ...times(5, mail),
  ...times(4, click),
  ...times(4, text),
  stopThenStart,
  mailTrouble,
  ...times(
    3,
    product("Trial Started", ({ chance }) => ({ plan: chance.pick(["free", "pro"]) })),
  ),
  ...times(
    3,
    product("Cart Updated", ({ number }) => ({ cart_id: `cart-${number}` }), 4),
  ),
  ...times(
    3,
    product("Order Completed", ({ number }, index) => ({ order_id: `order-${number}-${index}` }), 2),
  ),
  ...times(
    3,
    product("Payment Failed", ({ number }) => ({ amount: number }), 3),
  ),
  ...times(
    3,
    product("Survey Due", () => ({}), 3),
  ),
];

function times<T>(count: number, item: T): readonly T[] {
  return Array.from({ length: count }, () => item);
}

function api(telling: Telling, events: readonly JsonObject[]): Post {
  const { number, at, told, faults, chance } = telling;
  const late = chance.happens(faults.get("source.late") ?? 0);
  const occurred_at = new Date(late ? at - chance.between(0, HOUR) : at).toISOString();
  const complete: readonly JsonObject[] = events.map((event, index) => ({
    event_id: `e${number}.${told}.${index}`,
    occurred_at,
    ...event,
  }));
  const expects = complete.map((event) => expectedOf(event));
  return { at, by: "api", events: complete, expects, ...(late && { suffers: "source.late" }) };
}

/** What your own systems say, at the moment at which it happened. */
export function said(at: number, event: JsonObject & { readonly event_id: string }): Post {
  const whole = { occurred_at: new Date(at).toISOString(), ...event };
  return { at, by: "api", events: [whole], expects: [expectedOf(whole)] };
}

function expectedOf(event: JsonObject): Expected {
  const { contact_id: contact, address, event_id: id } = event;
  const read = (name: string): string | null => {
    const value: unknown = typeof address === "object" && address !== null ? Reflect.get(address, name) : null;
    return typeof value === "string" ? value : null;
  };
  const [email, phone] = [read("email"), read("phone")];
  const anonymous: unknown = Reflect.get(Object(event["data"]), "anonymous_id");
  const key =
    typeof contact === "string"
      ? `id:${contact}`
      : email !== null
        ? addressKey("email", email)
        : phone !== null
          ? addressKey("phone", phone)
          : `anon:${String(anonymous)}`;
  return { key, event: `api:${typeof id === "string" ? id : ""}` };
}

function sendgrid(telling: Telling, at: number, name: string, message: string, more: JsonObject): Post {
  const { who, number, chance, faults } = telling;
  telling.told += 1;
  const id = `sg${number}.${telling.told}`;
  const knowsId = chance.happens(0.6);
  const element = {
    email: who.email,
    timestamp: Math.floor(at / 1_000),
    event: name,
    sg_event_id: id,
    sg_message_id: `${message}.recvd`,
    ...(knowsId && { contact_id: who.id }),
    ...more,
  };
  const unknown = { email: who.email, event: "levitated", sg_event_id: `${id}-nonsense` };
  const unreadable = chance.happens(faults.get("source.unreadable_part") ?? 0);
  return {
    at,
    by: "sendgrid",
    elements: unreadable ? [unknown, element] : [element],
    ...(unreadable && { suffers: "source.unreadable_part" }),
    expects: [{ key: knowsId ? `id:${who.id}` : addressKey("email", who.email), event: `sendgrid:${id}` }],
  };
}

/** What another system writes into the stream by mistake. */
function nonsense({ chance, faults, who, number, at }: Telling): readonly Post[] {
  if (!chance.happens(faults.get("stream.malformed") ?? 0)) return [];
  const body = chance.pick(["{", "[]", '"zanzibar"', ""]);
  const post = { at, by: "stream", id: `nonsense-${number}`, key: `id:${who.id}`, body, expects: [] } as const;
  return [{ ...post, suffers: "stream.malformed" }];
}

function twilioText({ who, number, told, at }: Telling, body: string): Post {
  const sid = `SM${number}x${told}`;
  return {
    at,
    by: "twilio",
    query: "",
    form: { MessageSid: sid, From: who.phone, To: "+12025550100", Body: body, NumMedia: "0" },
    expects: [{ key: addressKey("phone", who.phone), event: `twilio:${sid}` }],
  };
}

function apiText(telling: Telling, body: string): Post {
  const event = { event_type: "sms.received", address: { phone: telling.who.phone }, data: { text: body } };
  return api(telling, [telling.chance.happens(0.3) ? { ...event, contact_id: telling.who.id } : event]);
}
