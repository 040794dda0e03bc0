import { parseCondition } from "../conditions/parse-condition.ts";
import { lowerCondition } from "../conditions/lower.ts";
import type { Scalar } from "../conditions/operand.ts";
import type { ConditionTree } from "../core/model/facts.ts";
import type { BranchStep, SendStep, Step, Value } from "../core/model/rulebook.ts";
import { type RuleCompiler, minuteOf } from "./compile-parts.ts";
import type { Path } from "./problem.ts";
import type { BranchStep as BranchFile, SendStep as SendFile, Step as StepFile, Steps } from "./rule-file.generated.ts";

interface Place {
  /** Of the step in the file. */
  readonly path: Path;
  readonly id: string;
  /** The step behind this one. */
  readonly next: string | null;
}

/**
 * Lays the nested steps of a rule out flat: every step has an id and says which comes next, so that an enrollment needs
 * to know one id alone. Gives the id of the first.
 */
export function compileSteps(compiler: RuleCompiler, steps: Steps, into: Map<string, Step>): string {
  return layOut(compiler, steps, { path: ["actions"], prefix: "", next: null }, into);
}

interface ListPlace {
  readonly path: Path;
  /** Of the ids of steps that have none of their own. */
  readonly prefix: string;
  /** Behind the last step of the list. */
  readonly next: string | null;
}

function layOut(compiler: RuleCompiler, steps: Steps, place: ListPlace, into: Map<string, Step>): string {
  // Ids of authors begin with a letter and have no dot, so a position can never be taken for one.
  const ids = steps.map((step, index) => step.id ?? `${place.prefix}${index + 1}`);
  for (const [index, step] of steps.entries()) {
    const here = { path: [...place.path, index], id: ids[index] ?? "", next: ids[index + 1] ?? place.next };
    // The place in the map is taken before that of the steps inside: it is read from the top.
    into.set(here.id, { id: here.id, when: null, next: here.next, verb: "stop", note: "" });
    into.set(here.id, withLookups(compiler, compileStep(compiler, step, here, into)));
  }
  return ids[0] ?? "";
}

/** The step with the look-ups that its texts read. */
function withLookups(compiler: RuleCompiler, step: Step): Step {
  const lookups = compiler.lookupsOf(templatesOf(step));
  return lookups.length === 0 ? step : { ...step, lookups };
}

function templatesOf(step: Step): readonly string[] {
  switch (step.verb) {
    case "send":
      return [...Object.values(step.content), ...(step.body === null ? [] : templatesIn(step.body))];
    case "set":
      return Object.values(step.attributes).flatMap(templatesIn);
    case "emit":
      return Object.values(step.data).flatMap(templatesIn);
    case "tag":
    case "untag":
      return [step.tag];
    default:
      return [];
  }
}

function templatesIn(value: Value): readonly string[] {
  switch (value.kind) {
    case "literal":
      return [];
    case "text":
      return [value.template];
    case "list":
      return value.of.flatMap(templatesIn);
    case "map":
      return Object.values(value.of).flatMap(templatesIn);
  }
}

function compileStep(compiler: RuleCompiler, step: StepFile, place: Place, into: Map<string, Step>): Step {
  const { id, next, path } = place;
  const base = { id, next, when: compiler.tree([...path, "when"]) };
  const arm = (name: string, at: Path, steps: Steps | undefined): string | null =>
    steps === undefined
      ? null
      : layOut(compiler, steps, { path: [...path, ...at], prefix: `${id}.${name}.`, next }, into);

  if ("send" in step) {
    return {
      ...base,
      ...compileSend(compiler, step, path),
      onFailure: arm("on_failure", ["on_failure"], step.on_failure),
    };
  }
  if ("wait" in step) return { ...base, verb: "wait", wait: compileWait(compiler, step.wait) };
  if ("wait_for" in step) {
    const { event, same, timeout, then, otherwise } = step.wait_for;
    return {
      ...base,
      verb: "wait_for",
      for: { match: compiler.eventMatch(event, [...path, "wait_for", "where"]), same: same?.split(".") ?? null },
      timeout: compiler.duration(timeout),
      then: arm("then", ["wait_for", "then"], then) ?? next,
      otherwise: arm("otherwise", ["wait_for", "otherwise"], otherwise) ?? next,
    };
  }
  if ("branch" in step) return { ...base, verb: "branch", ...compileBranch(compiler, step, place, arm) };
  if ("set" in step) {
    const entries = Object.keys(step.set).map((name): [string, Value] => [
      name.slice("contact.".length),
      compiler.value([...path, "set", name]),
    ]);
    return { ...base, verb: "set", attributes: Object.fromEntries(entries) };
  }
  if ("tag" in step) return { ...base, verb: "tag", tag: compiler.text([...path, "tag"]) };
  if ("untag" in step) return { ...base, verb: "untag", tag: compiler.text([...path, "untag"]) };
  if ("emit" in step) {
    const names = Object.keys(step.emit.data ?? {});
    const data = names.map((name): [string, Value] => [name, compiler.value([...path, "emit", "data", name])]);
    return { ...base, verb: "emit", event: step.emit.event, data: Object.fromEntries(data) };
  }
  if ("hold" in step) {
    const { hold } = step;
    const what =
      "rules" in hold
        ? ({ kind: "rules", rules: hold.rules } as const)
        : ({ kind: "class", class: hold.class } as const);
    return { ...base, verb: "hold", what, for: compiler.duration(hold.for) };
  }
  return { ...base, verb: "stop", note: step.stop };
}

