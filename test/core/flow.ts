import type {
  BranchStep,
  Duration,
  EventMatch,
  HoldStep,
  Rule,
  SendStep,
  Step,
  Value,
  WaitStep,
} from "../../src/core/model/rulebook.ts";

/** Steps as an author nests them, for tests of the core: each draft becomes a step once it knows its neighbours. */

interface Place {
  readonly id: string;
  readonly next: string | null;
  /** Lays out the steps of an arm, which leads back to `next`; the id of its first, or `next` when it has none. */
  readonly arm: (name: string, drafts: readonly Draft[]) => string | null;
}

export type Draft = (place: Place) => Step;

export function flow(...drafts: readonly Draft[]): Pick<Rule, "first" | "steps"> {
  const steps = new Map<string, Step>();
  const first = lay(drafts, "", null, steps);
  return { first: first ?? "", steps };
}

function lay(drafts: readonly Draft[], prefix: string, after: string | null, steps: Map<string, Step>): string | null {
  drafts.forEach((draft, index) => {
    const id = `${prefix}${index + 1}`;
    const next = index + 1 < drafts.length ? `${prefix}${index + 2}` : after;
    const arm = (name: string, inner: readonly Draft[]): string | null => lay(inner, `${id}.${name}.`, next, steps);
    steps.set(id, draft({ id, next, arm }));
  });
  return drafts.length === 0 ? after : `${prefix}1`;
}

const base = ({ id, next }: Place) => ({ id, next, when: null });

export const text = (template: string): Value => ({ kind: "text", template });
export const literal = (value: number | string | boolean): Value => ({ kind: "literal", value });

interface GivenSend extends Partial<Omit<SendStep, "onFailure" | "channels">> {
  readonly onFailure?: readonly Draft[];
}

export function send(channels: string | readonly string[], { onFailure, ...fields }: GivenSend = {}): Draft {
  return (place) => ({
    ...base(place),
    verb: "send",
    channels: typeof channels === "string" ? [channels] : channels,
    content: { text: "hello" },
    body: null,
    to: null,
    provider: null,
    onFailure: onFailure === undefined ? null : place.arm("on_failure", onFailure),
    onAmbiguous: "park",
    ...fields,
  });
}

export function wait(count: number, unit: Duration["unit"]): Draft {
  const length = { count, unit };
  return (place) => ({ ...base(place), verb: "wait", wait: { kind: "for", range: { min: length, max: length } } });
}

export function waitUntil(minute: number, zone = "contact"): Draft {
  const until: WaitStep["wait"] = { kind: "until", minute, zone };
  return (place) => ({ ...base(place), verb: "wait", wait: until });
}

interface GivenWaitFor {
  readonly match: EventMatch;
  readonly same?: readonly string[];
  readonly timeout: Duration;
  readonly then?: readonly Draft[];
  readonly otherwise?: readonly Draft[];
}

export function waitFor({ match, same, timeout, then = [], otherwise = [] }: GivenWaitFor): Draft {
  return (place) => ({
    ...base(place),
    verb: "wait_for",
    for: { match, same: same ?? null },
    timeout,
    then: place.arm("then", then),
    otherwise: place.arm("otherwise", otherwise),
  });
}

/** Arms by the name of the condition that the world answers. */
export function branch(arms: Readonly<Record<string, readonly Draft[]>>, otherwise: readonly Draft[] = []): Draft {
  return (place): BranchStep => ({
    ...base(place),
    verb: "branch",
    arms: Object.entries(arms).map(([test, drafts]) => ({ when: { test }, to: place.arm(test, drafts) ?? "" })),
    otherwise: place.arm("otherwise", otherwise),
  });
}

export function set(attributes: Readonly<Record<string, Value>>): Draft {
  return (place) => ({ ...base(place), verb: "set", attributes });
}

export function tag(verb: "tag" | "untag", name: string): Draft {
  return (place) => ({ ...base(place), verb, tag: name });
}

export function emit(event: string, data: Readonly<Record<string, Value>> = {}): Draft {
  return (place) => ({ ...base(place), verb: "emit", event, data });
}

export function hold(what: HoldStep["what"], count: number, unit: Duration["unit"]): Draft {
  return (place) => ({ ...base(place), verb: "hold", what, for: { count, unit } });
}

export function stop(note: string): Draft {
  return (place) => ({ ...base(place), verb: "stop", note });
}

/** The same step, taken only when the condition of this name holds. */
export function onlyWhen(test: string, draft: Draft): Draft {
  return (place) => ({ ...draft(place), when: { test } });
}
