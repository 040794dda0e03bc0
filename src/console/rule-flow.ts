import type { Duration, DurationRange, Rule, Step, Window } from "../core/model/rulebook.ts";
import { formatLocalTime } from "../core/time/local-time.ts";

/** A rule as a drawing and a list of sentences tell it: what happens, in order, and where it goes on. */
export interface RuleFlow {
  /** From the trigger to the end, as the author wrote them. */
  readonly nodes: readonly FlowNode[];
  readonly edges: readonly FlowEdge[];
}

export interface FlowNode {
  readonly id: string;
  readonly text: string;
  /** `speaks`: a message goes out there. */
  readonly kind: "start" | "speaks" | "step" | "end";
}

export interface FlowEdge {
  readonly from: string;
  readonly to: string;
  /** When this way is taken; empty where there is no other. */
  readonly label: string;
}

export const END = "end";

export function flowOf(rule: Rule): RuleFlow {
  const opening = openingOf(rule);
  const steps = [...rule.steps.values()];
  const nodes: readonly FlowNode[] = [
    ...opening.map(({ id, text }): FlowNode => ({ id, text, kind: "start" })),
    ...steps.map((step): FlowNode => ({
      id: idOf(step),
      text: `${textOf(step)}${step.when === null ? "" : ", when its condition holds"}`,
      kind: step.verb === "send" ? "speaks" : "step",
    })),
    { id: END, text: "the run ends", kind: "end" },
  ];
  const first = rule.steps.get(rule.first);
  const edges = opening.flatMap(({ id, otherwise }, index): readonly FlowEdge[] => {
    const to = opening[index + 1]?.id ?? (first === undefined ? END : idOf(first));
    const on: FlowEdge = { from: id, to, label: otherwise === null ? "" : "yes" };
    return otherwise === null ? [on] : [on, { from: id, to: END, label: otherwise }];
  });
  return { nodes, edges: [...edges, ...steps.flatMap(waysOf)] };
}

/** Step ids are the author's and might be the same as ours. */
function idOf({ id }: Pick<Step, "id">): string {
  return `step ${id}`;
}

interface Opening {
  readonly id: string;
  readonly text: string;
  /** The label of the way out where there is one. */
  readonly otherwise: string | null;
}

/** What comes before the first step. */
function openingOf({ trigger, delay, window, guard }: Rule): readonly Opening[] {
  const { events, where } = trigger.match;
  const on = `${events.join(" or ")}${where === null ? "" : ", if its condition holds"}`;
  return [
    { id: "trigger", text: `on ${on}`, otherwise: null },
    ...(delay === null ? [] : [{ id: "delay", text: `after ${rangeText(delay)}`, otherwise: null }]),
    ...(window === null ? [] : [{ id: "window", text: windowText(window), otherwise: null }]),
    ...(guard === null ? [] : [{ id: "guard", text: "does the guard hold?", otherwise: "no" }]),
  ];
}

function textOf(step: Step): string {
  switch (step.verb) {
    case "send":
      return `send through ${step.channels.join(", else ")}`;
    case "wait":
      return step.wait.kind === "for"
        ? `wait ${rangeText(step.wait.range)}`
        : `wait until ${formatLocalTime(step.wait.minute)} (${zoneText(step.wait.zone)})`;
    case "wait_for":
      return `wait for ${step.for.match.events.join(" or ")}, at most ${durationText(step.timeout)}`;
    case "branch":
      return step.arms.length === 1 ? "does a condition hold?" : "which condition holds first?";
    case "set":
      return `set ${Object.keys(step.attributes).join(", ")}`;
    case "tag":
    case "untag":
      return `${step.verb} the contact`;
    case "emit":
      return `emit ${step.event}`;
    case "hold":
      return `hold ${step.what.kind === "class" ? `all ${step.what.class} rules` : step.what.rules.join(", ")} for ${durationText(step.for)}`;
    case "stop":
      return step.note === "" ? "stop" : `stop: ${step.note}`;
  }
}

function waysOf(step: Step): readonly FlowEdge[] {
  const way = (to: string | null, label: string): FlowEdge => ({
    from: idOf(step),
    to: to === null ? END : idOf({ id: to }),
    label,
  });
  switch (step.verb) {
    case "stop":
      return [way(null, "")];
    case "wait_for":
      return [way(step.then, "it came"), way(step.otherwise, "it did not")];
    case "branch":
      return [
        ...step.arms.map(({ to }, index) => way(to, step.arms.length === 1 ? "yes" : `the ${ordinal(index + 1)}`)),
        way(step.otherwise, step.arms.length === 1 ? "no" : "none"),
      ];
    case "send":
      return step.onFailure === null
        ? [way(step.next, "")]
        : [way(step.next, "sent"), way(step.onFailure, "cannot reach")];
    default:
      return [way(step.next, "")];
  }
}

function ordinal(number: number): string {
  if (number % 100 >= 11 && number % 100 <= 13) return `${number}th`;
  return `${number}${["th", "st", "nd", "rd"][number % 10] ?? "th"}`;
}

const UNITS: Readonly<Record<Duration["unit"], string>> = { s: "second", m: "minute", h: "hour", d: "day", w: "week" };

export function durationText({ count, unit }: Duration): string {
  return `${count} ${UNITS[unit]}${count === 1 ? "" : "s"}`;
}

function rangeText({ min, max }: DurationRange): string {
  const [least, most] = [durationText(min), durationText(max)];
  return least === most ? least : `${least} to ${most}`;
}

function windowText({ days, from, to, zone }: Window): string {
  return `within ${days.join(" ")} ${formatLocalTime(from)}–${formatLocalTime(to)} (${zoneText(zone)})`;
}

function zoneText(zone: string): string {
  return zone === "contact" ? "the contact's time" : zone;
}
