import type { Command } from "commander";
import type { Output } from "./output.ts";
import { readRunSettings, type RunFlags } from "./run-settings.ts";
import { systemClock } from "./system-clock.ts";
import { WORKSPACE_ARGUMENT } from "./workspace-argument.ts";

interface MigrateFlags extends Pick<RunFlags, "namespace" | "replicas"> {
  readonly from?: string;
  readonly to?: string;
}

interface DoctorFlags {
  readonly offline?: boolean;
  readonly dkimSelector?: readonly string[];
}

/** `heed migrate` and `heed doctor`: what is about the store itself, and all that Heed stands on. */
export function addStoreCommands(program: Command, reachingStore: (command: Command) => Command, io: Output): void {
  reachingStore(
    program
      .command("doctor")
      .description(
        "look at all that Heed stands on, and explain it: what an acknowledgement survives, what is missing or off",
      )
      .argument(...WORKSPACE_ARGUMENT),
  )
    .option("--offline", "ask neither vendors whether credentials are good nor the DNS about sending domains")
    .option("--dkim-selector <names...>", "of keys beside those that vendors use for everybody")
    .action(async (workspace: string | undefined, flags: DoctorFlags & RunFlags) => {
      const settings = readRunSettings(workspace, flags, process.env);
      const { doctor } = await import("./doctor.ts");
      const { resolveTxtHere } = await import("./doctor-domains.ts");
      const selectors = flags.dkimSelector ?? [];
      const outside = flags.offline === true ? null : { resolveTxt: resolveTxtHere(), selectors };
      const code = await doctor({ settings, clock: systemClock, io, env: process.env, outside });
      // The client never lets go of a server that took its connection and said nothing, as one that hangs does.
      process.exit(code);
    });

  program
    .command("migrate")
    .description(
      "move everything from the embedded store to NATS, once Heed is stopped; may be repeated until it has ended",
    )
    .option("--from <folder>", "of the embedded store (default: $HEED_DATA_DIR, else .heed)")
    .option("--to <url>", "of the NATS server (default: $HEED_STORE)")
    .option("--namespace <name>", "of the new store on that server (default: $HEED_NAMESPACE, else heed)")
    .option("--replicas <count>", "copies of new streams in a NATS cluster (default: $HEED_NATS_REPLICAS, else 1)")
    .action(async ({ from, to, ...flags }: MigrateFlags) => {
      const places = { ...(from !== undefined && { dataDir: from }), ...(to !== undefined && { store: to }) };
      const settings = readRunSettings(undefined, { ...flags, ...places }, process.env);
      const { migrate } = await import("./migrate.ts");
      process.exitCode = await migrate(settings, systemClock, io);
    });
}
