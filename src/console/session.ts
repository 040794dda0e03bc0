import { createHash, createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { Clock } from "../core/model/clock.ts";

/** A viewer reads all pages; an operator may change what runs, too. */
export type ConsoleRole = "viewer" | "operator";

export interface Session {
  readonly role: ConsoleRole;
  /** Who it is, in their own words: stands in the account of what they do. The role, where nobody said. */
  readonly actor: string;
  /** Names the session, and says no more of it. */
  readonly id: string;
  /** Epoch milliseconds. */
  readonly until: number;
  /** Stands in every form: who has only the cookie, as another site's form has, does not know it. */
  readonly csrf: string;
}

export interface Sessions {
  /** The cookie of whoever has one of the tokens; null for everybody else, `later` after too many wrong ones from there. */
  logIn(token: string, from: string, name?: string): string | null | "later";
  /** Whose cookie this is; null when it is none of ours, too old, or of a session that was ended. */
  read(cookies: string | undefined): Promise<Session | null>;
}

/** Sessions that somebody ended before their time, in all processes: a copy of the cookie is worth nothing after that. */
export interface EndedSessions {
  has(session: string): Promise<boolean>;
  /** Forgotten after `until`. */
  end(session: string, until: number): Promise<void>;
}

export interface SessionParts {
  /** By whom each is held. An empty one lets nobody in. */
  readonly tokens: Readonly<Partial<Record<ConsoleRole, string>>>;
  readonly clock: Clock;
  readonly ended: Pick<EndedSessions, "has">;
}

/** The account keeps it for ever. */
export const MOST_NAME = 100;

export const COOKIE = "heed_session";
const LIVES_MS = 12 * 3_600_000;
/** Wrong tokens within a minute, by where they come from: nobody shuts out those who come from elsewhere. */
const MOST_WRONG = 10;
/** Of everybody together. Tokens are random, so that nobody gets there by trying from many places either. */
const MOST_WRONG_OF_ALL = 1_000;
const MINUTE_MS = 60_000;

/**
 * A session is its cookie: role, end, a random part and a name, signed with a key that is made of the tokens. So it outlives
 * a restart, all processes with the same tokens know it, and a changed token ends it.
 */
export function createSessions({ tokens, clock, ended }: SessionParts): Sessions {
  const key = createHmac("sha256", JSON.stringify([tokens.operator ?? "", tokens.viewer ?? ""]))
    .update("heed console")
    .digest();
  const sign = (text: string): string => createHmac("sha256", key).update(text).digest("base64url");
  let wrong: readonly { readonly at: number; readonly from: string }[] = [];
  return {
    logIn(token, from, name = "") {
      const now = clock.monotonic();
      wrong = wrong.filter(({ at }) => at > now - MINUTE_MS);
      const fromThere = wrong.filter((each) => each.from === from).length;
      if (fromThere >= MOST_WRONG || wrong.length >= MOST_WRONG_OF_ALL) return "later";
      const role = (["operator", "viewer"] as const).find((each) => isSame(tokens[each] ?? "", token));
      if (role === undefined) {
        wrong = [...wrong, { at: now, from }];
        return null;
      }
      const said = Buffer.from(name.trim().slice(0, MOST_NAME), "utf8").toString("base64url");
      const claims = `${role}.${clock.now() + LIVES_MS}.${randomBytes(12).toString("base64url")}.${said}`;
      return `${claims}.${sign(claims)}`;
    },
    async read(cookies) {
      const value = valueOf(cookies ?? "");
      const [role, until, id = "", said = "", signature, more] = value.split(".");
      if ((role !== "viewer" && role !== "operator") || more !== undefined) return null;
      const claims = `${role}.${until}.${id}.${said}`;
      if (!isSame(sign(claims), signature ?? "") || !(Number(until) > clock.now())) return null;
      if (await ended.has(id)) return null;
      const name = Buffer.from(said, "base64url").toString("utf8");
      return { role, actor: name === "" ? role : name, id, until: Number(until), csrf: sign(`form of ${claims}`) };
    },
  };
}

/** Whether a form carries its session's own word. */
export function isOfSession({ csrf }: Session, given: string): boolean {
  return isSame(csrf, given);
}

/** Marks a text as said in a session: only who knows its word can. */
export function signedIn({ csrf }: Session, text: string): string {
  return createHmac("sha256", csrf).update(text).digest("base64url");
}

/** Both are hashed first, so that the comparison takes the same time whatever was given. Nothing is the same as nothing. */
function isSame(expected: string, given: string): boolean {
  return expected !== "" && timingSafeEqual(digest(expected), digest(given));
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

function valueOf(cookies: string): string {
  for (const pair of cookies.split(";")) {
    const [name, value] = pair.split("=", 2);
    if (name?.trim() === COOKIE) return value?.trim() ?? "";
  }
  return "";
}
