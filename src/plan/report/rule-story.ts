import {
  type AttributeChange,
  type ChangeClass,
  differences,
  type Example,
  type InFlight,
  type Plan,
  type Risk,
  type RuleChange,
  type RuleDelta,
  type WorkspaceChange,
} from "../plan.ts";
import { change, counted, differenceWords, estimate, number, sayShift, signed } from "../say-numbers.ts";
import { sayWholeRule } from "./say-change.ts";

/** Which changes a report shows. Numbers, risks and gates are always about all of them. */
export interface Shown {
  /** Null for every class but the cosmetic. */
  readonly classes: readonly ChangeClass[] | null;
  readonly cosmetic: boolean;
}

/** All that a reader is told of one rule, or of heed.yaml, or of a rule that the change reaches without naming it. */
export interface RuleStory {
  /** Readable without colours: came, went, changed, reached though not touched. */
  readonly symbol: "+" | "-" | "~" | "!";
  readonly name: string;
  /** Null of heed.yaml. */
  readonly rule: string | null;
  readonly classes: readonly ChangeClass[];
  /** Empty where nothing is to be shown at a line. */
  readonly file: string;
  readonly line: number;
  /** In one sentence; empty where the changes say it. */
  readonly gist: string;
  readonly changes: readonly AttributeChange[];
  /** What happens to its messages, in sentences. */
  readonly numbers: readonly string[];
  /** What it has in common with others, and which tests play it. */
  readonly context: readonly string[];
  readonly risks: readonly Risk[];
  readonly examples: readonly Example[];
}

/** The stories of a plan: those with errors first, then those with warnings; what was changed before what is only reached. */
export function storiesOf(plan: Plan, shown: Shown): readonly RuleStory[] {
  const stories = [
    ...ofWorkspace(plan, shown),
    ...plan.ruleChanges.flatMap((changed) => ofRule(plan, changed, shown)),
    ...collateralOf(plan),
  ];
  return stories.toSorted(
    (a, b) => gravity(a) - gravity(b) || Number(isReached(a)) - Number(isReached(b)) || (a.name < b.name ? -1 : 1),
  );
}

/** A rule that the change reaches, and that nobody touched. */
export function isReached({ symbol, rule }: RuleStory): boolean {
  return symbol === "!" && rule !== null;
}

/** Changes that are not shown, by why. */
export function hiddenOf({ ruleChanges, workspaceChanges }: Plan, shown: Shown): { cosmetic: number; other: number } {
  const wordless = ruleChanges.filter(({ attributes }) => attributes.length === 0).length;
  const all = [...workspaceChanges, ...ruleChanges.flatMap(({ attributes }) => attributes)];
  const hidden = all.filter((attribute) => !isShown(attribute.class, shown));
  const cosmetic = hidden.filter((attribute) => attribute.class === "cosmetic").length;
  return { cosmetic: cosmetic + (shown.cosmetic ? 0 : wordless), other: hidden.length - cosmetic };
}

function isShown(of: ChangeClass, { classes, cosmetic }: Shown): boolean {
  return of === "cosmetic" ? cosmetic : classes === null || classes.includes(of);
}

function gravity({ risks }: RuleStory): number {
  const open = risks.filter(({ waived }) => waived === null);
  if (open.some(({ severity }) => severity === "error")) return 0;
  return open.length > 0 ? 1 : 2;
}

