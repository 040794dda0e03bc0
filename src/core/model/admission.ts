import type { CanonicalEvent } from "./event.ts";
import type { Json } from "./json.ts";

/** What an event of people's own systems lacks, and where. The message never quotes a value. */
export interface Lack {
  readonly path: readonly string[];
  readonly message: string;
}

/** What a lack of each is called, at whatever door. */
export const NO_SOURCE = "is missing: a consent that is granted names where it was given, such as checkout";
export const NO_WORDING = "is missing: a consent that is granted has the words that the contact agreed to";
const NO_CHANNEL = "is missing: a consent is for one channel, such as sms or email";

/** Marketing stands on a consent, so one that is granted comes with its proof; an objection needs none, but a channel. */
export function missingProof({
  event_type: type,
  channel,
  data = {},
}: Partial<CanonicalEvent> & Pick<CanonicalEvent, "event_type">): readonly Lack[] {
  if (type !== "consent.granted" && type !== "consent.denied") return [];
  const lacks: Lack[] = [];
  const ask = (name: string, value: Json | undefined, message: string): void => {
    if (!saysSomething(value)) lacks.push({ path: ["data", name], message });
  };
  ask("channel", data["channel"] ?? channel, NO_CHANNEL);
  if (type === "consent.granted") {
    ask("source", data["source"], NO_SOURCE);
    ask("wording", data["wording"], NO_WORDING);
  }
  return lacks;
}

/** Whether it is a text in which somebody can read a word: spaces of no width and the like prove nothing. */
export function saysSomething(value: Json | undefined): boolean {
  return typeof value === "string" && /[\p{L}\p{N}]/u.test(value.replace(/\p{Default_Ignorable_Code_Point}/gu, ""));
}

/**
 * Whether an event of this name lifts a silence, joins two contacts or erases one. A vendor's own report may say so, and
 * whoever has the API token; a system that only sends what happened may not, since a word of a shop's that is mapped wrong
 * would speak to those who said STOP. What silences is heard from everybody.
 */
export function takesBackOrEnds(type: string): boolean {
  return /^(?:(?:sms|push|voice|email)\.(?:opted_in|resubscribed)|contact\.(?:erased|merged))$/.test(type);
}
