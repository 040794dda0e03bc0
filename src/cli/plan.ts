import { writeFileSync } from "node:fs";
import { makePlan } from "../plan/make-plan.ts";
import { type ChangeClass, changeClasses, type Gate, type Plan } from "../plan/plan.ts";
import { changesNothing } from "../plan/report/headline.ts";
import { type PlanFormat, planFormats, type PlanReportOptions, renderPlan } from "../plan/report/render-plan.ts";
import { renderProblems } from "../rulebook/report/render-problems.ts";
import { isRiskCode, riskCodes } from "../rulebook/risk-codes.ts";
import { didYouMean } from "../rulebook/suggest.ts";
import { EXIT, type ExitCode } from "./exit-codes.ts";
import { type PlanDataFlags, type PlanDataIo, withPlanData } from "./plan-data.ts";
import { readRevisions, type RevisionFlags } from "./plan-revisions.ts";
import { baseOf } from "./repository-base.ts";
import { BadSetting, type RunSettings } from "./run-settings.ts";
import { version } from "./version.ts";

export interface PlanFlags extends RevisionFlags, PlanDataFlags {
  readonly format?: string;
  /** Where the plan goes as JSON, and as the comment on a pull request. */
  readonly out?: string;
  readonly markdown?: string;
  /** Classes of changes, with commas. */
  readonly select?: string;
  readonly showCosmetic?: boolean;
  /** Codes, `error` or `warning`, with commas. */
  readonly failOn?: string;
  readonly detailedExitcode?: boolean;
}

export interface PlanIo extends PlanDataIo {
  write(text: string): void;
  readonly colours: boolean;
}

/** Says what a change to the rules will do, before it is merged. Throws `BadSetting`. */
export async function plan(settings: RunSettings, flags: PlanFlags, io: PlanIo): Promise<ExitCode> {
  const format = readFormat(flags.format ?? "pretty");
  const failOn = readGates(flags.failOn ?? "error");
  const options: PlanReportOptions = {
    classes: flags.select === undefined ? null : readClasses(flags.select),
    cosmetic: flags.showCosmetic ?? false,
    colours: io.colours,
    workspace: baseOf(settings.workspace),
    version,
  };
  const revisions = readRevisions(settings.workspace, flags);
  if (!revisions.ok) {
    io.talk(renderProblems(revisions.problems, { format: "pretty", colours: io.colours }));
    io.talk("heed plan: these rules have errors, so there is nothing to plan yet: mend them first (heed check)\n");
    return EXIT.unreadable;
  }
  const today = new Date(io.clock.now()).toISOString().slice(0, 10);
  const made = await withPlanData(settings, flags, io, (data) => makePlan({ ...revisions, ...data, failOn, today }));
  writeFiles(made, flags, options);
  io.write(renderPlan(made, format, options));
  return exitCodeOf(made, flags.detailedExitcode ?? false);
}

function writeFiles(made: Plan, { out, markdown }: PlanFlags, options: PlanReportOptions): void {
  // The plan may tell of people, though under other names: it is for whoever asked for it.
  if (out !== undefined) writeFileSync(out, renderPlan(made, "json", options), { mode: 0o600 });
  if (markdown !== undefined) writeFileSync(markdown, renderPlan(made, "md", options));
}

function exitCodeOf(made: Plan, detailed: boolean): ExitCode {
  if (made.gates.some(({ tripped }) => tripped)) return EXIT.findings;
  return detailed && !changesNothing(made) ? EXIT.changes : EXIT.fine;
}

function readFormat(format: string): PlanFormat {
  const known = planFormats.find((one) => one === format);
  if (known === undefined) throw new BadSetting(`unknown format "${format}": write one of ${planFormats.join(", ")}`);
  return known;
}

function readGates(text: string): readonly Gate["failOn"][] {
  const severities = ["error", "warning"] as const;
  if (text === "none") return [];
  return text.split(",").map((word) => {
    const gate = severities.find((one) => one === word) ?? word.toUpperCase();
    if (gate === "error" || gate === "warning" || isRiskCode(gate)) return gate;
    const near = didYouMean(gate, [...Object.keys(riskCodes), ...severities]) ?? "heed codes lists the risks";
    throw new BadSetting(
      `--fail-on takes codes such as PLN203, error, warning or none, with commas, not "${word.slice(0, 40)}"; ${near}`,
    );
  });
}

function readClasses(text: string): readonly ChangeClass[] {
  return text.split(",").map((word) => {
    const known = changeClasses.find((one) => one === word);
    if (known !== undefined) return known;
    throw new BadSetting(`--select takes some of ${changeClasses.join(", ")}, with commas, not "${word.slice(0, 40)}"`);
  });
}