type SendParts = Omit<SendStep, "id" | "when" | "next" | "onFailure">;

function compileSend(compiler: RuleCompiler, step: SendFile, path: Path): SendParts {
  const shared = step.template === undefined ? {} : compiler.sharedContent(step.template);
  const to = step.to === undefined ? null : compiler.text([...path, "to"]);
  const toLookups = to === null ? [] : compiler.lookupsOf([to]);
  const own = (["subject", "text", "html"] as const).filter((field) => step[field] !== undefined);
  return {
    verb: "send",
    channels: typeof step.send === "string" ? [step.send] : step.send,
    content: { ...shared, ...Object.fromEntries(own.map((field) => [field, compiler.text([...path, field])])) },
    body: step.body === undefined ? null : compiler.value([...path, "body"]),
    to,
    ...(toLookups.length > 0 && { toLookups }),
    provider: step.provider ?? null,
    onAmbiguous: step.on_ambiguous ?? "park",
  };
}

function compileWait(compiler: RuleCompiler, wait: Extract<StepFile, { wait: unknown }>["wait"]) {
  if (typeof wait === "object" && "until" in wait) {
    return { kind: "until", minute: minuteOf(wait.until), zone: wait.zone ?? "contact" } as const;
  }
  return { kind: "for", range: compiler.durationRange(wait) } as const;
}

function compileBranch(
  compiler: RuleCompiler,
  { branch }: BranchFile,
  { path, next }: Place,
  arm: (name: string, at: Path, steps: Steps | undefined) => string | null,
): Pick<BranchStep, "arms" | "otherwise"> {
  if (!Array.isArray(branch)) {
    const arms = Object.entries(branch.cases).map(([value, steps]) => ({
      when: equals(branch.on, value),
      to: arm(`=${value}`, ["branch", "cases", value], steps) ?? "",
    }));
    return { arms, otherwise: arm("otherwise", ["branch", "otherwise"], branch.otherwise) ?? next };
  }
  const arms = branch.flatMap((way, index) =>
    "when" in way
      ? [
          {
            when: compiler.tree([...path, "branch", index, "when"]) ?? { all: [] },
            to: arm(String(index + 1), ["branch", index, "do"], way.do) ?? "",
          },
        ]
      : [],
  );
  const last = branch.findIndex((way) => "otherwise" in way);
  const otherwise = stepsOtherwise(branch, last);
  return { arms, otherwise: arm("otherwise", ["branch", last, "otherwise"], otherwise) ?? next };
}

function stepsOtherwise(branch: Extract<BranchFile["branch"], readonly unknown[]>, index: number): Steps | undefined {
  const way = branch[index];
  return way !== undefined && "otherwise" in way ? way.otherwise : undefined;
}

/** Names of cases are texts in YAML, but stand for numbers and truth values as well. */
export function caseValues(name: string): readonly Scalar[] {
  const values: Scalar[] = [name];
  if (/^-?\d{1,15}(\.\d{1,6})?$/.test(name)) values.push(Number(name));
  if (name === "true" || name === "false") values.push(name === "true");
  return values;
}

function equals(path: string, name: string): ConditionTree {
  const parsed = parseCondition({ [path]: { in: [...caseValues(name)] } });
  if (!parsed.ok) throw new Error("the path of a branch that passed its check does not parse");
  return lowerCondition(parsed.condition);
}
