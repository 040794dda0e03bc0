import type { Json } from "../core/model/json.ts";
import type { Reason } from "../core/model/reason.ts";
import { parseWindow, resolveWindow } from "../rulebook/moment.ts";
import { pathInCase } from "../rulebook/parsed-tests.ts";
import type { Path } from "../rulebook/problem.ts";
import type { Because, Expectation, Matcher, SendExpectation, TextMatcher } from "../rulebook/test-file.generated.ts";
import { assign } from "./assign.ts";
import { describeExpectation, describeSighting } from "./describe.ts";
import { fitsMatcher } from "./matcher.ts";
import type { Happening } from "./happening.ts";
import type { Names } from "./names.ts";
import { type Sighting, sightingsOf } from "./sighting.ts";

/** One way in which a case was not as its author expects. */
export interface Failure {
  /** Where in the test file it is expected. */
  readonly path: Path;
  /** In one sentence. */
  readonly message: string;
  readonly expected: string;
  readonly got: string;
  /** What to explain. */
  readonly about: {
    /** The rules that it is about; all of them when it is empty. */
    readonly rules: readonly string[];
    /** The contact that it is about; null stands for all. */
    readonly key: string | null;
    /** What came instead of what was expected, or beside it. */
    readonly came: Came | null;
    /** What did not come: only rules that ever do such a thing have to do with it. */
    readonly missed?: Expectation;
  };
}

export interface Came {
  readonly decision: number;
  /** Whether it came at another time. */
  readonly offTime: boolean;
}

/** Holds what happened against what is expected: a closed world for messages, an open one for everything else. */
export function judgeCase(names: Names, happenings: readonly Happening[]): readonly Failure[] {
  const sightings = sightingsOf(happenings);
  const { expect, expectPath } = names.run;
  const expectations = (expect === "none" ? [] : expect).map((expectation, index) => ({
    expectation,
    path: [...expectPath, index],
  }));
  const sends = expectations.filter(({ expectation }) => "send" in expectation);
  const others = expectations.filter(({ expectation }) => !("send" in expectation));
  const messages = sightings.filter(({ kind }) => kind === "send");
  return [
    ...judgeMessages(names, sends, messages),
    ...judgeOthers(names, others, sightings),
    ...judgeReasons(names, happenings),
  ];
}

interface Placed {
  readonly expectation: Expectation;
  readonly path: Path;
}

function judgeMessages(names: Names, expected: readonly Placed[], seen: readonly Sighting[]): readonly Failure[] {
  const differing = (place: number, sighting: number): readonly Difference[] => {
    const [placed, other] = [expected[place], seen[sighting]];
    return placed === undefined || other === undefined ? [] : differences(names, placed.expectation, other);
  };
  const assigned = assign(expected.length, seen.length, (place, sighting) => differing(place, sighting).length === 0);
  const left = new Set(seen.keys());
  for (const sighting of assigned) if (sighting !== null) left.delete(sighting);
  const failures = expected.flatMap((placed, place) => {
    if (assigned[place] !== null) return [];
    // The message that was most likely meant: what differs says more than that one is missing and another too many.
    const [nearest] = [...left]
      .filter((sighting) => !differing(place, sighting).some(({ field }) => field === "send" || field === "contact"))
      .toSorted((a, b) => differing(place, a).length - differing(place, b).length);
    const near = nearest === undefined ? undefined : seen[nearest];
    if (nearest !== undefined) left.delete(nearest);
    return [missing(names, placed, near ?? null)];
  });
  const unexpected = [...left].flatMap((sighting) => {
    const message = seen[sighting];
    return message === undefined ? [] : [tooMuch(names, message, expected.length)];
  });
  return [...failures, ...unexpected];
}

function judgeOthers(names: Names, expected: readonly Placed[], seen: readonly Sighting[]): readonly Failure[] {
  const assigned = assign(expected.length, seen.length, (place, sighting) => {
    const [placed, other] = [expected[place], seen[sighting]];
    return placed !== undefined && other !== undefined && differences(names, placed.expectation, other).length === 0;
  });
  return expected.flatMap((placed, place) => {
    if (assigned[place] !== null) return [];
    const near = seen.find((other) => sameThing(placed.expectation, other));
    return [missing(names, placed, near ?? null)];
  });
}

