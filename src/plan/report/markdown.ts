import { riskCodes, type RiskCode } from "../../rulebook/risk-codes.ts";
import { type AttributeChange, type ChangeClass, changeClasses, type Example, type Plan, type Risk } from "../plan.ts";
import { riskPageOf } from "../risks/risks-of.ts";
import { writtenPair } from "../say-numbers.ts";
import { cell, code, comment, html, inline } from "./escape-markdown.ts";
import { gistOfExample } from "./example-story.ts";
import { changesNothing, openRisks, sayBasis, sayRevision, sentence, stopped, verdictOf } from "./headline.ts";
import { howComputed } from "./how-computed.ts";
import { sequenceOf } from "./mermaid.ts";
import { hiddenOf, type RuleStory, type Shown, storiesOf } from "./rule-story.ts";
import { sayChanges } from "./say-change.ts";
import { totalsOf } from "./totals.ts";

export interface MarkdownOptions extends Shown {
  /** From the root of the repository to the workspace, with a slash at its end. */
  readonly workspace: string;
  readonly version: string;
}

/** GitHub refuses comments of more than 65,536 characters; this leaves room for what somebody adds. */
const mostCharacters = 60_000;
const mostExamples = 3;

/** By it the comment of this workspace is found again, to be written anew instead of once more. */
export function markerOf(workspace: string): string {
  return comment(`heed-plan:${workspace.replace(/\/$/, "") || "."}`);
}

/** A comment on a pull request, for somebody who reads nothing else. */
export function renderMarkdown(plan: Plan, options: MarkdownOptions): string {
  const stories = storiesOf(plan, options);
  const fitting = rooms
    .map((most) => framed(plan, stories, options, most))
    .find(({ size }) => size <= mostCharacters / 1.2);
  const { opening, closing, size } = fitting ?? framed(plan, stories, options, 0);
  const details = withinLimit(stories.filter(isTold), mostCharacters - size - 200);
  return `${[...opening, ...details, ...closing].join("\n\n")}\n`;
}

/** How many changes, risks and notes are told, as long as that fits. */
const rooms = [30, 12, 5, 1] as const;

interface Frame {
  readonly opening: readonly string[];
  readonly closing: readonly string[];
  readonly size: number;
}

/** All but the details. */
function framed(plan: Plan, stories: readonly RuleStory[], options: MarkdownOptions, most: number): Frame {
  const { workspace, version } = options;
  const opening = [
    markerOf(workspace),
    `## ${mark(plan)} Heed plan${workspace === "" ? "" : ` of ${inline(workspace.replace(/\/$/, ""))}`}: ${inline(verdictOf(plan))}`,
    inline(`${sayRevision(plan.base)} → ${sayRevision(plan.head)}`) + basis(plan),
    ...whatChanges(plan, stories, options, most),
    ...risksOf(plan, most),
    ...totals(plan),
  ];
  const closing = [approvals(plan), most === 0 ? "" : meanings(plan.risks), howComputed(plan, version, most)].filter(
    (text) => text !== "",
  );
  return { opening, closing, size: [...opening, ...closing].reduce((sum, text) => sum + text.length + 2, 0) };
}

function mark(plan: Plan): string {
  const open = openRisks(plan);
  if (open.some(({ severity }) => severity === "error")) return "❌";
  return open.length > 0 ? "⚠️" : "✅";
}

function basis({ backtest }: Plan): string {
  return backtest === null ? "" : `<br>${inline(sayBasis(backtest))}`;
}

