import type { ConditionTree, Facts, Predicate } from "./facts.ts";
import type { CanonicalEvent } from "./event.ts";
import type { AddressKind } from "./identity.ts";
import type { Json } from "./json.ts";

/** Everything that was deployed, compiled: what `decide` judges by. Built by `rulebook/compile.ts`; immutable. */
export interface Rulebook {
  /** SHA-256 over the normalized source, in hex. The same for the same rules, whoever compiles them. */
  readonly digest: string;
  readonly workspace: Workspace;
  readonly rules: ReadonlyMap<string, Rule>;
  /** Versions that were replaced and that enrollments may still finish with, by `versionKey`. */
  readonly former: ReadonlyMap<string, Rule>;
  /** Versions that were replaced and whose enrollments end, by `versionKey`: a person said so. */
  readonly ended?: ReadonlySet<string>;
  /** The enabled rules that this event triggers, in order of rule id. Never looks at more rules than name the event's type. */
  triggered(event: CanonicalEvent, facts: Facts): readonly Rule[];
  /** The rule among them that confirms an opt-out: no event triggers it, and it may speak to the number that said STOP. */
  readonly confirmation: string | null;
  /** Event types that some `stop_on`, `wait_for` or `goal` names: a contact's document remembers the recent ones. */
  readonly awaitedEventTypes: ReadonlySet<string>;
  /** What `did` asks anywhere in the rules, by its key: a contact's document keeps the times that answer it. */
  readonly history: ReadonlyMap<string, HistoryQuestion>;
  /**
   * Which contacts, by their keys, are in which share of a rule; null leaves it to the draw. For tests, which must not
   * depend on whom a hash hits; absent in production.
   */
  readonly chosenArm?: (rule: Rule, contact: string) => ChosenArm | null;
}

/** `outside` of the rollout: not enrolled at all. */
export type ChosenArm = "treated" | "holdout" | "outside";

/** Past events that some condition asks for. The most that any of the conditions with this key needs. */
export interface HistoryQuestion {
  readonly match: EventMatch;
  readonly within: Duration;
  readonly atLeast: number;
}

export interface Workspace {
  readonly name: string;
  /** IANA zone of contacts whose own is not known. */
  readonly timeZone: string;
  readonly channels: ReadonlyMap<string, Channel>;
  /** What the contact's attributes hold, by name, where the workspace says so. */
  readonly fields: ReadonlyMap<string, Field>;
  readonly consent: Readonly<Record<ContactChannelKind, "opt_in" | "opt_out">>;
  readonly caps: readonly Cap[];
  readonly budgets: readonly Budget[];
  /** Which enrollments a reply ends. */
  readonly stopOnReply: MessageClass | "all" | "none";
  readonly optOut: {
    /** Words of the workspace that opt out, beside the usual ones. */
    readonly keywords: readonly string[];
    /** Phrases of the workspace that read like an opt-out inside a longer message, beside the usual ones. */
    readonly phrases: readonly string[];
    /** Whether such a message is flagged for a person, or is an opt-out. */
    readonly onPhrase: "flag" | "stop";
    /** Whether a STOP on one channel also denies marketing on the others. */
    readonly scope: "channel" | "all_marketing";
    /** What is said back to a STOP; null leaves that to the provider. */
    readonly confirm: string | null;
  };
  readonly limits: { readonly smsSegments: number; readonly firstDay: number };
  readonly selfProtection: {
    readonly rateFactor: number | null;
    /** Shares, in [0, 1]. */
    readonly optOutRate: number | null;
    readonly bounceRate: number | null;
    readonly errorRate: number | null;
  };
  /** Who is told of trouble: a channel, and the address of your own people where it is of kind email. */
  readonly alerts: { readonly channel: string; readonly to: string | null } | null;
  readonly lookups: ReadonlyMap<string, Lookup>;
  /**
   * From when on what `did` asks for is known of every contact, in epoch milliseconds by the key of the question; of
   * those that are not in it, always. Said by whoever deploys; absent where nothing was ever missed.
   */
  readonly historySince?: Readonly<Record<string, number>>;
}