function ofRule(plan: Plan, changed: RuleChange, shown: Shown): readonly RuleStory[] {
  const { rule, previous, action, classes, file, line } = changed;
  const whole = action === "create" || action === "delete";
  const changes = whole ? [] : changed.attributes.filter((attribute) => isShown(attribute.class, shown));
  const risks = plan.risks.filter((risk) => risk.rule === rule);
  const isCosmetic = classes.every((each) => each === "cosmetic");
  if (isCosmetic && !shown.cosmetic && risks.length === 0) return [];
  const isSelected = classes.some((each) => isShown(each, shown)) || action === "move";
  // A risk is told whatever was asked for.
  if (!isCosmetic && !isSelected && risks.length === 0) return [];
  return [
    {
      symbol: action === "create" ? "+" : action === "delete" ? "-" : "~",
      name: rule,
      rule,
      classes: whole ? [] : classes,
      file,
      line,
      gist: gistOf(changed, previous),
      changes,
      numbers: [...numbersOf(plan, rule), ...flightOf(plan.inFlight, rule, previous)],
      context: contextOf(plan, rule),
      risks,
      examples: examplesOf(plan, rule),
    },
  ];
}

function gistOf(changed: RuleChange, previous: string | null): string {
  if (changed.action === "create" || changed.action === "delete") return sayWholeRule(changed);
  if (previous !== null) return `was ${previous}, and goes on with its runs, caps and history`;
  return changed.attributes.length === 0 ? "only comments, order or spacing" : "";
}

function ofWorkspace(plan: Plan, shown: Shown): readonly RuleStory[] {
  const changes = plan.workspaceChanges.filter((one) => isShown(one.class, shown));
  const risks = plan.risks.filter(({ rule }) => rule === null);
  if (changes.length === 0 && risks.length === 0) return [];
  const files = [...new Set(changes.map(({ file }) => file))];
  const groups = files.length === 0 ? ["heed.yaml"] : files;
  return groups.map((file, index): RuleStory => {
    const own = changes.filter((one) => one.file === file);
    const governed = [...new Set(own.flatMap(({ rules }: WorkspaceChange) => rules))];
    const isHeed = file === "heed.yaml" || (index === 0 && !groups.includes("heed.yaml"));
    return {
      symbol: own.length === 0 ? "!" : "~",
      name: file,
      rule: null,
      classes: [...new Set(own.map((one) => one.class))],
      file,
      line: own[0]?.line ?? 1,
      gist: "",
      changes: own,
      numbers: governed.length === 0 ? [] : [`this holds for ${few(governed, 5)}`],
      context: [],
      risks: risks.filter((risk) => risk.file === file || (isHeed && !groups.includes(risk.file))),
      examples: [],
    };
  });
}

/** `a, b and 3 more`. */
function few(names: readonly string[], most: number): string {
  if (names.length <= most) return names.join(", ");
  return `${names.slice(0, most).join(", ")} and ${names.length - most} more`;
}

/** Rules that are not part of the change, and send otherwise all the same, or carry a risk of it. */
function collateralOf(plan: Plan): readonly RuleStory[] {
  const changed = new Set(plan.ruleChanges.map(({ rule }) => rule));
  const reached = new Set([
    ...(plan.backtest?.rules ?? []).filter(differs).map(({ rule }) => rule),
    ...plan.risks.flatMap(({ rule }) => rule ?? []),
  ]);
  return [...reached]
    .filter((rule) => !changed.has(rule))
    .map((rule): RuleStory => {
      const risks = plan.risks.filter((risk) => risk.rule === rule);
      const governing = plan.workspaceChanges.filter(
        ({ rules, class: of }) => of !== "cosmetic" && rules.includes(rule),
      );
      const [place] = [...risks, ...governing];
      const by = few([...new Set(governing.map(({ path }) => path))], 3);
      return {
        symbol: governing.length > 0 ? "~" : "!",
        name: rule,
        rule,
        classes: [],
        file: place?.file ?? "",
        line: place?.line ?? 1,
        gist: governing.length > 0 ? `is governed by ${by}, which changes` : "is not part of this change",
        changes: [],
        numbers: numbersOf(plan, rule),
        context: [],
        risks,
        examples: examplesOf(plan, rule),
      };
    });
}

