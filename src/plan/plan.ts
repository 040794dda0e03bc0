import type { Json } from "../core/model/json.ts";
import type { Severity } from "../rulebook/problem.ts";
import type { RiskCode } from "../rulebook/risk-codes.ts";

/**
 * What a change to the rules will do, as data: made once by `make-plan.ts`, printed by `report/`, kept by
 * `heed deploy`, held against what happened by `heed forecast`. Times are epoch milliseconds, money is micros of its
 * currency. Contacts are named by keyed hashes; a text is here only where somebody asked for it.
 */
export interface Plan {
  readonly base: Revision;
  readonly head: Revision;
  readonly ruleChanges: readonly RuleChange[];
  readonly workspaceChanges: readonly WorkspaceChange[];
  readonly impact: Impact;
  /** Null without recorded events. */
  readonly backtest: Backtest | null;
  /** Null without a store to ask. */
  readonly inFlight: readonly InFlight[] | null;
  readonly risks: readonly Risk[];
  /** What is to be known beside the rest, in sentences: of the revisions, the recording, the waivers. */
  readonly notes: readonly string[];
  readonly gates: readonly Gate[];
}

/** What a plan was asked to fail on. */
export interface Gate {
  /** A risk's code, or all risks of this severity and graver ones. */
  readonly failOn: RiskCode | Severity;
  readonly tripped: boolean;
}

export interface Revision {
  /** As it was asked for: `origin/main`, `WORKTREE`. */
  readonly name: string;
  /** The commit, in hex; of a work tree, the one that it stands on; null outside of git. */
  readonly commit: string | null;
  /** Whether files differ from that commit. */
  readonly dirty: boolean;
  /** Of the compiled rulebook. */
  readonly digest: string;
}

// What changed.

/** The kinds of change that different people answer for. */
export const changeClasses = [
  "cosmetic",
  "content",
  "timing",
  "audience",
  "volume",
  "route",
  "safety",
  "state",
] as const;
export type ChangeClass = (typeof changeClasses)[number];

export interface RuleChange {
  readonly rule: string;
  /** The id that it had in base, when it has another now (`moved`). */
  readonly previous: string | null;
  readonly action: "create" | "update" | "delete" | "move";
  /** Of its attributes and of what came or went with them, in the order of `changeClasses`: a new step brings a text. */
  readonly classes: readonly ChangeClass[];
  readonly file: string;
  /** From 1: where the rule begins. */
  readonly line: number;
  /** Empty, with the class `cosmetic`, where only comments, order or spacing changed. */
  readonly attributes: readonly AttributeChange[];
  /** Of a rule that came, one that went away and says nearly the same: it looks renamed. Never acted on. */
  readonly resembles: string | null;
}

export interface AttributeChange {
  /** As an author writes it: `delay`, `guard.all[1]`, `actions.remind.text`, `channels.sms.price`. */
  readonly path: string;
  /** Null where there is none and none by default. Values as their author would read them (`15m`, never 900000). */
  readonly before: Json | null;
  readonly after: Json | null;
  readonly class: ChangeClass;
  /** In head; in base when it is there no more. */
  readonly file: string;
  readonly line: number;
  /**
   * Of conditions and of the events that a rule hears: what all that is judged there lets through now, measured by what
   * it let through before. The same for each change in one condition; null where nothing is judged.
   */
  readonly implication: Implication | null;
}

/** What changed in heed.yaml and in shared texts, which rules do not say themselves. */
export interface WorkspaceChange extends AttributeChange {
  /** The rules of head that it governs, in order: those it touches though they themselves may be unchanged. */
  readonly rules: readonly string[];
}

export interface Implication {
  /** All but `unknown` are proven. */
  readonly kind: "broader" | "narrower" | "disjoint" | "overlapping" | "equal" | "unknown";
  /**
   * Facts that one of the two lets through and the other does not: made up, nobody's data, and tried out. Somebody whom
   * only the new one lets through, where such a person was found, even if the kind is unknown.
   */
  readonly witness: Witness | null;
}