/** One source of truth outside of Heed, asked at the moment of speaking. */
export interface Lookup {
  readonly name: string;
  /** Template ids of the texts that say about whom it is asked, by their place: `http.url`, `postgres.params.0`. */
  readonly texts: Readonly<Record<string, string>>;
  /** When there is no answer: ask again later, end the enrollment, or go on as if nothing were there. */
  readonly onError: "hold" | "skip" | "treat_as_missing";
  /** What an answer holds, by name; null when it may hold anything. */
  readonly fields: ReadonlyMap<string, Field> | null;
  /** Fields whose values are kept out of the account. */
  readonly redacted?: ReadonlySet<string>;
}

/** What a value may be that comes from outside: an attribute of a contact, a part of a look-up's answer. */
export interface Field {
  readonly type: FieldType;
  /** The only values it takes; null when it may be any of its type. */
  readonly values: readonly Json[] | null;
}

export type FieldType = "string" | "number" | "integer" | "boolean" | "time" | "list";

/** Channels that reach the contact; consent, suppression, quiet hours, windows and caps per contact concern these alone. */
export type ContactChannelKind = "email" | "sms" | "push" | "voice";
/** Channels that speak to your own people and systems. */
export type TeamChannelKind = "slack" | "ticket" | "webhook";
export type ChannelKind = ContactChannelKind | TeamChannelKind;

export interface Channel {
  readonly name: string;
  readonly kind: ChannelKind;
  readonly provider: string;
  readonly from: string | null;
  /** Sends begun per second, over the whole channel; null is no limit. */
  readonly ratePerSecond: number | null;
  /** When marketing waits, in the contact's zone. */
  readonly quietHours: QuietHours | null;
  readonly price: Price | null;
}

/** Minutes since midnight. `from` is included, `to` is not; may cross midnight. */
export interface QuietHours {
  readonly from: number;
  readonly to: number;
}

export type Weekday = "mon" | "tue" | "wed" | "thu" | "fri" | "sat" | "sun";

/** Hours of the week. The minutes are as in quiet hours. */
export interface Window extends QuietHours {
  readonly days: readonly Weekday[];
  readonly zone: Zone;
}

/** `contact` for the contact's own, or an IANA name. */
export type Zone = string;

/** Exact, because money is: millionths of the currency's unit. */
export interface Money {
  readonly micros: number;
  readonly currency: string;
}

export interface Price {
  readonly per: "message" | "segment";
  readonly usual: Money;
  /** By the beginning of the phone number; the longest that fits counts. */
  readonly prefixes: ReadonlyMap<string, Money>;
}

/** Per calendar day, week or month in the workspace's zone. */
export interface Budget {
  readonly channel: string;
  readonly max: Money;
  readonly per: CalendarUnit;
  readonly onExceed: "hold" | "drop";
}

export type CalendarUnit = "day" | "week" | "month";

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
  readonly per: "contact" | "rule" | "channel" | "workspace";
  readonly channel: string | null;
  readonly class: MessageClass | null;
  readonly within:
    | { readonly kind: "rolling"; readonly length: Duration }
    | { readonly kind: "calendar"; readonly unit: CalendarUnit; readonly zone: Zone };
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
  /** Decides and records everything, sends nothing. */
  readonly shadow: boolean;
  /** What the holdout is drawn by: the rule's id, or a name that several rules share. */
  readonly experiment: string;
  /** The share of contacts that is enrolled, in [0, 1]. */
  readonly rollout: number;
  /** The share of contacts that is enrolled and never messaged, in [0, 1]. */
  readonly holdout: number;
  /** The id this rule had before. */
  readonly movedFrom: string | null;
  readonly trigger: { readonly match: EventMatch; readonly maxAge: Duration };
  readonly reentry: Reentry;
  readonly goal: Goal | null;
  readonly delay: DurationRange | null;
  readonly window: Window | null;
  readonly guard: ConditionTree | null;
  readonly stopOn: readonly StopOn[];
  readonly expires: Duration;
  readonly caps: readonly Cap[];
  /** The id of the first step. */
  readonly first: string;
  /** All steps by id, those inside of others too: each says which comes next. */
  readonly steps: ReadonlyMap<string, Step>;
  readonly retry: { readonly attempts: number; readonly within: Duration };
  readonly onChange: "finish" | "migrate" | "cancel";
}