function missing(names: Names, { expectation, path }: Placed, near: Sighting | null): Failure {
  const expected = describeExpectation(expectation);
  const about = {
    rules: expectation.rule === undefined ? [] : [expectation.rule],
    key: expectation.contact === undefined ? null : names.keyOf(expectation.contact),
    came: null,
    missed: expectation,
  };
  if (near === null)
    return { path, message: `expected ${expected}, and there was none`, expected, got: "nothing", about };
  const differing = differences(names, expectation, near);
  const [first] = differing;
  const at = first === undefined ? path : [...path, ...first.at];
  const message = `expected ${expected}, but ${differing.map(({ text }) => text).join(", and ")}`;
  const came = { decision: near.decision, offTime: differing.some(({ field }) => field === "at") };
  const got = describeSighting(near, names);
  return { path: at, message, expected, got, about: { rules: near.rules, key: near.key, came } };
}

function tooMuch(names: Names, message: Sighting, others: number): Failure {
  const got = describeSighting(message, names);
  const { run } = names;
  return {
    path: run.expectPath,
    message: `expected ${others === 0 ? "no message" : "no other message"}, got ${got}`,
    expected: others === 0 ? "no message" : `no message beside ${others === 1 ? "the one" : `the ${others}`} expected`,
    got,
    about: { rules: message.rules, key: message.key, came: { decision: message.decision, offTime: false } },
  };
}

function judgeReasons(names: Names, happenings: readonly Happening[]): readonly Failure[] {
  const { because = [] } = names.run.story;
  const given = happenings.flatMap((happening) => reasonIn(happening));
  return because.flatMap((wanted, index) => {
    const recorded = given.filter((one) => (one.rule ?? wanted.rule) === wanted.rule && isOf(names, wanted, one));
    if (recorded.some((one) => one.reason === wanted.reason && isWithin(names, wanted.at, one))) return [];
    const reasons = new Set(recorded.map(({ reason }) => reason));
    const got = reasons.size === 0 ? "none was recorded" : `recorded were ${[...reasons].join(", ")}`;
    const when = wanted.at === undefined ? "" : ` at ${wanted.at}`;
    const expected = `${wanted.reason} of ${wanted.rule}${when}`;
    const key = wanted.contact === undefined ? null : names.keyOf(wanted.contact);
    return [
      {
        path: pathInCase(names.run, "because", index),
        message: `expected the reason ${expected}, and ${got}`,
        expected,
        got,
        about: { rules: [wanted.rule], key, came: null },
      },
    ];
  });
}

interface GivenReason {
  readonly at: number;
  readonly key: string;
  /** Null for what is true of an event, whatever the rule. */
  readonly rule: string | null;
  readonly reason: Reason;
}

/** A rule that lets an event pass leaves no record: every rule lets nearly every event pass. */
function reasonIn(happening: Happening): readonly GivenReason[] {
  const { at, key } = happening;
  if (happening.kind === "passed_by" && happening.what === "trigger") {
    return [{ at, key, rule: happening.rule, reason: "trigger.no_match" }];
  }
  if (happening.kind !== "recorded") return [];
  const { rule = null, reason } = happening.record;
  // That no rule at all starts says less than which one does not.
  return reason === undefined || (rule === null && reason === "trigger.no_match") ? [] : [{ at, key, rule, reason }];
}

function isOf(names: Names, { contact }: Because, { key }: GivenReason): boolean {
  return contact === undefined || names.keyOf(contact) === key;
}

function isWithin(
  names: Names,
  at: string | undefined,
  { at: when, key }: { readonly at: number; readonly key: string },
): boolean {
  const window = at === undefined ? null : parseWindow(at);
  if (window === null) return true;
  const { from, to } = resolveWindow(window, names.run.start, names.zoneOf(key));
  return when >= from && when <= to;
}

