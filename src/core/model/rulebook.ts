import type { ConditionTree, Facts, Predicate } from "./facts.ts";
import type { CanonicalEvent } from "./event.ts";
import type { AddressKind } from "./identity.ts";

/** Everything that was deployed, compiled: what `decide` judges by. Built by `rulebook/compile.ts`; immutable. */
export interface Rulebook {
  /** SHA-256 over the normalized source, in hex. The same for the same rules, whoever compiles them. */
  readonly digest: string;
  readonly workspace: Workspace;
  readonly rules: ReadonlyMap<string, Rule>;
  /** The enabled rules that this event triggers, in order of rule id. Never looks at more rules than name the event's type. */
  triggered(event: CanonicalEvent, facts: Facts): readonly Rule[];
  /** Event types that some `stop_on` names: a contact's document remembers the recent ones. */
  readonly stopEventTypes: ReadonlySet<string>;
}

export interface Workspace {
  readonly name: string;
  /** IANA zone of contacts whose own is not known. */
  readonly timeZone: string;
  readonly channels: ReadonlyMap<string, Channel>;
  readonly consent: Readonly<Partial<Record<ContactChannelKind, "opt_in" | "opt_out">>>;
  readonly caps: readonly Cap[];
  /** Which enrollments a reply ends. */
  readonly stopOnReply: MessageClass | "all" | "none";
  /** Words of the workspace that opt out, beside the usual ones. */
  readonly optOutKeywords: readonly string[];
}

/** Channels that reach the contact; consent, suppression and caps per contact concern these alone. */
export type ContactChannelKind = "email" | "sms";
/** Channels that speak to your own people. */
export type TeamChannelKind = "slack";
export type ChannelKind = ContactChannelKind | TeamChannelKind;

export interface Channel {
  readonly name: string;
  readonly kind: ChannelKind;
  readonly provider: string;
  readonly from: string | null;
  /** Sends begun per second, over the whole channel; null is no limit. */
  readonly ratePerSecond: number | null;
}

export type MessageClass = "transactional" | "marketing";

/** `s`, `m` and `h` are exact; `d` and `w` are calendar days in the contact's zone. */
export interface Duration {
  readonly count: number;
  readonly unit: "s" | "m" | "h" | "d" | "w";
}

/** Drawn from a hash of the enrollment when the two differ; both ends included. */
export interface DurationRange {
  readonly min: Duration;
  readonly max: Duration;
}

export interface Cap {
  readonly max: number;
  readonly per: "contact";
  readonly channel: string | null;
  readonly class: MessageClass | null;
  readonly within: Duration;
  readonly onExceed: "drop" | "defer";
}

export interface Rule {
  readonly id: string;
  /** SHA-256 over this rule's normalized source, in hex. */
  readonly digest: string;
  readonly description: string | null;
  readonly owner: string | null;
  readonly class: MessageClass;
  readonly enabled: boolean;
  readonly trigger: { readonly match: EventMatch; readonly maxAge: Duration };
  readonly reentry: "ignore" | "restart" | "parallel";
  readonly delay: DurationRange | null;
  readonly guard: ConditionTree | null;
  readonly stopOn: readonly StopOn[];
  readonly expires: Duration;
  readonly caps: readonly Cap[];
  readonly steps: readonly Step[];
  readonly retry: { readonly attempts: number; readonly within: Duration };
}

/** Which events a trigger or a stop looks at. */
export interface EventMatch {
  readonly events: readonly string[];
  readonly where: Predicate | null;
  /** Whether the condition names `event.data.machine`; if not, opens and clicks of machines never match. */
  readonly namesMachine: boolean;
}

export interface StopOn {
  readonly match: EventMatch;
  /** A path that must be equal in the trigger event and this one: `["message_id"]`, `["data", "cart_id"]`. */
  readonly same: readonly string[] | null;
}

interface StepBase {
  /** Stable across edits when the author gives one, else the step's position. */
  readonly id: string;
  readonly when: ConditionTree | null;
}

export interface SendStep extends StepBase {
  readonly verb: "send";
  readonly channel: string;
  /** Template ids by content field: `text`, `subject`, `html`. */
  readonly content: Readonly<Record<string, string>>;
  readonly onAmbiguous: "park" | "retry";
}

export interface WaitStep extends StepBase {
  readonly verb: "wait";
  readonly wait: DurationRange;
}

export interface StopStep extends StepBase {
  readonly verb: "stop";
  readonly note: string;
}

export type Step = SendStep | WaitStep | StopStep;

export function reachesContact(kind: ChannelKind): kind is ContactChannelKind {
  return kind === "email" || kind === "sms";
}

export function addressKindOf(kind: ContactChannelKind): AddressKind {
  return kind === "email" ? "email" : "phone";
}
