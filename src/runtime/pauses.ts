import type { Clock } from "../core/model/clock.ts";
import type { Pause } from "../core/model/decision.ts";
import type { Store } from "../store/store.ts";
import { changeHouse, type Deed, readHouse } from "./house-documents.ts";

/** What a pause stops: everything, the messages of one rule, or those through one channel. */
export type PauseTarget = "all" | `rule:${string}` | `channel:${string}`;

/** Null when it is none. */
export function readPauseTarget(text: string): PauseTarget | null {
  return isPauseTarget(text) ? text : null;
}

function isPauseTarget(text: string): text is PauseTarget {
  return /^(?:all|rule:[a-z0-9-]{1,200}|channel:[A-Za-z0-9_-]{1,200})$/.test(text);
}

export interface StandingPause extends Pause {
  readonly target: PauseTarget;
  /** Why, in the words of whoever paused. */
  readonly note: string;
  /** Who that was, where it is known. */
  readonly actor?: string;
}

/** The kill switch: what is paused, as one document that every worker looks at before a message begins. */
export interface Pauses {
  /** The pause that stops this message, or null. Knows of every pause that is older than half a second. */
  of(rule: string, channel: string): Promise<Pause | null>;
  list(): Promise<readonly StandingPause[]>;
  pause(pause: StandingPause): Promise<void>;
  /** False when nothing was paused there. */
  resume(target: PauseTarget, actor?: string, note?: string): Promise<boolean>;
}

export const PAUSES_KEY = "heed:pauses";
/** Half of the second within which a pause must hold; the other half is for the way to the provider. */
const FRESH_MS = 500;

/** Somebody who works the switch, where nobody says who. */
const OPERATOR = "operator";

type Standing = ReadonlyMap<string, StandingPause>;

export function createPauses(store: Store, clock: Clock): Pauses {
  let known: { readonly at: number; readonly pauses: Promise<Standing> } | null = null;

  const read = async (): Promise<Standing> => readPauses(await readHouse(store, PAUSES_KEY));
  const fresh = (): Promise<Standing> => {
    const now = clock.monotonic();
    if (known !== null && now - known.at < FRESH_MS) return known.pauses;
    const pauses = read();
    known = { at: now, pauses };
    // A look that failed must not stand for half a second: whoever asks next looks again.
    pauses.catch(() => (known = null));
    return pauses;
  };
  const change = (deed: Deed, next: (pauses: Standing) => Standing): Promise<boolean> => {
    known = null;
    return changeHouse(store, PAUSES_KEY, (body) => {
      const before = readPauses(body);
      const after = next(before);
      if (after === before) return { write: undefined, result: false };
      return { write: { pauses: [...after.values()] }, result: true, deed };
    });
  };

  return {
    async of(rule, channel) {
      const pauses = await fresh();
      const now = clock.now();
      for (const target of ["all", `rule:${rule}`, `channel:${channel}`]) {
        const pause = pauses.get(target);
        if (pause !== undefined && (pause.until === null || pause.until > now)) return pause;
      }
      return null;
    },
    async list() {
      const now = clock.now();
      return [...(await read()).values()].filter(({ until }) => until === null || until > now);
    },
    async pause(pause) {
      const { target, reason, since, until, note, actor } = pause;
      const by = actor ?? (reason === "self_paused" ? "heed" : OPERATOR);
      const detail = { target, note, until, because: reason };
      const deed = { at: since, command: "pause", actor: by, ...aboutRule(target), detail };
      await change(deed, (pauses) => new Map([...pauses, [target, pause]]));
    },
    resume(target, actor = OPERATOR, note = "") {
      const deed = { at: clock.now(), command: "resume", actor, ...aboutRule(target), detail: { target, note } };
      return change(deed, (pauses) => {
        if (!pauses.has(target)) return pauses;
        return new Map([...pauses].filter(([name]) => name !== target));
      });
    },
  };
}

/** How many of a document of pauses stand. */
export function standingPauses(body: unknown, now: number): number {
  return [...readPauses(body).values()].filter(({ until }) => until === null || until > now).length;
}

/** Documents of pauses are written by this file alone. */
function readPauses(body: unknown): Standing {
  const list: unknown = typeof body === "object" && body !== null && "pauses" in body ? body.pauses : null;
  const pauses = Array.isArray(list) ? list.filter(isStandingPause) : [];
  return new Map(pauses.map((pause) => [pause.target, pause]));
}

function isStandingPause(entry: unknown): entry is StandingPause {
  return typeof entry === "object" && entry !== null && "target" in entry && "reason" in entry && "until" in entry;
}

function aboutRule(target: PauseTarget): { readonly rule?: string } {
  return target.startsWith("rule:") ? { rule: target.slice("rule:".length) } : {};
}
