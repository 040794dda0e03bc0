import type { Command } from "commander";
import pc from "picocolors";
import type { ForecastFlags } from "./forecast.ts";
import type { Output } from "./output.ts";
import type { DeployFlags, PublishContext, RollbackFlags } from "./publish.ts";
import { readRunSettings, type RunFlags } from "./run-settings.ts";
import { systemClock } from "./system-clock.ts";
import { WORKSPACE_ARGUMENT } from "./workspace-argument.ts";

/** `heed deploy`, `heed forecast` and `heed rollback`: the rules of workers that take theirs from the store. */
export function addDeployCommands(program: Command, reachingStore: (command: Command) => Command, io: Output): void {
  const context = (workspace: string | undefined, flags: RunFlags): PublishContext => ({
    settings: readRunSettings(workspace, flags, process.env),
    clock: systemClock,
    io,
    colours: pc.isColorSupported && process.stderr.isTTY,
  });

  reachingStore(
    program
      .command("deploy")
      .description("publish the rules to the store, once they are sound: workers of --rules store take them at once")
      .argument(...WORKSPACE_ARGUMENT),
  )
    .option("--strict", "warnings refuse, too")
    .option("--plan <file>", "the plan that was agreed to (heed plan --out): for these rules and those that run now")
    .option("--stale-plan", "deploy although the plan was made for other rules; needs --reason")
    .option("--plan-digest <digest>", "of the plan that was agreed to, for the record")
    .option("--reason <text>", "why, for everybody who asks")
    .option("--list", "show the last 20 releases: who, when, which commit, which rules changed")
    .option("--format <format>", "of the list: pretty or json", "pretty")
    .action(async (workspace: string | undefined, flags: DeployFlags & RunFlags) => {
      const { deploy } = await import("./publish.ts");
      process.exitCode = await deploy(flags, context(workspace, flags));
    });

  reachingStore(
    program
      .command("forecast")
      .description("hold what was sent since the newest deployment against what its plan expects"),
  )
    .option("--format <format>", "pretty or json", "pretty")
    .action(async (flags: ForecastFlags & RunFlags) => {
      const { forecast } = await import("./forecast.ts");
      process.exitCode = await forecast(readRunSettings(undefined, flags, process.env), flags, systemClock, io);
    });

  reachingStore(
    program.command("rollback").description("publish the rules before those of now anew; again, those before them"),
  )
    .option("--to <digest>", "to these, as heed deploy --list tells them")
    .option(
      "--on-change <how>",
      "what becomes of runs that began with the rules before: migrate (go on by these), cancel (end), or finish by them (default: as the rules say)",
    )
    .option("--reason <text>", "why, for everybody who asks")
    .action(async (flags: RollbackFlags & RunFlags) => {
      const { rollBack } = await import("./publish.ts");
      process.exitCode = await rollBack(flags, context(undefined, flags));
    });
}
