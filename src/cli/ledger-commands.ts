import { once } from "node:events";
import type { Command } from "commander";
import type { ExportFlags } from "./export.ts";
import type { VerifyFlags } from "./ledger-verify.ts";
import type { Output } from "./output.ts";
import type { ReconcileFlags } from "./reconcile.ts";
import { readRunSettings, type RunFlags } from "./run-settings.ts";
import { systemClock } from "./system-clock.ts";
import type { TraceFlags } from "./trace.ts";
import { WORKSPACE_ARGUMENT } from "./workspace-argument.ts";

/** `heed ledger verify`, `heed reconcile`, `heed trace` and `heed export`: what the account proves and tells. */
export function addLedgerCommands(program: Command, reachingStore: (command: Command) => Command, io: Output): void {
  const ledger = program.command("ledger").description("the account of all that was decided and done");
  reachingStore(
    ledger
      .command("verify")
      .description("hold the account against its seals: whether a line was changed, removed or put in between"),
  )
    .option("--anchor <file>", "also against what an earlier --format json printed, kept where nobody can change it")
    .option("--format <format>", "pretty or json", "pretty")
    .action(async (flags: VerifyFlags & RunFlags) => {
      const { verifyLedger } = await import("./ledger-verify.ts");
      const settings = readRunSettings(undefined, flags, process.env);
      process.exitCode = await verifyLedger(settings, flags, systemClock, io);
    });

  reachingStore(
    program
      .command("reconcile")
      .description("prove that nothing was lost on its way: events and messages add up, and what does not is named"),
  )
    .option("--since <when>", "how far back: 7d, or a moment such as 2026-03-06T14:00:00Z", "7d")
    .option("--format <format>", "pretty or json", "pretty")
    .action(async (flags: ReconcileFlags & RunFlags) => {
      const { reconcile } = await import("./reconcile.ts");
      process.exitCode = await reconcile(readRunSettings(undefined, flags, process.env), flags, systemClock, io);
    });

  reachingStore(
    program
      .command("trace")
      .description("follow an event or a message from the door to the last word about it, and say why it ends there")
      .argument("<id>", "of an event, or of a message: ours or its provider's")
      .argument(...WORKSPACE_ARGUMENT),
  )
    .option("--rules <from>", "store: the rules that heed deploy published there, instead of a folder's ($HEED_RULES)")
    .option("--format <format>", "pretty or json", "pretty")
    .action(async (id: string, workspace: string | undefined, flags: TraceFlags & RunFlags) => {
      const { trace } = await import("./trace.ts");
      process.exitCode = await trace(readRunSettings(workspace, flags, process.env), id, flags, {
        write: io.out,
        talk: io.err,
        colours: false,
        clock: systemClock,
      });
    });

  reachingStore(
    program
      .command("export")
      .description(
        "print the account for a warehouse: lines, what became of each message, what each rule came to; or the events that came in",
      )
      .argument(
        "[workspace]",
        "folder with heed.yaml and the rules, for their classes (default: $HEED_RULES, else rules, else this folder)",
      ),
  )
    .option("--what <what>", "lines, messages, rules, or events: a recording for heed plan", "lines")
    .option("--format <format>", "ndjson or csv", "ndjson")
    .option("--since <when>", "only from then on: 2d, or a moment such as 2026-03-06T14:00:00Z")
    .option("--until <when>", "only before then")
    .option("--after <place>", "go on where an earlier export said that it ended")
    .option(
      "--redact",
      "marks instead of contacts and ids, the same for the same ($HEED_REDACT_KEY), and nothing personal that events brought",
    )
    .action(async (workspace: string | undefined, flags: ExportFlags & RunFlags) => {
      const { exportLedger } = await import("./export.ts");
      const settings = readRunSettings(workspace, flags, process.env);
      const write = async (text: string): Promise<void> => {
        if (!process.stdout.write(text)) await once(process.stdout, "drain");
      };
      process.exitCode = await exportLedger(settings, flags, {
        clock: systemClock,
        env: process.env,
        io: { ...io, write },
      });
    });
}
