import { isE164, normalizeEmail } from "../core/model/address.ts";
import type { Json, JsonObject } from "../core/model/json.ts";
import { mayBeOptOut, optOutKeyword } from "../core/model/opt-out-keywords.ts";
import { isJsonArray, isJsonObject } from "../core/model/parse-json.ts";
import { isIdentifying, isPersonal } from "../ledger/pseudonyms.ts";

/** Who and what a test case tells of in the place of somebody real: the same for the same, and nobody's. */
export interface Fiction {
  /** An id of a contact, a message or anything else that `kind` names. */
  id(kind: string, text: string): string;
  phone(text: string): string;
  email(text: string): string;
  push(text: string): string;
  /** What an event or a contact says under a name. */
  value(name: string, value: Json): Json;
}

export function createFiction(): Fiction {
  const known = new Map<string, string>();
  const counts = new Map<string, number>();
  /** `make` gets a number that counts from 1 for each kind. */
  const other = (kind: string, text: string, make: (number: number) => string): string => {
    const before = known.get(`${kind} ${text}`);
    if (before !== undefined) return before;
    const number = (counts.get(kind) ?? 0) + 1;
    counts.set(kind, number);
    const made = make(number);
    known.set(`${kind} ${text}`, made);
    return made;
  };
  const id = (kind: string, text: string): string => other(kind, text, (number) => `${kind}-${number}`);
  // Numbers that are kept free for stories like this.
  const phone = (text: string): string =>
    other("phone", text, (number) => `+1202555${String(100 + ((number - 1) % 100)).padStart(4, "0")}`);
  const email = (text: string): string => other("email", text, (number) => `person-${number}@example.com`);

  const text = (name: string, said: string): string => {
    if (isE164(said)) return phone(said);
    const address = said.includes("@") ? normalizeEmail(said) : null;
    if (address !== null) return email(address);
    // What may end something is said as it was, in words that do not tell who.
    if (said === "" || optOutKeyword(said, []) !== null) return said;
    if (isPersonal(name)) return other("name", said, (number) => `Person ${number}`);
    if (isIdentifying(name)) return id(name.replace(/[^a-z]*(?:id|key)$/i, "").toLowerCase() || "id", said);
    if (/^https?:\/\//.test(said)) return said.replace(/[?#].*$/s, "").replace(/\/\/[^@/]*@/, "//");
    if (WORD.test(said)) return said;
    return mayBeOptOut(said, []) ? "please stop texting me" : other("text", said, (number) => `some words ${number}`);
  };
  const value = (name: string, said: Json): Json => {
    if (isJsonArray(said)) return said.map((each) => value(name, each));
    if (isJsonObject(said)) return fields(said);
    if (typeof said === "number") return isPersonal(name) || isIdentifying(name) ? 1 : said;
    return typeof said === "string" ? text(name, said) : said;
  };
  const fields = (said: JsonObject): JsonObject =>
    Object.fromEntries(Object.entries(said).map(([name, each]) => [name, value(name, each)]));
  return { id, phone, email, push: (token) => id("device-token-of-person", token), value };
}

/** What rules compare: plans, states, countries, moments. */
const WORD = /^[\p{L}\p{N}_.:+/-]{1,64}$/u;
