import type { CanonicalEvent } from "./event.ts";
import type { JsonObject } from "./json.ts";

/** The version of the envelope that is written now. Adding a field that may be missing is no new version. */
const CURRENT = 1;

/** How an event of a version becomes one of the next, by the version it has. A lifter must give the same for the same. */
export type Lifters = ReadonlyMap<number, (event: JsonObject) => JsonObject>;

const noEvent: LiftedEvent = { kind: "no event" };

/** There has been one version only. */
const lifters: Lifters = new Map();

type LiftedEvent =
  | { readonly kind: "event"; readonly event: CanonicalEvent }
  /** Why this version cannot be read here: the reason of a dead letter, so it quotes nothing that was sent. */
  | { readonly kind: "other version"; readonly why: string }
  | { readonly kind: "no event" };

/**
 * A stored event as one of today, whichever version of Heed wrote it. Stores keep events longer than a version lasts, and
 * while a deployment is rolled out a newer process may write what an older one reads: that one is not guessed at, but set
 * aside until it is replayed by a process that knows it. The one way by which stored events are read.
 */
export function liftEvent(stored: unknown, known: Lifters = lifters): LiftedEvent {
  if (!isObject(stored)) return noEvent;
  let event = stored;
  for (let version = versionOf(event); version !== CURRENT; version = versionOf(event)) {
    if (version === null) return noEvent;
    if (version > CURRENT) {
      const why = `an event of version ${version}, which a newer Heed wrote: this one reads up to ${CURRENT}`;
      return { kind: "other version", why };
    }
    const lift = known.get(version);
    if (lift === undefined) {
      return { kind: "other version", why: `an event of version ${version}, which this Heed reads no more` };
    }
    event = { ...lift(event), schema_version: version + 1 };
  }
  return isEvent(event) ? { kind: "event", event } : noEvent;
}

function versionOf({ schema_version: version }: JsonObject): number | null {
  return typeof version === "number" && Number.isSafeInteger(version) && version >= 0 ? version : null;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Enough to be decided; doors have judged the rest by the schema. */
function isEvent(value: object): value is CanonicalEvent {
  const { event_type: type, event_id: id, data }: Partial<CanonicalEvent> = value;
  return typeof type === "string" && typeof id === "string" && typeof data === "object";
}