export interface Witness {
  /** Which of the two holds for it. */
  readonly holds: "before" | "after";
  /** By path: `contact.plan`, `event.data.amount`; null is missing. The past in words: `did: { event: Order, … }`. */
  readonly facts: Readonly<Record<string, Json>>;
}

// What it touches.

export interface Impact {
  readonly shared: readonly SharedWith[];
  /** Rules of head that can never start, or never say all that they should, and why in words; only where that is new. */
  readonly dead: readonly { readonly rule: string; readonly why: string }[];
  /** Rules that start each other without end, only those for which that is new. */
  readonly loops: readonly (readonly string[])[];
  readonly tests: readonly Covering[];
}

/** `contact`: both start with the same event. `message`: one asks whether the other has sent. `hold`: one lets the other wait. */
export const sharedThings = [
  "cap",
  "budget",
  "tag",
  "event",
  "attribute",
  "message",
  "hold",
  "experiment",
  "template",
  "contact",
] as const;

/** What a changed rule has in common with untouched ones. */
export interface SharedWith {
  readonly changed: string;
  readonly what: (typeof sharedThings)[number];
  /** Its name: `3 marketing per contact within 7d`, `vip`, `order.paid`. */
  readonly name: string;
  /** The untouched ones, in order. */
  readonly rules: readonly string[];
  /** Whether the change brings it about or ends it; absent where it stays as it was. */
  readonly fate?: "new" | "gone";
}

/** Of a changed rule: which of its changed parts the tests of head reach. */
export interface Covering {
  readonly rule: string;
  /** Those that reach any of them, by their titles. */
  readonly cases: readonly string[];
  /** How many changed parts are reached in full: both answers of a condition. */
  readonly covered: number;
  readonly uncovered: readonly { readonly path: string; readonly file: string; readonly line: number }[];
}

// What it would have done.

export interface Backtest {
  readonly events: {
    /** Where they come from, as it was named. */
    readonly source: string;
    readonly from: number;
    readonly to: number;
    /** Events of sampled contacts that were played. */
    readonly count: number;
    /** Of what was played: another recording, sample or seed has another one. */
    readonly digest: string;
    /** Lines that are no events, by reason in words. */
    readonly unreadable: number;
  };
  /** The share of contacts that was played, in (0, 1]. */
  readonly sample: number;
  /** Whoever plays the same events with this seed gets the same numbers: it chooses contacts and examples. */
  readonly seed: number;
  /** Until when events only set the stage: what was sent until then is not counted. */
  readonly warmUpUntil: number;
  readonly calibration: Calibration | null;
  /**
   * Share of head's counted sends that stand behind a send that only one arm made, whose reactions are not known: later
   * ones of the same run, and those of rules that look at what became of messages.
   */
  readonly downstream: number;
  /** Reactions to messages that this arm did not send, which were left out: in base, in head. */
  readonly orphans: { readonly base: number; readonly head: number };
  readonly channels: readonly ChannelDelta[];
  readonly rules: readonly RuleDelta[];
  readonly contacts: { readonly newly: Estimate; readonly noLonger: Estimate; readonly differently: Estimate };
  readonly cost: readonly CostDelta[];
  readonly load: { readonly base: DailyLoad; readonly head: DailyLoad };
  readonly busiest: readonly BusiestMinute[];
  /** Types that head's rules wait for and the recording does not have: what hinges on them is unknown, not 0. */
  readonly missingTypes: readonly string[];
  /** Share of head's renderings in which a field was empty and its fallback was used. */
  readonly fallbacks: readonly Fallback[];
  readonly examples: readonly Example[];
  /** What the numbers leave out, scale or take for granted, in sentences. */
  readonly notes: readonly string[];
}

/** A number of the whole, and between which bounds it lies with 95 % where only a sample was played. */
export interface Estimate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** How far the base arm did what production really did. */
export interface Calibration {
  /** Messages of the time that were really sent, to contacts of the sample. */
  readonly real: number;
  readonly reproduced: number;
  /** Sends of the base arm that production did not make. */
  readonly extra: number;
  /** reproduced / (real + extra), in [0, 1]. */
  readonly agreement: number;
  readonly confidence: "high" | "low";
}