export interface Reentry {
  readonly policy: "ignore" | "restart" | "parallel";
  /** A path in the trigger event, root excluded: each of its values is an enrollment of its own. */
  readonly key: readonly string[] | null;
  /** No re-entry for this long after the end. */
  readonly cooldown: Duration | null;
}

export interface Goal {
  readonly match: EventMatch;
  readonly within: Duration;
  /** Where the conversion's worth is, in the event, root excluded. */
  readonly value: readonly string[] | null;
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
  /**
   * The author's id, else the step's position, from 1. A step inside of another has that one's id, the arm and its
   * position: `3.then.1`, `3.=webinar.2`.
   */
  readonly id: string;
  readonly when: ConditionTree | null;
  /** The id of the step that comes next, when this one does not send elsewhere; null ends the enrollment. */
  readonly next: string | null;
  /** Names of look-ups that its texts read, the `to` of a send excepted; absent when there are none. */
  readonly lookups?: readonly string[];
}

export interface SendStep extends StepBase {
  readonly verb: "send";
  /** In order of preference; at least one. */
  readonly channels: readonly string[];
  /** Template ids by content field: `text`, `subject`, `html`. */
  readonly content: Readonly<Record<string, string>>;
  /** What a webhook carries. */
  readonly body: Value | null;
  /** The template of the address that is used instead of the contact's. */
  readonly to: string | null;
  /** Names of look-ups that `to` reads; absent when there are none. */
  readonly toLookups?: readonly string[];
  readonly provider: string | null;
  /** Where to go when this send can't reach the contact. */
  readonly onFailure: string | null;
  readonly onAmbiguous: "park" | "retry";
}

export interface WaitStep extends StepBase {
  readonly verb: "wait";
  readonly wait:
    | { readonly kind: "for"; readonly range: DurationRange }
    /** Minutes since midnight. */
    | { readonly kind: "until"; readonly minute: number; readonly zone: Zone };
}

export interface WaitForStep extends StepBase {
  readonly verb: "wait_for";
  readonly for: StopOn;
  readonly timeout: Duration;
  /** Where to go when the event came, and when it did not; null ends the enrollment. */
  readonly then: string | null;
  readonly otherwise: string | null;
}

export interface BranchStep extends StepBase {
  readonly verb: "branch";
  /** The first whose condition holds. */
  readonly arms: readonly { readonly when: ConditionTree; readonly to: string }[];
  /** Where to go when none holds; null ends the enrollment. */
  readonly otherwise: string | null;
}

export interface SetStep extends StepBase {
  readonly verb: "set";
  /** By name of the attribute. */
  readonly attributes: Readonly<Record<string, Value>>;
}

export interface TagStep extends StepBase {
  readonly verb: "tag" | "untag";
  /** A template id. */
  readonly tag: string;
}

export interface EmitStep extends StepBase {
  readonly verb: "emit";
  readonly event: string;
  readonly data: Readonly<Record<string, Value>>;
}

export interface HoldStep extends StepBase {
  readonly verb: "hold";
  /** Which other enrollments of the contact wait. */
  readonly what:
    | { readonly kind: "rules"; readonly rules: readonly string[] }
    | { readonly kind: "class"; readonly class: MessageClass };
  readonly for: Duration;
}

export interface StopStep extends StepBase {
  readonly verb: "stop";
  readonly note: string;
}

export type Step = SendStep | WaitStep | WaitForStep | BranchStep | SetStep | TagStep | EmitStep | HoldStep | StopStep;

/** A value that a step writes: as it stands, or a text to be rendered, inside of lists and maps too. */
export type Value =
  | { readonly kind: "literal"; readonly value: Json }
  | { readonly kind: "text"; readonly template: string }
  | { readonly kind: "list"; readonly of: readonly Value[] }
  | { readonly kind: "map"; readonly of: Readonly<Record<string, Value>> };

export function versionKey(rule: string, digest: string): string {
  return `${rule}@${digest}`;
}

export function reachesContact(kind: ChannelKind): kind is ContactChannelKind {
  return kind === "email" || kind === "sms" || kind === "push" || kind === "voice";
}

/** The kind of address that a channel writes to: calls go to the phone, push messages to a device. */
export function addressKindOf(kind: ContactChannelKind): AddressKind {
  if (kind === "email" || kind === "push") return kind;
  return "phone";
}
