import type { JsonObject } from "../../../src/core/model/json.ts";
import type { OutgoingMessage } from "../../../src/core/model/outgoing.ts";
import { type Draws, drawsOf } from "./draws.ts";
import type { Person } from "./people.ts";

/** Something that happens, told by whoever sees it: the application, the mail vendor, the carrier. */
export interface Act {
  readonly type: string;
  readonly by: "app" | "mail" | "carrier";
  /** Milliseconds after midnight UTC of the day, or after the message that it answers. */
  readonly after: number;
  readonly data: JsonObject;
  /** The message that it speaks of: ours by its intent, another system's by whatever name that gave it. */
  readonly message?: string;
  /** Names addresses as well, as the first word about a person does. */
  readonly introduces?: true;
}

/** What people do, as a function of who they are: the same person does the same in every month with the same seed. */
export interface Behaviour {
  /** What one does of one's own accord on a day; `day` counts from 0, which is when everybody is heard of first. */
  acts(person: Person, day: number, draws: Draws): readonly Act[];
  /** What comes of a message that was really sent. */
  reacts(person: Person, message: OutgoingMessage, draws: Draws): readonly Act[];
}

export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** The first word about somebody, and what they agreed to, said at sign-up. `status` and more go with the traits. */
export function introduction(person: Person, after: number, traits: JsonObject): readonly Act[] {
  const { firstName, zone, language, plan, consents } = person;
  const known = { ...(firstName !== null && { first_name: firstName }), time_zone: zone, language, plan, ...traits };
  const said = (channel: string, state: "granted" | "denied", later: number): Act => ({
    type: `consent.${state}`,
    by: "app",
    after: after + later,
    data: { channel, class: "marketing", source: "sign-up form", wording: "Send me news by text and email." },
  });
  return [
    { type: "contact.identified", by: "app", after, data: { traits: known }, introduces: true },
    ...(consents.sms ? [said("sms", "granted", 40)] : []),
    ...(consents.email === "unsaid" ? [] : [said("email", consents.email, 80)]),
  ];
}

/** What becomes of a mail: it comes back, or is delivered, looked at by machines, opened, clicked, complained about. */
function mailReactions({ eager, deadMailbox, scanned }: Person, message: string, draws: Draws): readonly Act[] {
  const told = (type: string, after: number, data: JsonObject = {}): Act => ({
    type,
    by: "mail",
    after,
    data,
    message,
  });
  if (deadMailbox) return [told("email.bounced", draws.between(2, 90) * SECOND, { reason: "no such mailbox" })];
  const delivered = draws.between(1, 120) * SECOND + draws.between(0, 999);
  const acts = [told("email.delivered", delivered)];
  if (scanned) {
    acts.push(told("email.opened", delivered + draws.between(300, 2_000), { machine: true }));
    acts.push(told("email.clicked", delivered + draws.between(2_100, 4_000), { machine: true, url: NEWS_URL }));
  }
  if (!draws.chance(0.2 + 0.5 * eager)) return acts;
  const opened = delivered + minutesOf(draws, 12 * 60);
  acts.push(told("email.opened", opened));
  if (draws.chance(0.05)) acts.push(told("email.opened", opened + minutesOf(draws, 300)));
  const second = opened + draws.between(4, 240) * SECOND + draws.between(0, 999);
  if (draws.chance(0.3 * eager)) acts.push(told("email.clicked", second, { url: NEWS_URL }));
  else if (draws.chance(0.01)) acts.push(told("email.unsubscribed", second));
  else if (draws.chance(0.002)) acts.push(told("email.complained", second));
  return acts;
}

const NEWS_URL = "https://acme.example/news";

/** What becomes of a text: reported by the carrier, answered by a person. Answers name no message, as they never do. */
function textReactions({ eager }: Person, message: string, draws: Draws): readonly Act[] {
  const delivered = draws.between(1, 20) * SECOND + draws.between(0, 999);
  const acts: Act[] = [{ type: "sms.sent", by: "carrier", after: draws.between(200, 900), data: {}, message }];
  const fails = draws.chance(0.015);
  acts.push({ type: fails ? "sms.undelivered" : "sms.delivered", by: "carrier", after: delivered, data: {}, message });
  if (fails) return acts;
  const answered = delivered + minutesOf(draws, 240);
  const said = (text: string): Act => ({ type: "sms.received", by: "carrier", after: answered, data: { text } });
  if (draws.chance(0.012)) acts.push(said(draws.pick(["STOP", "stop", "Stop."])));
  else if (draws.chance(0.06 * eager)) acts.push(said(draws.pick(["Thanks, I will look at it.", "Who is this?"])));
  return acts;
}

/** Mostly soon, seldom late: up to the most, in minutes, to the millisecond. */
export function minutesOf(draws: Draws, most: number): number {
  return Math.floor(draws.fraction() ** 4 * most * MINUTE) + draws.between(500, 5_999);
}

/** The reactions to whatever reaches a contact. */
export function usualReactions(person: Person, message: OutgoingMessage, draws: Draws): readonly Act[] {
  if (message.kind === "email") return mailReactions(person, message.intentId, draws);
  return message.kind === "sms" ? textReactions(person, message.intentId, draws) : [];
}

/** What the whole of a person's days draws from. */
export function drawsOfDay(seed: number, person: Person, day: number): Draws {
  return drawsOf(seed, "day", day, person.number);
}
