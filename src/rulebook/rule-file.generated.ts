// Generated from the JSON Schema by `npm run generate`; edit the schema instead.

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
 * A duration, or a range from which one is drawn.
 */
export type DurationOrRange = RangeOfDurations | Duration;
/**
 * One verb: `send`, `wait` or `stop`, with what it needs.
 */
export type Step = SendStep | WaitStep | StopStep;

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
  trigger: Trigger;
  /**
   * What a further trigger does while the contact is already in this rule: `ignore` it, `restart` from the beginning, or run `parallel` to the first.
   */
  reentry?: "ignore" | "restart" | "parallel";
  delay?: DurationOrRange;
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
  /**
   * The steps, in order.
   *
   * @minItems 1
   * @maxItems 100
   */
  actions: Step[];
  retry?: Retry;
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
 * A map whose entries must all hold: `path: value` for equality, `path: { operator: value }`, or `all`, `any` and `not` to combine. Paths begin with `event.`, `trigger.`, `contact.`, `consent.`, `message.` or `last.`.
 */
export interface Condition {
  [k: string]: unknown;
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
 * At most `max` messages in a rolling window. A send counts that was accepted, or may have been.
 */
export interface Cap {
  /**
   * How many messages at most. At least 1.
   */
  max: number;
  /**
   * What is counted together.
   */
  per: "contact";
  /**
   * Only messages of this channel of heed.yaml count.
   */
  channel?: string;
  /**
   * Only messages of this class count.
   */
  class?: "transactional" | "marketing";
  within: Duration;
  /**
   * `drop` the message, or `defer` it until there is room.
   */
  on_exceed?: "drop" | "defer";
}
/**
 * Sends one message through this channel of heed.yaml.
 */
export interface SendStep {
  /**
   * A name that stays the same when steps are added or moved, so that enrollments under way find their place.
   */
  id?: string;
  when?: Condition;
  /**
   * Sends one message through this channel of heed.yaml.
   */
  send: string;
  /**
   * The text of the message, in Liquid.
   */
  text?: string;
  /**
   * The subject of an email, in Liquid.
   */
  subject?: string;
  /**
   * The HTML body of an email, in Liquid. What a contact or an event supplied is escaped.
   */
  html?: string;
  /**
   * What to do when nobody knows whether the provider took the message: `park` it for a person, or `retry` and risk a second copy.
   */
  on_ambiguous?: "park" | "retry";
}
/**
 * Sleeps this long before the next step.
 */
export interface WaitStep {
  /**
   * A name that stays the same when steps are added or moved, so that enrollments under way find their place.
   */
  id?: string;
  when?: Condition;
  wait: DurationOrRange;
}
/**
 * Ends the enrollment, with this note on why.
 */
export interface StopStep {
  /**
   * A name that stays the same when steps are added or moved, so that enrollments under way find their place.
   */
  id?: string;
  when?: Condition;
  /**
   * Ends the enrollment, with this note on why.
   */
  stop: string;
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