/** The plain words: what a reader takes home. */
function whatChanges(plan: Plan, stories: readonly RuleStory[], shown: Shown, most: number): readonly string[] {
  const { cosmetic, other } = hiddenOf(plan, shown);
  const hidden = [
    ...(cosmetic > 0 ? [`${cosmetic} cosmetic change${cosmetic === 1 ? " is" : "s are"} not shown.`] : []),
    ...(other > 0
      ? [`${other} change${other === 1 ? "" : "s"} of other classes ${other === 1 ? "is" : "are"} not shown.`]
      : []),
  ].join(" ");
  if (changesNothing(plan)) return ["No rule and no setting means anything else than before."];
  const bullets = stories.slice(0, most).map(bullet);
  const more = stories.length - bullets.length;
  if (more > 0) bullets.push(`- and ${more} more, which are in the plan's JSON`);
  return ["### What changes", bullets.join("\n"), ...(hidden === "" ? [] : [hidden])];
}

const symbols: Readonly<Record<RuleStory["symbol"], string>> = {
  "+": "new",
  "-": "deleted",
  "~": "changed",
  "!": "affected",
};

function bullet({ name, symbol, file, line, gist, changes, numbers }: RuleStory): string {
  const told = changes.slice(0, 6);
  const words = sayChanges(told);
  const effects = told.map((change, index) => effect(change, words[index] ?? null));
  if (changes.length > 6) effects.push(`${changes.length - 6} more changes`);
  const said = [...(gist === "" ? [] : [gist]), ...effects, ...numbers].map((text) => inline(sentence(text)));
  const place = name === file || file === "" ? "" : ` (${code(`${file}:${line}`)})`;
  return `- ${symbols[symbol]} **${inline(name)}**${place}: ${said.join(" ")}`;
}

/** In words where there are any, else by its values. */
function effect({ path, before, after }: AttributeChange, said: string | null): string {
  const [was, is] = writtenPair(before, after, 60).map(quoted);
  const values =
    before === null
      ? `\`${path}\` is new: ${is}`
      : after === null
        ? `\`${path}\` is gone, and was ${was}`
        : `\`${path}\` is ${is}, and was ${was}`;
  return said === null ? values : `${values}: ${said}`;
}

function quoted(text: string): string {
  return `\`${text.replaceAll("`", "'")}\``;
}

function risksOf({ risks, gates }: Plan, most: number): readonly string[] {
  if (risks.length === 0) return [];
  const lines = risks.slice(0, most).map(riskLine);
  if (risks.length > lines.length)
    lines.push(`- and ${risks.length - lines.length} more, which are in the plan's JSON`);
  const tripped = gates.filter(({ tripped: is }) => is).map(({ failOn }) => `\`${failOn}\``);
  const gate = tripped.length === 0 ? [] : [inline(`The check fails because of ${tripped.join(", ")} (--fail-on).`)];
  return ["### Risks", lines.join("\n"), ...gate];
}

function riskLine({ code: of, severity, message, help, file, line, waived }: Risk): string {
  const icon = waived !== null ? "☑️ allowed" : severity === "error" ? "❌" : "⚠️";
  const place = code(`${file}:${line}`);
  const why =
    waived === null ? (help === null ? "" : ` *${inline(sentence(help))}*`) : ` Allowed: ${inline(stopped(waived))}`;
  return `- ${icon} **${of}** ${riskCodes[of].name}: ${inline(stopped(message))}${why} (${place})`;
}

function totals({ backtest }: Plan): readonly string[] {
  if (backtest === null) return [];
  const { head, rows } = totalsOf(backtest);
  const line = (row: readonly string[]): string => `| ${row.map((one) => cell(inline(one))).join(" | ")} |`;
  const told = rows.filter((row) => row.slice(3).some((one) => one !== "" && one !== "0"));
  if (told.length === 0) return ["No message comes, goes or moves."];
  const rule = `|${head.map((_, index) => (index === 0 ? " --- " : " ---: ")).join("|")}|`;
  return ["### In numbers", [line(head), rule, ...told.map(line)].join("\n")];
}

function isTold({ changes, examples, context }: RuleStory): boolean {
  return changes.length > 0 || examples.length > 0 || context.length > 0;
}