/** What happened to a send between the arms, by contact, rule, trigger event and step. */
export const differences = [
  "added",
  "removed",
  "retimed",
  "rerouted",
  "recontent",
  "newly_suppressed",
  "newly_released",
] as const;
export type Difference = (typeof differences)[number];

export interface ChannelDelta {
  readonly channel: string;
  readonly base: Estimate;
  readonly head: Estimate;
  readonly newly: Estimate;
  readonly noLonger: Estimate;
}

export interface RuleDelta {
  /** Its id in head; in base when it is there no more. */
  readonly rule: string;
  /** Whether the diff touches it: what is not touched and differs all the same is collateral. */
  readonly touched: boolean;
  readonly channel: string;
  readonly base: Estimate;
  readonly head: Estimate;
  /** False where it hinges on what the recording does not have: a type of event, or what a look-up found. */
  readonly known: boolean;
  readonly differences: Readonly<Partial<Record<Difference, number>>>;
  /** Why sends that were newly suppressed, were; why those newly released had been held: by reason. */
  readonly reasons: Readonly<Record<string, number>>;
  /** Of retimed sends, milliseconds: negative is earlier. */
  readonly retimedBy: { readonly least: number; readonly median: number; readonly most: number } | null;
  readonly segments: { readonly base: number; readonly head: number };
  /** Of a touched rule: head's sends by the hour of the week, from Monday 0:00 UTC on; of others null. */
  readonly week: readonly number[] | null;
}

export interface CostDelta {
  readonly channel: string;
  /** Null where neither revision has a price: then nothing is known of what it costs. */
  readonly currency: string | null;
  readonly base: Estimate;
  readonly head: Estimate;
  /** Sends of head that no price is known for. */
  readonly unpriced: number;
}

/** Messages per contact and day, over the contacts that got any. */
export interface DailyLoad {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

export interface BusiestMinute {
  readonly channel: string;
  readonly base: number;
  readonly head: number;
  /** When head's was. */
  readonly at: number;
  /** What the channel's rate lets through in a minute; null without one. */
  readonly limit: number | null;
}

export interface Fallback {
  readonly rule: string;
  readonly step: string;
  /** The variable, such as `contact.first_name`. */
  readonly variable: string;
  /** In [0, 1]. */
  readonly share: number;
}

/** One contact's story under both rulebooks. */
export interface Example {
  /** From 1, as `heed explain --plan plan.json --example N` names it. */
  readonly number: number;
  readonly difference: Difference;
  readonly rule: string;
  readonly channel: string;
  /** Keyed hash. */
  readonly contact: string;
  readonly zone: string;
  readonly base: readonly ExampleMoment[];
  readonly head: readonly ExampleMoment[];
}

export interface ExampleMoment {
  readonly at: number;
  readonly kind: "event" | "sent" | "not_sent" | "ended";
  /** An event's type; a rule and its step. */
  readonly what: string;
  readonly reason: string | null;
  readonly channel: string | null;
  /** The rendered text, only where it was asked for; else its first digits of SHA-256. */
  readonly text: string | null;
  readonly textDigest: string | null;
}

// What is under way.

export interface InFlight {
  readonly rule: string;
  readonly onChange: "finish" | "migrate" | "cancel";
  /** Live enrollments by what becomes of them. */
  readonly finish: number;
  readonly migrate: number;
  readonly cancel: number;
  /** Runs whose next message would be sent, or might be, and now is not, or at another moment. */
  readonly pendingSends: number;
  /** Of the ones that go on, the earliest and last moment at which something is due; null when none is. */
  readonly dueFrom: number | null;
  readonly dueTo: number | null;
  /** Contacts that may start it again because its id or its re-entry changed. A cooldown that has begun lasts as it began. */
  readonly eligibleAgain: number;
}

// What somebody must look at.

export interface Risk {
  readonly code: RiskCode;
  readonly severity: Severity;
  /** One sentence: what, and how much. */
  readonly message: string;
  /** What to do, or to make sure. */
  readonly help: string | null;
  readonly rule: string | null;
  readonly file: string;
  readonly line: number;
  /** The reason of the waiver that allows it; such a risk trips no gate. */
  readonly waived: string | null;
}
