import type { CommandContext } from "./command-context.ts";
import type { Command } from "commander";
import type { DlqDiscardFlags, DlqListFlags, DlqReplayFlags } from "./dlq.ts";
import type { Output } from "./output.ts";
import type { ReplayEventsFlags } from "./replay-events.ts";
import { readRunSettings, type RunFlags } from "./run-settings.ts";
import { systemClock } from "./system-clock.ts";

/** `heed dlq list|show|replay|discard`. `reachingStore` adds where the store is. */
export function addDlqCommands(program: Command, reachingStore: (command: Command) => Command, io: Output): void {
  const dlq = program
    .command("dlq")
    .description(
      "look at dead letters: what could not be read, decided or sent; let them try again, or set them aside",
    );
  const context = (flags: RunFlags): CommandContext => ({
    settings: readRunSettings(undefined, flags, process.env),
    clock: systemClock,
    io,
  });

  filtered(reachingStore(dlq.command("list").description("what lies there, oldest first, without anybody's address")))
    .option("--show", "addresses, too")
    .option("--limit <count>", "at the most", "50")
    .option("--format <format>", "pretty or json", "pretty")
    .action(async (flags: DlqListFlags & RunFlags) => {
      const { listDeadLetters } = await import("./dlq.ts");
      process.exitCode = await listDeadLetters(flags, context(flags));
    });

  reachingStore(
    dlq
      .command("show")
      .description("all that is in one, personal data too")
      .argument("<id>", "as heed dlq list tells it"),
  ).action(async (id: string, flags: RunFlags) => {
    const { showDeadLetter } = await import("./dlq.ts");
    process.exitCode = await showDeadLetter(id, context(flags));
  });

  addReplay(dlq.command("replay"));
  // By the word that people look for.
  addReplay(program.command("replay"), "the same as heed dlq replay, or with --events of what came in: ")
    .option("--events", "events that came in, as far as no document knows them any more: after a restored backup")
    .option("--type <type>", "with --events: only of this type")
    .option("--dry-run", "with --events: only say how many there are");

  reachingStore(
    dlq
      .command("discard")
      .description("take one off for good; what it was about stays as it is")
      .alias("drop")
      .argument("<id>", "as heed dlq list tells it"),
  )
    .option("--reason <text>", "why, for everybody who asks what became of it")
    .action(async (id: string, flags: DlqDiscardFlags & RunFlags) => {
      const { discardDeadLetter } = await import("./dlq.ts");
      process.exitCode = await discardDeadLetter(id, flags, context(flags));
    });

  function addReplay(command: Command, prefix = ""): Command {
    return filtered(
      reachingStore(
        command
          .description(`${prefix}let dead letters try again: events are decided, messages pass all gates of now`)
          .argument("[ids...]", "as heed dlq list tells them"),
      ),
    )
      .option("--all", "all that lie there now")
      .option("--may-double", "messages that may have been sent, too: a second copy is better than none")
      .action(async (ids: readonly string[], flags: DlqReplayFlags & ReplayEventsFlags & RunFlags) => {
        if (flags.events === true) {
          const { replayEvents } = await import("./replay-events.ts");
          process.exitCode = await replayEvents(ids, flags, context(flags));
          return;
        }
        const { replayDeadLetters } = await import("./dlq.ts");
        process.exitCode = await replayDeadLetters(ids, flags, context(flags));
      });
  }
}

function filtered(command: Command): Command {
  return command
    .option("--reason <text>", "only those whose reason begins so: provider.failed, quarantined")
    .option("--contact <contact>", "only of this one: its id, or email:<address>, phone:<number> or anon:<id>")
    .option("--since <when>", "only from then on: 2h ago, or 2026-03-06T16:00:00Z");
}