/** As many as there is room for: the gravest come first, and the examples go before the changes do. */
function withinLimit(stories: readonly RuleStory[], room: number): readonly string[] {
  const told: string[] = [];
  let left = room;
  let cut = 0;
  for (const story of stories) {
    const forms = [detail(story, mostExamples, 200), detail(story, 1, 200), detail(story, 0, 20)];
    const most = left - 2;
    const fits = forms.find((text) => text.length <= most);
    if (fits === undefined) {
      cut += 1;
      continue;
    }
    if (fits !== forms[0]) cut += 1;
    told.push(fits);
    left -= fits.length + 2;
  }
  if (cut > 0)
    told.push(
      `The details of ${cut} ${cut === 1 ? "rule are" : "rules are"} cut to fit: the plan's JSON has all of them.`,
    );
  return told;
}

function detail(
  { name, symbol, classes, changes, numbers, context, examples }: RuleStory,
  most: number,
  rows: number,
): string {
  const of = classes.length === 0 ? symbols[symbol] : classes.join(", ");
  const parts = [`<details><summary>${html(name)}: ${html(of)}</summary>`];
  if (changes.length > 0) {
    const words = sayChanges(changes);
    const lines = changes.slice(0, rows).map((change, index) => {
      const shown = writtenPair(change.before, change.after, 300);
      const values = shown.map((text, side) =>
        (side === 0 ? change.before : change.after) === null ? "" : code(text),
      );
      return `| ${[code(change.path), ...values, inline(words[index] ?? ""), code(`${change.file}:${change.line}`)].map(cell).join(" | ")} |`;
    });
    const more = changes.length > rows ? [`| and ${changes.length - rows} more |  |  |  |  |`] : [];
    parts.push(
      ["| | before | after | so that | at |", "| --- | --- | --- | --- | --- |", ...lines, ...more].join("\n"),
    );
  }
  const said = [...numbers, ...context].map((text) => `- ${inline(sentence(text))}`);
  if (said.length > 0) parts.push(said.join("\n"));
  for (const example of chosen(examples, most)) {
    parts.push(
      `Example ${example.number}, contact ${code(example.contact)}: ${inline(sentence(gistOfExample(example)))}`,
    );
    parts.push(sequenceOf(example));
  }
  return [...parts, "</details>"].join("\n\n");
}

/** Different kinds of differences before more of the same. */
function chosen(examples: readonly Example[], most: number): readonly Example[] {
  const kinds = new Set<string>();
  const first = examples.filter(({ difference }) => !kinds.has(difference) && kinds.add(difference));
  return [...first, ...examples.filter((one) => !first.includes(one))].slice(0, most);
}

const reviewers: Readonly<Record<Exclude<ChangeClass, "cosmetic">, string>> = {
  content: "whoever answers for the texts",
  timing: "operations",
  audience: "operations and marketing",
  volume: "operations",
  route: "operations",
  safety: "whoever answers for consent and the law",
  state: "engineering",
};

/** Who should agree, by what changes. */
function approvals(plan: Plan): string {
  const found = new Set([
    ...plan.ruleChanges.flatMap(({ classes }) => classes),
    ...plan.workspaceChanges.map((one) => one.class),
  ]);
  const lines = changeClasses.flatMap((each) =>
    each === "cosmetic" || !found.has(each) ? [] : [`- [ ] ${each}: ${reviewers[each]}`],
  );
  return lines.length === 0 ? "" : `### Who agrees\n\n${lines.join("\n")}`;
}

function meanings(risks: readonly Risk[]): string {
  const codes = [...new Set(risks.map((risk) => risk.code))].toSorted();
  if (codes.length === 0) return "";
  const lines = codes.map((of: RiskCode) => {
    const { what, todo } = riskPageOf(of);
    return `- **${of}** ${riskCodes[of].name}: ${inline(what)} ${inline(todo)}`;
  });
  return `<details><summary>What these risks mean</summary>\n\n${lines.join("\n")}\n\n\`heed codes ${codes[0] ?? ""}\` prints the whole page, with how to waive it.\n\n</details>`;
}
