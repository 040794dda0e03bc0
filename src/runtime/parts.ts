import type { Clock } from "../core/model/clock.ts";
import type { Contact } from "../core/model/contact.ts";
import type { Answers, Decision, Input } from "../core/model/decision.ts";
import type { OutgoingMessage } from "../core/model/outgoing.ts";
import type { Log } from "../observe/log.ts";
import type { Metrics } from "../observe/metrics.ts";
import type { Traces } from "../observe/traces.ts";
import type { Lookups } from "../lookups/lookups.ts";
import type { Provider } from "../providers/provider.ts";
import type { CompiledWorkspace } from "../rulebook/compile-workspace.ts";
import type { Store } from "../store/store.ts";
import type { Deployments } from "./deployments.ts";
import type { DecodedContacts } from "./decoded-contacts.ts";
import type { Pauses } from "./pauses.ts";
import type { SharedLimits } from "./shared-limits.ts";

/** What deciders and dispatchers are made of. `deployed` is asked anew for every decision, so that each sees exactly one rulebook. */
export interface Parts {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Absent unless a collector is to be told. */
  readonly traces?: Traces;
  readonly decoded: DecodedContacts;
  readonly pauses: Pauses;
  readonly deployments: Pick<Deployments, "isOutdated">;
  readonly sharedLimits: SharedLimits;
  readonly deployed: () => Deployed;
  /** Told of the channel of every ticket before it is committed: whoever dispatches must have its lane open. */
  readonly onTicket: (channel: string) => void;
  /** Told of every decision before it is committed. For simulations, which look over the engine's shoulder; absent in production. */
  readonly witness?: (decided: Witnessed) => void;
}

/** A decision with all that it was made of. */
export interface Witnessed {
  readonly input: Input;
  readonly before: Contact;
  readonly now: number;
  readonly answers: Answers;
  readonly deployed: Deployed;
  readonly decision: Exclude<Decision, { readonly ask: unknown }>;
}

/** One set of rules with the providers it speaks through. Swapped as a whole. */
export interface Deployed {
  readonly workspace: CompiledWorkspace;
  readonly providers: ReadonlyMap<string, Provider>;
  /** Where the recipient of a marketing message ends it. Absent where the workspace makes no such links. */
  readonly unsubscribeUrl?: (message: OutgoingMessage) => string | null;
  /** Absent where no rule asks. */
  readonly lookups?: Pick<Lookups, "ask">;
}
