// Generated from the JSON Schema by `npm run generate`; edit the schema instead.

/**
 * A part of all contacts.
 */
export type Share = string;
/**
 * One event type, or a list of which any will do.
 */
export type EventTypes = EventType[] | EventType;
/**
 * A built-in type, or one that `events:` of heed.yaml names.
 */
export type EventType = string;
/**
 * One whole number and one unit: `s`, `m` and `h` are exact, `d` and `w` are calendar days in the contact's zone.
 */
export type Duration = string;
/**
 * What a further trigger does.
 */
export type ReentryName = "ignore" | "restart" | "parallel";
/**
 * A duration, or a range from which one is drawn.
 */
export type DurationOrRange = RangeOfDurations | Duration;
/**
 * Hours and minutes, quoted.
 */
export type LocalTime = string;
/**
 * `contact` for the contact's own zone, or an IANA name.
 */
export type Zone = string;
/**
 * One verb, with what it needs.
 */
export type Step =
  SendStep | WaitStep | WaitForStep | BranchStep | SetStep | TagStep | UntagStep | EmitStep | HoldStep | StopStep;
/**
 * A channel of heed.yaml.
 */
export type ChannelName = string;
/**
 * A range of which one duration is drawn, or a time of day.
 */
export type WaitForm = BetweenWait | UntilWait;
/**
 * One way: steps to take when the condition holds, or, as the last one, `otherwise`.
 */
export type Arm = WhenArm | OtherwiseArm;
/**
 * A text in Liquid, a number, true or false, or a list of texts.
 *
 * @maxItems 100
 */
export type AttributeValue = string | number | boolean | string[];
/**
 * Steps, in order.
 *
 * @minItems 1
 * @maxItems 100
 */
export type Steps = Step[];

/**
 * One rule: which event starts it, what ends it, and what it says to the contact. The file's name is the rule's id.
 */
export interface RuleFile {
  /**
   * The id of this rule, in kebab-case: the name of the file without `.yaml`.
   */
  rule: string;
  /**
   * What the rule does and why, in words for the people who review it.
   */
  description?: string;
  /**
   * The team or person who answers for this rule.
   */
  owner?: string;
  /**
   * `marketing` needs consent for the channel, counts against marketing caps, and ends when the contact replies or opts out. `transactional` needs no marketing consent; a suppressed address stops it all the same.
   */
  class: "transactional" | "marketing";
  /**
   * `false` keeps the file, but the rule never starts, and enrollments that are under way end with `rule.disabled`.
   */
  enabled?: boolean;
  /**
   * `shadow` decides and records everything, and sends nothing.
   */
  mode?: "live" | "shadow";
  /**
   * A name that several rules share, so that a contact is in the holdout of all of them or of none. Without it, the rule's id.
   */
  experiment?: string;
  rollout?: Share;
  moved?: Moved;
  trigger: Trigger;
  /**
   * What a further trigger does while the contact is already in this rule: `ignore` it, `restart` from the beginning (with a long delay, the way to say `90 days without activity`), or run `parallel` to the first. The long form adds a key and a cooldown.
   */
  reentry?: ReEntryPolicy | ReentryName;
  holdout?: Share;
  goal?: Goal;
  delay?: DurationOrRange;
  window?: Window;
  guard?: Condition;
  /**
   * Events of this contact that end the enrollment at once. Marketing rules always end on a reply, an opt-out and a complaint as well.
   *
   * @minItems 1
   * @maxItems 50
   */
  stop_on?: Stop[];
  expires?: Duration;
  /**
   * Upper limits on what this rule sends. A message over a cap is dropped, or deferred until there is room.
   *
   * @minItems 1
   * @maxItems 20
   */
  caps?: Cap[];
  actions: Steps;
  retry?: Retry;
  /**
   * What a new version of this rule does to enrollments under way: they `finish` with the version they started with, `migrate` to the new one, or are cancelled (`cancel`).
   */
  on_change?: "finish" | "migrate" | "cancel";
}
/**
 * This rule continues one that had another id: its enrollments, caps and history.
 */
export interface Moved {
  /**
   * The id this rule had before.
   */
  from: string;
}
/**
 * The event that starts the rule for a contact.
 */
export interface Trigger {
  event: EventTypes;
  where?: Condition;
  max_age?: Duration;
}
/**
 * A map whose entries must all hold: `path: value` for equality, `path: { operator: value }`, `all`, `any` and `not` to combine, `did` and `was_sent` for history. Paths begin with `event.`, `trigger.`, `contact.`, `consent.`, `message.`, `last.` or `lookup.`.
 */
export interface Condition {
  [k: string]: unknown;
}
/**
 * What a further trigger does, for what counts as the same, and for how long.
 */
