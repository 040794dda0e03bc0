import { endEnrollment } from "./ending.ts";
import type { Enrollment } from "./model/contact.ts";
import type { LookedUp } from "./model/decision.ts";
import type { ConditionTree, Facts } from "./model/facts.ts";
import type { Json, JsonObject } from "./model/json.ts";
import type { Field, Lookup } from "./model/rulebook.ts";
import {
  askCondition,
  askLookup,
  type Asking,
  askRender,
  putEnrollment,
  record,
  type Run,
  type Verdict,
} from "./run.ts";
import { fitted } from "./steps/fitted.ts";
import { parseInstant } from "./time/instant.ts";
import { withMore } from "./model/with-more.ts";
import type { SeenTest } from "./model/trail.ts";
import { lookAgain } from "./time/look-again.ts";

/** What could not be judged, because something could not be known, and what comes of that. */
export interface Unanswered {
  /**
   * `guard.false`: it hinges on what happened before Heed began to keep such events, so nobody may speak. `left`: this
   * decision may not wait for an answer, and the next one asks; nothing is told of it.
   */
  readonly reason: "lookup.failed" | "lookup.invalid" | "guard.false" | typeof LEFT;
  /** When to ask again; null ends the enrollment. */
  readonly until: number | null;
  /** For the account. */
  readonly saw: JsonObject;
}

/** Not a word of the account. */
export const LEFT = "left";

/** A guard's or a `when`'s verdict. Look-ups are asked one after the other, and only while the verdict hinges on them. */
export function* judge(
  run: Run,
  enrollment: Enrollment,
  tree: ConditionTree,
  facts: Facts,
): Asking<Verdict | Unanswered> {
  let known = facts;
  for (;;) {
    const verdict = yield* askCondition(run, tree, known);
    if ("unseen" in verdict) return { reason: "guard.false", until: null, saw: { unseen: verdict.unseen } };
    if (!("needs" in verdict)) return { ...verdict, tests: verdict.tests.map((test) => redacted(run, test)) };
    const more = yield* withLookups(run, enrollment, [verdict.needs], known);
    if ("reason" in more) return more;
    known = more.facts;
  }
}

const REDACTED = "(redacted)";

/** What a test saw, as it may be written into the account. */
function redacted(run: Run, test: SeenTest): SeenTest {
  const [root, name = "", field = ""] = test.path.split(".");
  if (root !== "lookup" || test.actual === undefined) return test;
  const isKept = run.rulebook.workspace.lookups.get(name)?.redacted?.has(field) !== true;
  return isKept ? test : { ...test, actual: REDACTED };
}

/** The facts with what these look-ups find, for texts that read them. */
export function* withLookups(
  run: Run,
  enrollment: Enrollment,
  names: readonly string[],
  facts: Facts,
): Asking<{ readonly facts: Facts } | Unanswered> {
  if (names.length > 0 && !run.mayWait) return { reason: LEFT, until: run.now, saw: {} };
  const values: Record<string, Json> = { ...rootOf(facts) };
  for (const name of names) {
    const lookup = run.rulebook.workspace.lookups.get(name);
    // A version of the rule that was replaced may ask for what is no longer there.
    if (lookup === undefined) return { reason: "lookup.failed", until: null, saw: { lookup: name } };
    const found = yield* lookUp(run, lookup, facts);
    if (found.kind !== "value" && lookup.onError !== "treat_as_missing") {
      const until = lookup.onError === "hold" ? lookAgain(run.now, enrollment.triggeredAt) : null;
      return { reason: `lookup.${found.kind}`, until, saw: { lookup: name } };
    }
    values[name] = found.kind === "value" ? found.value : {};
  }
  return { facts: names.length === 0 ? facts : withMore(facts, { lookup: values }) };
}

/** A look-up had no answer: the same step is due again when it is asked again, or the enrollment ends. */
export function waitForAnswer(run: Run, enrollment: Enrollment, { reason, until, saw }: Unanswered): void {
  if (reason === LEFT) return void run.left.add(enrollment.id);
  if (until === null) return endEnrollment(run, enrollment, reason, saw);
  const place = { rule: enrollment.rule, enrollment: enrollment.id, step: enrollment.step };
  const { state } = enrollment;
  // The same trouble again is no news.
  if (state.kind !== "waiting" || state.why !== reason) {
    record(run, { kind: "step", reason, ...place, detail: { ...saw, until } });
  }
  putEnrollment(run, { ...enrollment, state: { kind: "waiting", until, why: reason } });
}

function rootOf({ lookup }: Facts): JsonObject {
  return typeof lookup === "object" && lookup !== null && !isList(lookup) ? lookup : {};
}

/** Asks about this contact. Where a text cannot be made, nobody could be asked, and there is no answer. */
function* lookUp(run: Run, lookup: Lookup, facts: Facts): Asking<LookedUp> {
  const texts: Record<string, string> = {};
  for (const [place, template] of Object.entries(lookup.texts)) {
    const text = yield* askRender(run, template, facts);
    if (text === null) return { kind: "failed" };
    texts[place] = text;
  }
  const asked = JSON.stringify([lookup.name, texts]);
  const found = run.lookedUp.get(asked) ?? fitting(run, lookup, yield* askLookup(run, lookup.name, texts));
  run.lookedUp.set(asked, found);
  return found;
}

/** An answer in the shape that is declared: what is of another type makes the whole of it invalid. */
function fitting(run: Run, { fields }: Lookup, found: LookedUp): LookedUp {
  if (found.kind !== "value" || fields === null) return found;
  const value: Record<string, Json> = { ...found.value };
  for (const [name, field] of fields) {
    const given = value[name] ?? null;
    if (given === null) continue;
    const made = fitted(given, field.type, run.rulebook.workspace.timeZone);
    if (made === undefined || !isOf(field, made)) return { kind: "invalid" };
    value[name] = made;
  }
  return { kind: "value", value };
}

function isOf({ type, values }: Field, value: Json): boolean {
  return isOfType(type, value) && (values === null || values.some((allowed) => allowed === value));
}

function isOfType(type: Field["type"], value: Json): boolean {
  switch (type) {
    case "integer":
      return Number.isInteger(value);
    case "time":
      return typeof value === "number" || (typeof value === "string" && parseInstant(value) !== null);
    case "list":
      return isList(value) && value.every((entry) => typeof entry === "string");
    default:
      return typeof value === type;
  }
}

/** `Array.isArray` does not narrow a readonly array. */
function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