interface Difference {
  readonly field: string;
  /** From the expectation to what differs. */
  readonly at: Path;
  /** What was found instead, as the end of "expected …, but". */
  readonly text: string;
}

/** Whether both are of the same kind, so that one may be taken for the other. */
function sameThing(expectation: Expectation, sighting: Sighting): boolean {
  if ("event" in expectation) return sighting.kind === "event" && sighting.type === expectation.event;
  if ("set" in expectation) {
    return (
      sighting.kind === "set" &&
      Object.keys(expectation.set).some((path) => Object.hasOwn(sighting.attributes, attributeOf(path)))
    );
  }
  if ("tag" in expectation) return sighting.kind === "tag" && sighting.tag === expectation.tag;
  return "untag" in expectation && sighting.kind === "untag" && sighting.tag === expectation.untag;
}

function differences(names: Names, expectation: Expectation, sighting: Sighting): readonly Difference[] {
  const own =
    "send" in expectation ? messageDifferences(expectation, sighting) : otherDifferences(expectation, sighting);
  const { contact, rule, at } = expectation;
  const owner = names.nameOf(sighting.key);
  const actor = sighting.rules.length === 0 ? "no rule" : sighting.rules.join(" or ");
  return [
    ...own,
    ...difference("contact", contact === undefined || names.keyOf(contact) === sighting.key, `it is of ${owner}`),
    ...difference("rule", rule === undefined || sighting.rules.includes(rule), `it is by ${actor}`),
    ...difference("at", isWithin(names, at, sighting), `it is ${describeSighting(sighting, names, "time")}`),
  ];
}

function messageDifferences(expectation: SendExpectation, sighting: Sighting): readonly Difference[] {
  if (sighting.kind !== "send") return [{ field: "send", at: ["send"], text: "it is no message" }];
  const { channel, provider, to, content } = sighting;
  const field = (name: "to" | "text" | "subject" | "html" | "body", value: Json | undefined): readonly Difference[] => {
    const matcher: TextMatcher | undefined = expectation[name];
    const fits = matcher === undefined || fitsMatcher(matcher, value);
    return difference(name, fits, `\`${name}\` is ${describeValue(value)}`);
  };
  return [
    ...difference("send", expectation.send === channel, `it goes through \`${channel}\``),
    ...difference("provider", (expectation.provider ?? provider) === provider, `it goes through ${provider}`),
    ...field("to", to ?? undefined),
    ...field("text", content["text"]),
    ...field("subject", content["subject"]),
    ...field("html", content["html"]),
    ...field("body", content["body"]),
  ];
}

function otherDifferences(
  expectation: Exclude<Expectation, SendExpectation>,
  sighting: Sighting,
): readonly Difference[] {
  if (!sameThing(expectation, sighting)) return [{ field: "kind", at: [], text: "it is something else" }];
  const fields = (
    matchers: Readonly<Record<string, Matcher>>,
    key: string,
    valueOf: (name: string) => Json | undefined,
  ): readonly Difference[] =>
    Object.entries(matchers).flatMap(([name, matcher]) => {
      const value = valueOf(name);
      if (fitsMatcher(matcher, value)) return [];
      return [{ field: name, at: [key, name], text: `\`${name}\` is ${describeValue(value)}` }];
    });
  if ("event" in expectation && sighting.kind === "event") {
    return fields(expectation.data ?? {}, "data", (name) => sighting.data[name]);
  }
  if ("set" in expectation && sighting.kind === "set") {
    return fields(expectation.set, "set", (path) => sighting.attributes[attributeOf(path)]);
  }
  return [];
}

/** `lead_source` of `contact.lead_source`. */
function attributeOf(path: string): string {
  return path.slice("contact.".length);
}

function difference(field: string, fits: boolean, text: string): readonly Difference[] {
  return fits ? [] : [{ field, at: [field], text }];
}

function describeValue(value: Json | undefined): string {
  return value === undefined || value === null ? "not there" : JSON.stringify(value);
}
