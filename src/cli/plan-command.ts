import type { Command } from "commander";
import pc from "picocolors";
import type { PlanFlags } from "./plan.ts";
import { readRunSettings, type RunFlags } from "./run-settings.ts";
import { systemClock } from "./system-clock.ts";
import { WORKSPACE_ARGUMENT } from "./workspace-argument.ts";

/** `heed plan`: what a change to the rules will do. */
export function addPlanCommand(program: Command): void {
  program
    .command("plan")
    .description(
      "what a change to the rules will do: what it means, whom it reaches, what it costs, what is risky in it",
    )
    .argument(...WORKSPACE_ARGUMENT)
    .option("--base <revision>", "what to compare with: a branch, tag or commit (default: origin/main, else main)")
    .option("--head <revision>", "what is to be: a commit, or WORKTREE, the files as they lie there", "WORKTREE")
    .option(
      "--events <sources...>",
      "play both sides over what was recorded: files, -, a data directory, nats://…, store",
    )
    .option(
      "--since <when>",
      "of the events those since then: 28d before the last one, or a moment (default: 28d of a store, all of a file)",
    )
    .option("--sample <share>", "play this share of the contacts, such as 0.1 (default: what takes about 20 seconds)")
    .option("--full", "play all contacts")
    .option("--seed <number>", "chooses contacts and examples: the same number, the same plan", "1")
    .option("--store <store>", "ask it what is under way: embedded, or the URL of a NATS server")
    .option("--namespace <name>", "of the system on that NATS server (default: $HEED_NAMESPACE, else heed)")
    .option("--data-dir <folder>", "ask the embedded store there what is under way")
    .option("--format <format>", "pretty, md, json, github or sarif", "pretty")
    .option("--out <file>", "write the plan there as JSON, for heed explain --plan and heed deploy --plan")
    .option("--markdown <file>", "write it there as a comment on a pull request")
    .option("--select <classes>", "show only changes of these classes, with commas: content,timing,audience,…")
    .option("--show-cosmetic", "show changes, too, that mean nothing")
    .option("--show-content", "show the texts of messages in the examples: they may hold what people told you")
    .option(
      "--fail-on <risks>",
      "exit 1 when there is one: codes such as PLN203, error, warning or none, with commas",
      "error",
    )
    .option("--detailed-exitcode", "exit 10 when something changes and nothing failed")
    .action(async (workspace: string | undefined, flags: PlanFlags & RunFlags) => {
      const { plan } = await import("./plan.ts");
      process.exitCode = await plan(readRunSettings(workspace, flags, process.env), flags, {
        write: (text: string) => process.stdout.write(text),
        talk: (text: string) => process.stderr.write(text),
        stdin: process.stdin,
        env: process.env,
        colours: pc.isColorSupported && process.stdout.isTTY,
        clock: systemClock,
      });
    });
}
