import type { Command } from "commander";
import type { Output } from "./output.ts";
import { readRunSettings, type RunFlags } from "./run-settings.ts";
import { systemClock } from "./system-clock.ts";
import type { TestNewFlags } from "./test-new.ts";
import { WORKSPACE_ARGUMENT } from "./workspace-argument.ts";

/** `heed test new`, a command of `heed test`: a folder of that name is `./new`. */
export function addTestNewCommand(program: Command, reachingStore: (command: Command) => Command, io: Output): void {
  const test = program.commands.find((command) => command.name() === "test");
  if (test === undefined) throw new TypeError("heed test must be there before heed test new");
  reachingStore(
    test
      .command("new")
      .description("make a test of what happened to a contact, told of somebody who does not exist, and play it")
      .argument(...WORKSPACE_ARGUMENT),
  )
    .requiredOption("--from-contact <id-or-address>", "whom it happened to")
    .requiredOption(
      "--between <moments...>",
      "from when to when: 2026-03-06T14:00:00Z 2026-03-07T14:00:00Z, or 2d 1d ago",
    )
    .option("--rule <id>", "only what this rule did (default: every rule that did something)")
    .option("--out <file>", "where the test goes (default: beside the rule)")
    .action(async (workspace: string | undefined, flags: TestNewFlags & RunFlags) => {
      const { testNew } = await import("./test-new.ts");
      const settings = readRunSettings(workspace, flags, process.env);
      process.exitCode = await testNew(flags, { settings, clock: systemClock, io });
    });
}
