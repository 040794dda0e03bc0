import type { CommandContext } from "./command-context.ts";
import type { Command } from "commander";
import type { CancelFlags } from "./contact-cancel.ts";
import type { ImportFlags } from "./contact-import.ts";
import type { ConsentFlags, SayFlags } from "./contact-say.ts";
import type { Output } from "./output.ts";
import { readRunSettings, type RunFlags, type RunSettings } from "./run-settings.ts";
import { systemClock } from "./system-clock.ts";

const ANY = "its id, email address or phone number, or anon:<id>";
const WHOM = "its id, email address or phone number";
const RULES =
  "folder with heed.yaml, which says how contacts are read (default: $HEED_RULES, else rules, else this folder)";

/** `heed contact …`. `reachingStore` adds where the store is. */
export function addContactCommands(program: Command, reachingStore: (command: Command) => Command, io: Output): void {
  const contact = program
    .command("contact")
    .description("look at what is known of contacts, say what is so, cancel, import and export, erase");
  const settingsOf = (flags: RunFlags, workspace?: string): RunSettings =>
    readRunSettings(workspace, flags, process.env);
  const context = (flags: RunFlags): CommandContext => ({ settings: settingsOf(flags), clock: systemClock, io });

  reachingStore(
    contact
      .command("show")
      .description("print what is known of a contact, and where its messages go")
      .argument("<contact>", ANY),
  ).action(async (named: string, flags: RunFlags) => {
    const { showContact } = await import("./contact.ts");
    process.exitCode = await showContact(named, settingsOf(flags), systemClock, io);
  });

  said(contact.command("set"))
    .description("say what fields of a contact are: plan=pro; plan= forgets it")
    .argument("<contact>", WHOM)
    .argument("<field=value...>", "by the types that heed.yaml declares")
    .action(async (named: string, pairs: readonly string[], flags: SayFlags & RunFlags) => {
      const { setAttributes } = await import("./contact-say.ts");
      process.exitCode = await setAttributes(named, pairs, flags, context(flags));
    });

  for (const verb of ["tag", "untag"] as const) {
    said(contact.command(verb))
      .description(verb === "tag" ? "give a contact tags" : "take tags from a contact")
      .argument("<contact>", WHOM)
      .argument("<tag...>")
      .action(async (named: string, tags: readonly string[], flags: SayFlags & RunFlags) => {
        const { tagContact } = await import("./contact-say.ts");
        process.exitCode = await tagContact(verb, named, tags, { flags, context: context(flags) });
      });
  }

  said(contact.command("consent"))
    .description("write down that a contact agreed to marketing on a channel, with the proof, or objects to it")
    .argument("<contact>", WHOM)
    .argument("<channel>", "of heed.yaml, or email, sms, push or voice")
    .argument("<state>", "granted or denied")
    .option("--source <text>", "where it was said, such as checkout: needed for granted")
    .option("--wording <text>", "the words that the contact agreed to: needed for granted")
    .action(async (named: string, channel: string, state: string, flags: ConsentFlags & RunFlags) => {
      const { sayConsent } = await import("./contact-say.ts");
      process.exitCode = await sayConsent(named, { channel, state }, flags, context(flags));
    });

  addImport();

  reachingStore(
    contact
      .command("cancel")
      .description(
        "end what is under way for a contact: one run, or all of a rule; a message that is being sent is not called back",
      )
      .argument("<contact>", ANY)
      .argument("<run>", "a rule, or the id of one run as heed contact show tells it"),
  )
    .option("--actor <name>", "who says so (default: the user.name of git, else the user of this machine)")
    .option("--reason <text>", "why, for everybody who asks later: needed")
    .action(async (named: string, run: string, flags: CancelFlags & RunFlags) => {
      const { cancelOfContact } = await import("./contact-cancel.ts");
      process.exitCode = await cancelOfContact(named, run, flags, context(flags));
    });

  reachingStore(
    contact
      .command("export")
      .description("print all that is kept of a contact, its addresses and its account: personal data")
      .argument("<contact>", ANY),
  )
    .option("--format <format>", "json", "json")
    .action(async (named: string, flags: RunFlags & { readonly format: string }) => {
      const { exportContact } = await import("./contact-export.ts");
      process.exitCode = await exportContact(named, flags.format, settingsOf(flags), systemClock, io);
    });

  reachingStore(
    contact
      .command("erase")
      .description("end all runs of a contact and delete what is known of it; its addresses stay silent if they were")
      .argument("<contact>", ANY),
  )
    .option("--yes", "it cannot be undone")
    .action(async (named: string, flags: RunFlags & { readonly yes?: boolean }) => {
      const { eraseContact } = await import("./contact-erase.ts");
      process.exitCode = await eraseContact(named, flags, settingsOf(flags), systemClock, io);
    });

  /** What is said by hand is said by somebody. */
  function said(command: Command): Command {
    return reachingStore(command)
      .option("--actor <name>", "who says so (default: the user.name of git, else the user of this machine)")
      .option("--reason <text>", "why, for everybody who asks later")
      .option("--at <time>", "since when it is so (default: now)")
      .option(
        "--new",
        "of an id that nothing is known of yet: without it, an unknown id is refused as a slip of the pen",
      );
  }

  function addImport(): void {
    reachingStore(
      contact
        .command("import")
        .description("bring in contacts, consents and suppressions from a file; interrupted, it goes on where it was")
        .argument("<file>", "CSV with a header, or one JSON object in each line (.ndjson)")
        .argument("[workspace]", RULES),
    )
      .option("--suppressions", "the file is of addresses that must stay silent: address, channel, reason, since")
      .option("--map <column=field>", "what a column says; column= leaves it alone; may be repeated", collect, [])
      .option("--dry-run", "read it all and tell what is wrong, and take nothing in")
      .option("--rejects <file>", "where refused rows are told (default: <file>.rejects.csv)")
      .option("--at <time>", "as of when the rows are true (default: when the file was changed)")
      .option("--source <text>", "of the consents, where rows do not say it")
      .option("--wording <text>", "of the consents, where rows do not say it")
      .option("--actor <name>", "who imports (default: the user.name of git, else the user of this machine)")
      .option("--reason <text>", "why, for everybody who asks later")
      .option("--format <format>", "csv or ndjson (default: by the file's name)")
      .option("--delimiter <sign>", "between cells (default: the one that the header has)")
      .option("--restart", "begin again, although it was interrupted")
      .action(async (file: string, workspace: string | undefined, flags: ImportFlags & RunFlags) => {
        const { importContacts } = await import("./contact-import.ts");
        const settings = settingsOf(flags, workspace);
        process.exitCode = await importContacts(file, flags, { settings, clock: systemClock, io });
      });
  }
}

function collect(entry: string, entries: readonly string[]): readonly string[] {
  return [...entries, entry];
}
