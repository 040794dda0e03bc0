import type { Json } from "../../core/model/json.ts";
import { isJsonObject } from "../../core/model/parse-json.ts";
import { isList } from "../../core/model/path.ts";
import { jsonAt } from "../../rulebook/json-at.ts";
import { stepPaths } from "../../rulebook/steps.ts";
import type { ChangeClass } from "../plan.ts";
import {
  asWritten,
  ofCapWindow,
  ofCondition,
  ofDuration,
  ofList,
  ofQuestion,
  ofSet,
  ofShare,
  ofTest,
  ofWait,
} from "./meaning.ts";
import { leaf, list, type ListShape, map, type MapShape, section, tree } from "./shape.ts";

/** Every key of a rule file, and for whom a change of it matters. */

export const capShape = map("volume", {
  max: leaf("volume"),
  per: leaf("volume"),
  channel: leaf("volume"),
  class: leaf("volume"),
  within: leaf("volume", ofCapWindow),
  on_exceed: leaf("volume", asWritten, "drop"),
});

/** A condition, of which every part matters to the same people. What is inside of it is judged with all of it. */
function conditionOf(of: ChangeClass): MapShape {
  const question = leaf(of, ofQuestion);
  const inner: MapShape = map(
    of,
    {
      get all() {
        return several;
      },
      get any() {
        return several;
      },
      get not() {
        return inner;
      },
      get did() {
        return did;
      },
      get did_not() {
        return did;
      },
      was_sent: question,
      was_not_sent: question,
    },
    { others: leaf(of, ofTest), meaning: ofCondition },
  );
  const several = list(inner, { alike: askTheSame });
  const did = map(of, {
    event: leaf(of, ofSet),
    where: inner,
    within: leaf(of, ofDuration, "90d"),
    at_least: leaf(of, asWritten, 1),
  });
  return inner;
}

const condition: MapShape = { ...conditionOf("audience"), judged: "condition" };

/** Events of these types for which the condition holds, which are judged together. */
function hearing(of: ChangeClass, keys: MapShape["keys"]): MapShape {
  const ofEvents = { event: leaf(of, ofSet), where: conditionOf(of), same: leaf(of) };
  return map(of, { ...ofEvents, ...keys }, { judged: "hearing" });
}

const step: MapShape = map(classOfStep, {
  id: leaf("state"),
  when: condition,
  send: leaf("route", ofList),
  text: leaf("content"),
  subject: leaf("content"),
  html: leaf("content"),
  body: tree("content"),
  template: leaf("content"),
  to: leaf("route"),
  provider: leaf("route"),
  get on_failure() {
    return steps;
  },
  on_ambiguous: leaf("volume", asWritten, "park"),
  wait: leaf("timing", ofWait),
  get wait_for() {
    return waitFor;
  },
  get branch() {
    return branch;
  },
  set: tree("state"),
  tag: leaf("state"),
  untag: leaf("state"),
  emit: section({ event: leaf("state"), data: tree("state") }),
  hold: section({ rules: leaf("timing", ofSet), class: leaf("timing"), for: leaf("timing", ofDuration) }),
  stop: leaf("cosmetic"),
});

const steps: ListShape = list(step, { ordered: true, alike: sameVerb });

const waitFor = hearing("audience", { timeout: leaf("timing", ofDuration), then: steps, otherwise: steps });

const branch = {
  kind: "either",
  class: classOfStep,
  meaning: asWritten,
  list: list(map(classOfStep, { when: condition, do: steps, otherwise: steps }), {
    ordered: true,
    alike: (before, after) => hasKey(before, "otherwise") === hasKey(after, "otherwise"),
  }),
  map: section({ on: leaf("audience"), cases: section({}, { others: steps }), otherwise: steps }),
} as const;

export const ruleShape: MapShape = section({
  rule: leaf("state"),
  description: leaf("cosmetic"),
  owner: leaf("cosmetic"),
  class: leaf("safety"),
  enabled: leaf("audience", asWritten, true),
  mode: leaf("audience", asWritten, "live"),
  experiment: leaf("audience"),
  rollout: leaf("audience", ofShare, "100%"),
  moved: section({ from: leaf("state") }),
  trigger: {
    ...hearing("audience", { max_age: leaf("audience", ofDuration, "24h") }),
    whole: false,
  },
  reentry: section(
    {
      policy: leaf("volume", asWritten, "ignore"),
      key: leaf("state"),
      cooldown: leaf("volume", ofDuration),
    },
    { long: (value) => (typeof value === "string" ? { policy: value } : value) },
  ),
  holdout: leaf("audience", ofShare),
  // What counts as a success changes nobody's messages, but all figures.
  goal: hearing("state", { within: leaf("state", ofDuration), value: leaf("state") }),
  delay: leaf("timing", ofWait),
  window: map("timing", {
    days: leaf("timing", ofSet, ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]),
    from: leaf("timing"),
    to: leaf("timing"),
    zone: leaf("timing", asWritten, "contact"),
  }),
  guard: condition,
  stop_on: list(hearing("safety", {}), { alike: shareEvents }),
  expires: leaf("timing", ofDuration, "30d"),
  caps: list(capShape),
  actions: steps,
  retry: section({ attempts: leaf("volume", asWritten, 5), within: leaf("volume", ofDuration, "15m") }),
  on_change: leaf("state", asWritten, "finish"),
});

const verbs = ["send", "wait", "wait_for", "branch", "set", "tag", "untag", "emit", "hold", "stop"] as const;

const classOfVerb: Readonly<Record<(typeof verbs)[number], ChangeClass>> = {
  send: "volume",
  wait: "timing",
  wait_for: "timing",
  branch: "audience",
  set: "state",
  tag: "state",
  untag: "state",
  emit: "state",
  hold: "timing",
  stop: "audience",
};

/** Of a step, or an arm of a branch, that comes or goes: messages count more than what is around them. */
function classOfStep(value: Json): ChangeClass {
  const verb = verbOf(value);
  const data = { actions: [verb === null ? { branch: [value] } : value] };
  if (stepPaths(data).some((path) => hasKey(jsonAt(data, path), "send"))) return "volume";
  return verb === null ? "audience" : classOfVerb[verb];
}

function verbOf(value: Json): (typeof verbs)[number] | null {
  return verbs.find((verb) => hasKey(value, verb)) ?? null;
}

function sameVerb(before: Json, after: Json): boolean {
  return verbOf(before) === verbOf(after);
}

function hasKey(value: Json | undefined, key: string): boolean {
  return isJsonObject(value) && Object.hasOwn(value, key);
}

/** Whether two conditions of a list ask for some path, or for history, both of them. */
function askTheSame(before: Json, after: Json): boolean {
  return isJsonObject(before) && Object.keys(before).some((key) => hasKey(after, key));
}

function shareEvents(before: Json, after: Json): boolean {
  const [one, other] = [before, after].map((stop) => (isJsonObject(stop) ? ofList(stop["event"] ?? null) : []));
  return isList(one) && isList(other) && one.some((event) => other.includes(event));
}
