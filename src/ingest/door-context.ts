import type { Clock } from "../core/model/clock.ts";
import type { Provider } from "../providers/provider.ts";
import type { Store } from "../store/store.ts";
import type { ContactReading } from "./contact-statement.ts";
import type { HeldBodies } from "./held-bodies.ts";
import type { DoorLimits } from "./limits.ts";
import type { Problem } from "./problem.ts";
import type { Refusal, Tally } from "./tally.ts";
import type { Unsubscribing } from "./unsubscribing.ts";

export interface DoorContext {
  readonly store: Pick<Store, "append">;
  readonly providers: ReadonlyMap<string, Provider>;
  readonly clock: Clock;
  readonly apiToken: string;
  /** For phone numbers without a prefix: an ISO 3166 code such as `US`. */
  readonly country: string;
  /** How contacts are read by the workspace that is deployed now. */
  readonly contacts: () => ContactReading;
  /** Links to unsubscribe of the workspace that is deployed now; null where it makes none. */
  readonly unsubscribing?: () => Unsubscribing | null;
  readonly limits: DoorLimits;
  readonly tally: Tally;
  /** Unique ids, for problems and for events that come without one. */
  readonly newId: () => string;
}

/** And what the door keeps between requests. */
export interface OpenDoor extends DoorContext {
  readonly held: HeldBodies;
}

/** A request that is not taken: the answer says why to the sender, the reason to those who count. */
export interface Refused {
  readonly refused: Refusal;
  /** Null when the sender is gone. */
  readonly problem: Problem | null;
  readonly headers?: Readonly<Record<string, string>>;
}
