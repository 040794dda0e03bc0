import pc from "picocolors";
import { printable } from "../../rulebook/report/printable.ts";
import type { AttributeChange, Plan, Risk } from "../plan.ts";
import { writtenPair } from "../say-numbers.ts";
import { caveatsOf, changesNothing, sayBasis, sayRevision, verdictOf } from "./headline.ts";
import { hiddenOf, isReached, type RuleStory, type Shown, storiesOf } from "./rule-story.ts";
import { sayChanges } from "./say-change.ts";
import { totalsOf } from "./totals.ts";

export interface PrettyOptions extends Shown {
  readonly colours: boolean;
  /** From the root of the repository to the workspace, with a slash at its end. */
  readonly workspace: string;
}

/** Of more changed rules, a screen has no room for what they share. */
const mostWithContext = 6;

type Paint = ReturnType<typeof pc.createColors>;

/** For a terminal: what matters most first, every line with its place, nothing that only colours say. */
export function renderPretty(plan: Plan, options: PrettyOptions): string {
  const paint = pc.createColors(options.colours);
  const stories = storiesOf(plan, options);
  const isCrowded = stories.filter((story) => !isReached(story)).length > mostWithContext;
  const blocks = [
    headOf(plan, options, paint),
    ...stories.map((story) => blockOf(isCrowded ? { ...story, context: [] } : story, paint)),
    hiddenLine(plan, options),
    plan.backtest === null ? [] : tableOf(plan.backtest),
    footOf(plan, paint),
  ];
  return `${blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n")}\n`;
}

function headOf(plan: Plan, { workspace }: PrettyOptions, paint: Paint): readonly string[] {
  const { base, head, backtest } = plan;
  const where = workspace === "" ? "" : ` of ${workspace.replace(/\/$/, "")}`;
  const title = `Plan${where}: ${sayRevision(base)} → ${sayRevision(head)}: ${verdictOf(plan)}`;
  return [
    paint.bold(printable(title)),
    ...(backtest === null ? [] : [printable(sayBasis(backtest))]),
    ...(changesNothing(plan) ? ["No rule and no setting means anything else than before."] : []),
  ];
}

const gap = "    ";

function blockOf(story: RuleStory, paint: Paint): readonly string[] {
  return isReached(story) && story.risks.every(isCollateral) ? reachedLines(story, paint) : wholeBlock(story, paint);
}

function isCollateral({ code, waived }: Risk): boolean {
  return code === "PLN207" && waived === null;
}

/** Of a rule that nobody touched, the numbers say what its risk says: one of them is enough. */
function reachedLines({ symbol, name, file, line, numbers, risks }: RuleStory, paint: Paint): readonly string[] {
  const labels = risks.map(
    ({ severity, code }) => `  ${severity === "error" ? paint.red("error") : paint.yellow("warning")} ${code}`,
  );
  const place = file === "" ? "" : `  ${paint.dim(printable(`${file}:${line}`))}`;
  const why = risks.flatMap(({ help }) => help ?? []).slice(0, 1);
  return [
    `${colour(symbol, paint)(symbol)} ${paint.bold(printable(name))}  is not part of this change${labels[0] ?? ""}${place}`,
    ...numbers.map((text) => `${gap}${printable(text)}`),
    ...why.map((text) => `${gap}${paint.dim(printable(text))}`),
  ];
}

function wholeBlock(story: RuleStory, paint: Paint): readonly string[] {
  const { symbol, name, classes, file, line, gist, changes, numbers, context, risks } = story;
  const place = name === file || file === "" ? "" : `  ${paint.dim(printable(`${file}:${line}`))}`;
  const of = classes.length === 0 ? "" : `  ${classes.join(", ")}`;
  const effects = sayChanges(changes);
  const width = Math.min(28, Math.max(0, ...changes.map(({ path }) => path.length)));
  return [
    `${colour(symbol, paint)(symbol)} ${paint.bold(printable(name))}${of}${place}`,
    ...(gist === "" ? [] : [`${gap}${printable(gist)}`]),
    ...changes.map((change, index) => `${gap}${changeLine(change, effects[index] ?? null, { width, file, paint })}`),
    ...risks.flatMap((risk) => riskLines(risk, paint)),
    ...numbers.map((text) => `${gap}${printable(text)}`),
    ...context.map((text) => `${gap}${paint.dim(printable(text))}`),
  ];
}

function colour(symbol: RuleStory["symbol"], paint: Paint): (text: string) => string {
  return { "+": paint.green, "-": paint.red, "~": paint.cyan, "!": paint.yellow }[symbol];
}

interface LineStyle {
  /** Of the longest path. */
  readonly width: number;
  /** Which is not said again. */
  readonly file: string;
  readonly paint: Paint;
}

function changeLine(change: AttributeChange, said: string | null, { width, file, paint }: LineStyle): string {
  const { path, before, after, line } = change;
  const [was, is] = writtenPair(before, after, 48);
  const values = `${before === null ? "" : `${was} `}→ ${is}`;
  const place = `${change.file === file ? "" : change.file}:${line}`;
  return `${printable(path.padEnd(width))}  ${printable(values)}${said === null ? "" : `  (${printable(said)})`}  ${paint.dim(printable(place))}`;
}

function riskLines({ code, severity, message, help, file, line, waived }: Risk, paint: Paint): readonly string[] {
  const place = paint.dim(printable(`${file}:${line}`));
  if (waived !== null) return [`${gap}allowed ${code} ${printable(`${message} (${waived})`)}  ${place}`];
  const label = severity === "error" ? paint.red("error") : paint.yellow("warning");
  const said = `${gap}${label} ${code} ${printable(message)}  ${place}`;
  return help === null ? [said] : [said, `${gap}  ${paint.dim(printable(help))}`];
}

function hiddenLine(plan: Plan, shown: Shown): readonly string[] {
  const { cosmetic, other } = hiddenOf(plan, shown);
  return [
    ...(cosmetic > 0 ? [`  ${cosmetic} cosmetic change${cosmetic === 1 ? "" : "s"} hidden (--show-cosmetic)`] : []),
    ...(other > 0 ? [`  ${other} change${other === 1 ? "" : "s"} of other classes hidden (--select)`] : []),
  ];
}

function tableOf(backtest: NonNullable<Plan["backtest"]>): readonly string[] {
  const { head, rows } = totalsOf(backtest);
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  return all.map((row) => {
    const cells = row.map((cell, column) =>
      column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
    );
    return `  ${printable(cells.join("  ")).trimEnd()}`;
  });
}

function footOf(plan: Plan, paint: Paint): readonly string[] {
  const examples = plan.backtest?.examples.length ?? 0;
  const tripped = plan.gates.filter((gate) => gate.tripped).map(({ failOn }) => failOn);
  return [
    ...caveatsOf(plan).map((text) => paint.dim(printable(text))),
    ...(examples === 0
      ? []
      : [`Examples: heed explain --plan plan.json --example 1..${examples} (of a plan written by --out plan.json)`]),
    ...(tripped.length === 0 ? [] : [paint.red(`Stopped by --fail-on ${tripped.join(",")}.`)]),
  ];
}
