import type { Condition, Test } from "../conditions/condition.ts";
import { not } from "../conditions/logic/parts.ts";
import { literalOf } from "./made-events.ts";
import type { DurationOrRange, RuleFile, WaitForm } from "./rule-file.generated.ts";
import { lengthOf } from "./step-times.ts";
import type { PlacedStep, StepArm } from "./steps.ts";
import { skipped, walkSteps } from "./walk-steps.ts";

/** What a step of the rule has done on every way to another one, and a condition there may ask. */
export interface OwnDeed extends PlacedStep {
  /** Of deeds with the same key the last one counts: a field has one value. */
  readonly key: string;
  /** What holds since; null of a message, of which it matters how long ago it was. */
  readonly fact: Condition | null;
  /** The channel of a message. */
  readonly channel: string | null;
  /** How long ago it is at most, in milliseconds. */
  readonly elapsed: number;
}

/** Every send that can be reached, with what the steps on the way to it have done. */
export interface SendAfterDeeds extends PlacedStep {
  readonly deeds: readonly OwnDeed[];
}

const known = new WeakMap<RuleFile, readonly SendAfterDeeds[]>();

export function sendsAfterDeeds(file: RuleFile): readonly SendAfterDeeds[] {
  const found = known.get(file) ?? walk(file);
  known.set(file, found);
  return found;
}

type State = readonly OwnDeed[];

function walk({ actions }: RuleFile): readonly SendAfterDeeds[] {
  const found: SendAfterDeeds[] = [];
  walkSteps<State>(actions, [], {
    at: (step, deeds) => void ("send" in step.step && found.push({ ...step, deeds })),
    into: (step, way, deeds) => (way.path[0] === skipped ? deeds : through(step, way, deeds)),
    join: (one, other) => one.flatMap((deed) => shared(deed, other)),
  });
  return found;
}

/** A deed that was done on both ways, as long ago as on the slower one. */
function shared(deed: OwnDeed, others: State): State {
  const other = others.find(({ key, path }) => key === deed.key && path.join() === deed.path.join());
  return other === undefined ? [] : [{ ...deed, elapsed: Math.max(deed.elapsed, other.elapsed) }];
}

function through(placed: PlacedStep, way: StepArm, deeds: State): State {
  const { step } = placed;
  const slept = longest(placed);
  if (slept > 0) return deeds.map((deed) => ({ ...deed, elapsed: deed.elapsed + slept }));
  // What is sent on failure follows a message that nobody got.
  if ("send" in step) {
    if (way.path[0] === "on_failure" || typeof step.send !== "string") return deeds;
    return after(deeds, { ...placed, key: `send ${placed.path.join()}`, fact: null, channel: step.send, elapsed: 0 });
  }
  const done =
    "set" in step ? Object.entries(step.set).map(([name, value]) => written(name, literalOf(value))) : tagged(step);
  return done.reduce<State>(
    (state, { key, fact }) =>
      fact === null
        ? state.filter((deed) => deed.key !== key)
        : after(state, { ...placed, key, fact, channel: null, elapsed: 0 }),
    deeds,
  );
}

function after(deeds: State, deed: OwnDeed): State {
  return [...deeds.filter(({ key }) => key !== deed.key), deed];
}

type Done = Pick<OwnDeed, "key" | "fact">;

/** A text in Liquid may come to anything. */
function written(name: string, literal: string | number | boolean | null): Done {
  return { key: name, fact: literal === null ? null : testOf(name, "is", literal) };
}

function tagged(step: PlacedStep["step"]): readonly Done[] {
  const tag = "tag" in step ? step.tag : "untag" in step ? step.untag : null;
  if (tag === null || literalOf(tag) === null) return [];
  const has = testOf("contact.tags", "contains", tag);
  return [{ key: `tag ${tag.toLowerCase()}`, fact: "tag" in step ? has : not(has) }];
}

function testOf(name: string, operator: Test["operator"], operand: string | number | boolean): Test {
  return { kind: "test", path: name.split("."), operator, operand, at: [] };
}

/** How long a step sleeps at most, in milliseconds. */
function longest({ step }: PlacedStep): number {
  if ("wait" in step) return longestWait(step.wait);
  return "wait_for" in step ? lengthOf(step.wait_for.timeout) : 0;
}

/** A time of day comes within a day, which may have 25 hours. */
const longestDay = 25 * 3_600_000;

function longestWait(wait: DurationOrRange | WaitForm): number {
  if (typeof wait === "string") return lengthOf(wait);
  return "between" in wait ? Math.max(...wait.between.map(lengthOf)) : longestDay;
}