export interface ReEntryPolicy {
  /**
   * `ignore` a further trigger, `restart` from the beginning, or run `parallel`.
   */
  policy?: "ignore" | "restart" | "parallel";
  /**
   * A path in the event: each of its values is an enrollment of its own.
   */
  key?: string;
  cooldown?: Duration;
}
/**
 * What counts as a conversion, for the contacts who are messaged and for the holdout.
 */
export interface Goal {
  event: EventTypes;
  where?: Condition;
  within: Duration;
  /**
   * Where the conversion's worth is, in the event that converts.
   */
  value?: string;
}
/**
 * The shortest and the longest, both included.
 */
export interface RangeOfDurations {
  /**
   * The shortest and the longest duration.
   *
   * @minItems 2
   * @maxItems 2
   */
  between: Duration[];
}
/**
 * Hours of the week. `from` is included, `to` is not; a window may cross midnight.
 */
export interface Window {
  /**
   * The days on which it opens.
   *
   * @minItems 1
   *
   * Items: A day of the week.
   */
  days?: ("mon" | "tue" | "wed" | "thu" | "fri" | "sat" | "sun")[];
  from: LocalTime;
  to: LocalTime;
  zone?: Zone;
}
/**
 * One kind of event that ends the enrollment.
 */
export interface Stop {
  event: EventTypes;
  where?: Condition;
  /**
   * A path that must be equal in the event that started the rule and in this one: `message_id`, or one under `data`. Without it any such event of this contact counts.
   */
  same?: string;
}
/**
 * At most `max` messages in a window of time. A send counts that was accepted, or may have been.
 */
export interface Cap {
  /**
   * How many messages at most. At least 1; per contact at most 1000.
   */
  max: number;
  /**
   * What is counted together: the messages of one `contact`, of one `rule`, of one `channel`, or of the whole `workspace`. The last three are shared between workers: never exceeded, perhaps not used up.
   */
  per: "contact" | "rule" | "channel" | "workspace";
  /**
   * Only messages of this channel of heed.yaml count.
   */
  channel?: string;
  /**
   * Only messages of this class count.
   */
  class?: "transactional" | "marketing";
  /**
   * How long the window is: rolling, or a calendar day, week or month.
   */
  within: CalendarWindow | Duration;
  /**
   * `drop` the message, or `defer` it until there is room.
   */
  on_exceed?: "drop" | "defer";
}
/**
 * A day, a week from Monday, or a month of the calendar.
 */
export interface CalendarWindow {
  /**
   * What the count begins anew with.
   */
  calendar: "day" | "week" | "month";
  zone?: Zone;
}
/**
 * Sends one message through this channel of heed.yaml. Of a list, the first channel that can reach this contact, and the contact's `preferred_channel` before the others.
 */
export interface SendStep {
  /**
   * Sends one message through this channel of heed.yaml. Of a list, the first channel that can reach this contact, and the contact's `preferred_channel` before the others.
   */
  send: ChannelName[] | ChannelName;
  /**
   * A name that stays the same when steps are added or moved, so that enrollments under way find their place.
   */
  id?: string;
  when?: Condition;
  /**
   * The text of the message, in Liquid.
   */
  text?: string;
  /**
   * The subject of an email, or the title of a push message or ticket, in Liquid.
   */
  subject?: string;
  /**
   * The HTML body of an email, in Liquid. What a contact or an event supplied is escaped.
   */
  html?: string;
  body?: Body;
  /**
   * The name of a shared text instead of `text` and `html`: `templates/<name>.liquid`, and for email `templates/<name>.html.liquid` as well.
   */
  template?: string;
  /**
   * Where this message goes instead of the contact's own address, in Liquid. Only for channels that speak to your own people, and for transactional messages.
   */
  to?: string;
  /**
   * Another provider than the channel's, for this message alone.
   */
  provider?: string;
  on_failure?: Steps;
  /**
   * What to do when nobody knows whether the provider took the message: `park` it for a person, or `retry` and risk a second copy.
   */
  on_ambiguous?: "park" | "retry";
}
/**
 * What a webhook carries: a map of your own. Texts in it are Liquid.
 */
export interface Body {
  [k: string]: unknown;
}
/**
 * Sleeps this long before the next step, or until the next time the clock shows this.
 */
export interface WaitStep {
  /**
   * Sleeps this long before the next step, or until the next time the clock shows this.
   */
  wait: WaitForm | Duration;
  /**
   * A name that stays the same when steps are added or moved, so that enrollments under way find their place.
   */
  id?: string;
  when?: Condition;
}
/**
 * The shortest and the longest duration.
 */
export interface BetweenWait {
  /**
   * The shortest and the longest duration.
   *
   * @minItems 2
   * @maxItems 2
   */
  between: Duration[];
}
/**
 * The next time the clock shows this. At exactly that time it is now.
 */
