import { gistOfExample, renderExample } from "../plan/report/example-story.ts";
import { printable } from "../rulebook/report/printable.ts";
import { EXIT, type ExitCode } from "./exit-codes.ts";
import type { Output } from "./output.ts";
import { readPlan } from "./read-plan.ts";
import { BadSetting } from "./run-settings.ts";

export interface ExamplePlanFlags {
  readonly plan?: string;
  /** Its number. */
  readonly example?: string;
}

/** One contact's story under both rulebooks, of a plan that was kept; without a number, which there are. Throws `BadSetting`. */
export function explainPlan(file: string, number: string | undefined, io: Output): ExitCode {
  const { plan } = readPlan(file);
  const examples = plan.backtest?.examples ?? [];
  if (examples.length === 0) {
    const why = plan.backtest === null ? "it was made without recorded events (--events)" : "nobody gets anything else";
    io.err(`heed explain: ${file} has no examples: ${why}\n`);
    return EXIT.findings;
  }
  if (number === undefined) {
    const lines = examples.map(
      (example) => `${String(example.number).padStart(3)}  ${printable(gistOfExample(example))}\n`,
    );
    io.out(`${lines.join("")}\nheed explain --plan ${file} --example ${examples[0]?.number ?? 1} tells one of them\n`);
    return EXIT.fine;
  }
  const example = examples.find((one) => String(one.number) === number);
  if (example === undefined)
    throw new BadSetting(`--example: ${file} has examples 1 to ${examples.length}, and no ${number.slice(0, 20)}`);
  io.out(renderExample(example));
  return EXIT.fine;
}