function contextOf({ impact }: Plan, rule: string): readonly string[] {
  const shared = new Map<string, string[]>();
  for (const { changed, what, name, rules, fate } of impact.shared) {
    if (changed !== rule) continue;
    const thing = what === "contact" ? `contacts of ${name}` : `the ${what} ${name}`;
    const key = fate === undefined ? thing : `${fate === "new" ? "from now on" : "no longer"} ${thing}`;
    shared.set(key, [...(shared.get(key) ?? []), ...rules]);
  }
  const common = [...shared].map(([what, rules]) => `${what} with ${few([...new Set(rules)], 2)}`);
  const cases = impact.tests.find((covering) => covering.rule === rule)?.cases ?? [];
  return [
    ...(common.length === 0 ? [] : [`shares ${few(common, 3)}`]),
    ...(cases.length === 0
      ? []
      : [`${counted(cases.length, "test case")} ${cases.length === 1 ? "plays" : "play"} it`]),
  ];
}

function differs({ differences: found }: RuleDelta): boolean {
  return Object.values(found).some((count) => count > 0);
}

function examplesOf({ backtest }: Plan, rule: string): readonly Example[] {
  return (backtest?.examples ?? []).filter((example) => example.rule === rule);
}

function numbersOf({ backtest }: Plan, rule: string): readonly string[] {
  return (backtest?.rules ?? []).filter((delta) => delta.rule === rule).map(sayDelta);
}

function sayDelta(delta: RuleDelta): string {
  const { channel, base, head, known, retimedBy } = delta;
  const quiet = base.value === 0 && head.value === 0;
  if (!known && quiet) return `what it sends by ${channel} is not known: it hinges on what was not recorded`;
  const parts = differences
    .filter((difference) => (delta.differences[difference] ?? 0) > 0)
    .map((difference) => {
      const time =
        difference === "retimed" && retimedBy !== null ? ` (${sayShift(retimedBy.least, retimedBy.most)})` : "";
      return `${number(delta.differences[difference] ?? 0)} ${differenceWords[difference]}${time}`;
    });
  const share = change(base.value, head.value);
  const sends =
    Math.round(base.value) === Math.round(head.value)
      ? `sends ${estimate(head)} by ${channel}, as before`
      : `sends ${estimate(head)} by ${channel} instead of ${number(base.value)} (${share ?? signed(head.value - base.value)})`;
  const why = reasonsOf(delta);
  const sure = known ? "" : "as far as it is known, because it also hinges on what was not recorded: ";
  return `${sure}${sends}${parts.length === 0 ? "" : `: ${parts.join(", ")}`}${why}`;
}

function reasonsOf({ reasons }: RuleDelta): string {
  const found = Object.entries(reasons).toSorted(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
  if (found.length === 0) return "";
  return `; because of ${few(
    found.map(([reason, count]) => `${reason} (${number(count)})`),
    3,
  )}`;
}

function flightOf(inFlight: readonly InFlight[] | null, rule: string, previous: string | null): readonly string[] {
  return (inFlight ?? []).filter((one) => one.rule === rule || one.rule === previous).flatMap(sayFlight);
}

function sayFlight({ finish, migrate, cancel, pendingSends, eligibleAgain }: InFlight): readonly string[] {
  const live = finish + migrate + cancel;
  const said: string[] = [];
  if (live > 0) {
    const fates = [
      ...(finish > 0 ? [`${number(finish)} ${finish === 1 ? "finishes" : "finish"} with the rule as it was`] : []),
      ...(migrate > 0 ? [`${number(migrate)} ${migrate === 1 ? "goes" : "go"} on with the new one`] : []),
      ...(cancel > 0 ? [`${number(cancel)} ${cancel === 1 ? "ends" : "end"}`] : []),
    ];
    const late = `; ${counted(pendingSends, "message")} on the way will not go out, or at another time`;
    said.push(`under way: ${counted(live, "contact")}, of which ${fates.join(", ")}${pendingSends === 0 ? "" : late}`);
  }
  if (eligibleAgain > 0) said.push(`${counted(eligibleAgain, "contact")} may start it again`);
  return said;
}