export interface UntilWait {
  until: LocalTime;
  zone?: Zone;
}
/**
 * Sleeps until such an event of this contact or until the time-out, and goes on accordingly.
 */
export interface WaitForStep {
  wait_for: WaitFor;
  /**
   * A name that stays the same when steps are added or moved, so that enrollments under way find their place.
   */
  id?: string;
  when?: Condition;
}
/**
 * Sleeps until such an event of this contact or until the time-out, and goes on accordingly.
 */
export interface WaitFor {
  event: EventTypes;
  where?: Condition;
  /**
   * A path that must be equal in the event that started the rule and in this one: `message_id`, or one under `data`. Without it any such event of this contact counts.
   */
  same?: string;
  timeout: Duration;
  then?: Steps;
  otherwise?: Steps;
}
/**
 * Takes one way of several: the first whose `when` holds, or the case that a value equals.
 */
export interface BranchStep {
  /**
   * Takes one way of several: the first whose `when` holds, or the case that a value equals.
   */
  branch: Arm[] | Cases;
  /**
   * A name that stays the same when steps are added or moved, so that enrollments under way find their place.
   */
  id?: string;
  when?: Condition;
}
export interface WhenArm {
  when: Condition;
  do: Steps;
}
/**
 * The steps to take when no condition before it holds.
 */
export interface OtherwiseArm {
  otherwise: Steps;
}
/**
 * The value of one path, and what to do for each of its values.
 */
export interface Cases {
  /**
   * A path as in conditions.
   */
  on: string;
  cases: Cases1;
  otherwise?: Steps;
}
/**
 * Steps by value. Text is compared exactly.
 */
export interface Cases1 {
  [k: string]: Steps;
}
/**
 * Sets attributes of the contact. Texts are Liquid.
 */
export interface SetStep {
  set: Set;
  /**
   * A name that stays the same when steps are added or moved, so that enrollments under way find their place.
   */
  id?: string;
  when?: Condition;
}
/**
 * Sets attributes of the contact. Texts are Liquid.
 */
export interface Set {
  [k: string]: AttributeValue;
}
/**
 * Gives the contact this tag, in Liquid, and emits `contact.tagged` when it is new.
 */
export interface TagStep {
  /**
   * Gives the contact this tag, in Liquid, and emits `contact.tagged` when it is new.
   */
  tag: string;
  /**
   * A name that stays the same when steps are added or moved, so that enrollments under way find their place.
   */
  id?: string;
  when?: Condition;
}
/**
 * Takes this tag from the contact, in Liquid, and emits `contact.untagged` when it was there.
 */
export interface UntagStep {
  /**
   * Takes this tag from the contact, in Liquid, and emits `contact.untagged` when it was there.
   */
  untag: string;
  /**
   * A name that stays the same when steps are added or moved, so that enrollments under way find their place.
   */
  id?: string;
  when?: Condition;
}
/**
 * A new event of this contact, which other rules may trigger on. It has a name of your own: what only a person, a provider or your systems can say, such as `sms.opted_in`, no rule emits.
 */
export interface EmitStep {
  emit: Emit;
  /**
   * A name that stays the same when steps are added or moved, so that enrollments under way find their place.
   */
  id?: string;
  when?: Condition;
}
/**
 * A new event of this contact, which other rules may trigger on. It has a name of your own: what only a person, a provider or your systems can say, such as `sms.opted_in`, no rule emits.
 */
export interface Emit {
  event: EventType;
  data?: Data;
}
/**
 * What it carries under `event.data`. Texts are Liquid.
 */
export interface Data {
  [k: string]: AttributeValue;
}
/**
 * Other enrollments of this contact wait this long.
 */
export interface HoldStep {
  /**
   * Other enrollments of this contact wait this long.
   */
  hold: RulesHold | ClassHold;
  /**
   * A name that stays the same when steps are added or moved, so that enrollments under way find their place.
   */
  id?: string;
  when?: Condition;
}
/**
 * The ids of the rules that wait.
 */
export interface RulesHold {
  /**
   * The ids of the rules that wait.
   *
   * @minItems 1
   * @maxItems 50
   */
  rules: string[];
  for: Duration;
}
/**
 * All rules of this class wait.
 */
export interface ClassHold {
  /**
   * All rules of this class wait.
   */
  class: "transactional" | "marketing";
  for: Duration;
}
/**
 * Ends the enrollment, with this note on why.
 */
export interface StopStep {
  /**
   * Ends the enrollment, with this note on why.
   */
  stop: string;
  /**
   * A name that stays the same when steps are added or moved, so that enrollments under way find their place.
   */
  id?: string;
  when?: Condition;
}
/**
 * How often, and for how long, a send that failed for a passing reason is tried again.
 */
export interface Retry {
  /**
   * Calls to the provider in all, the first included.
   */
  attempts?: number;
  within?: Duration;
}
