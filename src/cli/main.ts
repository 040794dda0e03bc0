#!/usr/bin/env node
import { Command, CommanderError } from "commander";
import pc from "picocolors";
import { Unavailable, Unsupported } from "../store/store.ts";
import type { AssetsFlags } from "./assets.ts";
import type { BackfillFlags } from "./backfill.ts";
import type { CheckFlags } from "./check.ts";
import { addContactCommands } from "./contact-commands.ts";
import { addDeployCommands } from "./deploy-commands.ts";
import { addDlqCommands } from "./dlq-commands.ts";
import type { ExplainFlags } from "./explain.ts";
import type { ExamplePlanFlags } from "./explain-plan.ts";
import type { FakeSendFlags } from "./fake-send.ts";
import type { FakeFlags } from "./fake.ts";
import { EXIT, type ExitCode } from "./exit-codes.ts";
import type { InitFlags } from "./init.ts";
import { optimizeLater } from "./optimize-later.ts";
import type { Output } from "./output.ts";
import type { ResumeFlags } from "./resume.ts";
import { RulesRefused } from "./rules-refused.ts";
import { addLedgerCommands } from "./ledger-commands.ts";
import type { PauseFlags } from "./pause.ts";
import { addPlanCommand } from "./plan-command.ts";
import {
  BadSetting,
  newWorkspaceDirectory,
  readRunSettings,
  type RunFlags,
  workspaceDirectory,
} from "./run-settings.ts";
import type { SendEventFlags } from "./send-event.ts";
import { systemClock } from "./system-clock.ts";
import { addStoreCommands } from "./store-commands.ts";
import type { TestFlags } from "./test.ts";
import { addTestNewCommand } from "./test-new-command.ts";
import { version } from "./version.ts";
import { WORKSPACE_ARGUMENT } from "./workspace-argument.ts";

// A command's own file is imported when the command is given: a check must not wait for servers and stores to load.

const output: Output = {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
};

const program = new Command("heed")
  .description("Turns what customers do into the right message at the right moment, or into deliberate silence.")
  .version(version)
  .exitOverride()
  .showHelpAfterError("run heed --help for the commands, heed <command> --help for their options");

program
  .command("init")
  .description("make a new workspace, with a first rule and its test; overwrites nothing")
  .argument("[folder]", "where to make it (default: $HEED_RULES, else rules)")
  .option("--workspace-name <name>", "what the workspace is called (default: after the folder)")
  .option("--time-zone <zone>", "for contacts whose own zone is not known (default: this machine's)")
  .option("--country <code>", "of phone numbers without a prefix, such as US (default: the time zone's)")
  .action(async (folder: string | undefined, flags: InitFlags) => {
    const { init } = await import("./init.ts");
    const commands = program.commands.map((command) => command.name());
    process.exitCode = init(newWorkspaceDirectory(folder, process.env), flags, output, commands);
  });

program
  .command("check")
  .description("validate a workspace: every problem with its place and what to write instead")
  .argument(
    "[paths...]",
    "a workspace, or files and folders inside of one (default: $HEED_RULES, else rules, else this folder)",
  )
  .option("--format <format>", "pretty, json, github, sarif or junit", "pretty")
  .option("--strict", "warnings count as errors")
  .option("--fix", "mend what is surely a slip of the pen, and nothing but its characters")
  .option(
    "--changed <ref>",
    "only what changed since this branch, tag or commit of git, and what that caused elsewhere",
  )
  .option("--watch", "check again whenever a file has changed")
  .action(async (paths: readonly string[], flags: CheckFlags & { readonly watch?: boolean }) => {
    const io = {
      write: (text: string) => process.stdout.write(text),
      talk: (text: string) => process.stderr.write(text),
      colours: pc.isColorSupported && process.stdout.isTTY,
      now: () => systemClock.now(),
    };
    const targets = paths.length > 0 ? paths : [workspaceDirectory(undefined, process.env)];
    optimizeLater();
    if (flags.watch === true) {
      const { watchCheck } = await import("./watch-check.ts");
      watchCheck(targets, flags, { ...io, clock: systemClock, terminal: process.stdout.isTTY });
    } else {
      const { check } = await import("./check.ts");
      process.exitCode = check(targets, flags, io);
    }
  });

program
  .command("test")
  .description("play the tests of the rules on a virtual clock, with the engine that runs in production")
  .argument(...WORKSPACE_ARGUMENT)
  .option("--filter <text>", "only cases with this in their title: suite › case [values of the matrix]")
  .option("--format <format>", "pretty, json, junit or github", "pretty")
  .option("--coverage", "what the rules say, and which of it no test shows")
  .option("--threshold <percent>", "fail when tests show less than this of what the rules say")
  .option("--watch", "test again whenever a file has changed")
  .action(async (workspace: string | undefined, flags: TestFlags & { readonly watch?: boolean }) => {
    const io = {
      write: (text: string) => process.stdout.write(text),
      talk: (text: string) => process.stderr.write(text),
      colours: pc.isColorSupported && process.stdout.isTTY,
    };
    const directory = workspaceDirectory(workspace, process.env);
    if (flags.watch === true) {
      const { watchTest } = await import("./watch-test.ts");
      await watchTest(directory, flags, { ...io, clock: systemClock, terminal: process.stdout.isTTY });
    } else {
      const { test } = await import("./test.ts");
      process.exitCode = await test(directory, flags, io);
    }
  });

program
  .command("explain")
  .description("why a contact did, or did not, get a message: each gate and condition with the values that it saw")
  .argument(...WORKSPACE_ARGUMENT)
  .option("--test <name>", "of a case with this in its title or file, played anew, instead of the live store")
  .option("--contact <who>", "by id, email address, phone number, or name in a test")
  .option("--rule <id>", "only what this rule did, or why it did nothing")
  .option("--event <id>", "only what came of this event, or why nothing did")
  .option("--message <id>", "only this message, by its intent's id")
  .option("--plan <file>", "of an example of this plan, which heed plan --out wrote, under both rulebooks")
  .option("--example <number>", "which of its examples (default: list them)")
  .option("--format <format>", "pretty or json", "pretty")
  .option("--rules <from>", "store: the rules that heed deploy published there, instead of a folder's ($HEED_RULES)")
  .option("--store <store>", "embedded, or the URL of a NATS server (default: $HEED_STORE, else embedded)")
  .option("--namespace <name>", "of the system on that NATS server (default: $HEED_NAMESPACE, else heed)")
  .option("--data-dir <folder>", "of the embedded store (default: $HEED_DATA_DIR, else .heed)")
  .action(async (workspace: string | undefined, flags: ExplainFlags & ExamplePlanFlags & RunFlags) => {
    if (flags.plan !== undefined) {
      const { explainPlan } = await import("./explain-plan.ts");
      process.exitCode = explainPlan(flags.plan, flags.example, output);
      return;
    }
    const { explain: explainMessages } = await import("./explain.ts");
    process.exitCode = await explainMessages(readRunSettings(workspace, flags, process.env), flags, {
      write: (text: string) => process.stdout.write(text),
      talk: (text: string) => process.stderr.write(text),
      colours: pc.isColorSupported && process.stdout.isTTY,
      clock: systemClock,
    });
  });

program
  .command("codes")
  .description("the kinds of problems, risks and reasons, or the page of one: what it is, why, and what to do")
  .argument("[code]", "such as HEED301 or PLN203, or a reason such as guard.false")
  .action(async (code: string | undefined) => {
    const { codes } = await import("./codes.ts");
    process.exitCode = codes(code, output);
  });

program
  .command("assets")
  .description(
    "print a file for elsewhere: a dashboard for Grafana, rules for Prometheus' alerts, or a review of each change in CI",
  )
  .option("--dashboard", "the dashboard, as JSON to import")
  .option("--alerts", "the rules, as YAML for rule_files")
  .option("--ci <host>", "github or gitlab: check, test and plan each change of rules, and comment on it")
  .action(async (flags: AssetsFlags) => {
    const { assets } = await import("./assets.ts");
    process.exitCode = assets(flags, output);
  });

program
  .command("compile")
  .description("print what a workspace means as JSON: defaults written out, conditions lowered, with digests")
  .argument(...WORKSPACE_ARGUMENT)
  .action(async (workspace: string | undefined) => {
    const { compile } = await import("./compile.ts");
    process.exitCode = compile(workspaceDirectory(workspace, process.env), output);
  });

program
  .command("graph")
  .description("print which events start and stop which rules, and the channels those speak through")
  .argument(...WORKSPACE_ARGUMENT)
  .option("--format <format>", "mermaid or dot", "mermaid")
  .action(async (workspace: string | undefined, { format }: { readonly format: string }) => {
    const { graph } = await import("./graph.ts");
    process.exitCode = graph(workspaceDirectory(workspace, process.env), format, output);
  });

program
  .command("schema")
  .description("print the JSON Schema of rules, of heed.yaml, of tests, of fixtures, of events or of plans")
  .argument("[name]", "rule, workspace, test, fixtures, event or plan", "rule")
  .action(async (name: string) => {
    const { printSchema } = await import("./schema.ts");
    process.exitCode = printSchema(name, output);
  });

program
  .command("run")
  .description("run the system: take events in, decide, send")
  .argument(...WORKSPACE_ARGUMENT)
  .option("--store <store>", "embedded, or the URL of a NATS server (default: $HEED_STORE, else embedded)")
  .option("--namespace <name>", "keeps several systems on one NATS server apart (default: $HEED_NAMESPACE, else heed)")
  .option("--replicas <count>", "copies of new streams in a NATS cluster (default: $HEED_NATS_REPLICAS, else 1)")
  .option("--data-dir <folder>", "where the embedded store and local files live (default: $HEED_DATA_DIR, else .heed)")
  .option("--host <address>", "address to listen on (default: $HOST, else 127.0.0.1)")
  .option("--port <port>", "port to listen on, 0 for any (default: $PORT, else 8080)")
  .option("--watch", "reload the rules when their files change")
  .option("--rules <from>", "store: the rules that heed deploy published there, instead of a folder's ($HEED_RULES)")
  .option("--fake", "play all vendors on this machine, over a store of its own: nothing is sent, reports come back")
  .option(
    "--role <roles>",
    "what this process does: ingest, decide, dispatch, console, several with commas (default: $HEED_ROLE, else all)",
  )
  .action(async (workspace: string | undefined, flags: RunFlags) => {
    await run(workspace, flags);
  });

const fakes = program
  .command("fake")
  .description("play the vendors of a workspace on this machine: they take messages and report on them, signed")
  .argument(...WORKSPACE_ARGUMENT)
  .option("--provider <names...>", "only these, also when heed.yaml does not name them")
  .option("--port <port>", "of the first; each of the others has the next (default: 9400)")
  .option("--door <url>", "where Heed takes webhooks (default: http://127.0.0.1:8080)")
  .option("--recipients", "only print who behaves how")
  .action(async (workspace: string | undefined, flags: FakeFlags) => {
    const interrupted = new Promise<void>((resolve) => {
      for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve());
    });
    const { fake } = await import("./fake.ts");
    const io = { ...output, clock: systemClock, env: process.env, interrupted };
    process.exitCode = await fake(workspaceDirectory(workspace, process.env), flags, io);
  });

fakes
  .command("send")
  .description("post a file to Heed as one who only reports would, signed: segment, hubspot or a source of heed.yaml")
  .argument("<provider>", "its name in heed.yaml, under providers or sources")
  .argument("<file>", "the body; - reads it from standard input")
  .argument(...WORKSPACE_ARGUMENT)
  .option("--door <url>", "where Heed takes webhooks (default: http://127.0.0.1:8080)")
  .action(async (provider: string, file: string, workspace: string | undefined, flags: FakeSendFlags) => {
    const { fakeSend } = await import("./fake-send.ts");
    const what = { provider, file, directory: workspaceDirectory(workspace, process.env) };
    // The flag is one of the command around it as well, which takes it where both have it.
    const door = flags.door ?? fakes.opts<FakeFlags>().door;
    const io = { ...output, clock: systemClock, env: process.env };
    process.exitCode = await fakeSend(what, door === undefined ? {} : { door }, io);
  });

reachingStore(
  program
    .command("pause")
    .description(
      "the kill switch: stop every message that has not begun, of everything, of a rule or through a channel",
    )
    .argument("[target]", "all, rule:<id> or channel:<name>"),
)
  .option("--for <duration>", "ends by itself, after 2h for example (default: when somebody resumes it)")
  .option("--reason <text>", "why, for everybody who asks")
  .option("--list", "show what is paused")
  .action(async (target: string | undefined, flags: PauseFlags & RunFlags) => {
    const settings = readRunSettings(undefined, flags, process.env);
    const { pause } = await import("./pause.ts");
    process.exitCode = await pause(target, flags, settings, systemClock, output);
  });

reachingStore(
  program
    .command("resume")
    .description("end a pause: what waited is judged anew, and sent if it still should be")
    .argument("[target]", "all, rule:<id> or channel:<name>"),
)
  .option("--reason <text>", "why; must be told for what had paused itself")
  .action(async (target: string | undefined, flags: ResumeFlags & RunFlags) => {
    const settings = readRunSettings(undefined, flags, process.env);
    const { resume } = await import("./resume.ts");
    process.exitCode = await resume(target, flags, settings, systemClock, output);
  });

reachingStore(
  program
    .command("send-event")
    .description("send events to the running system, and say of each that is not sound what is wrong with it")
    .argument("[file]", "events, one JSON object in each line or a JSON array; - for standard input"),
)
  .option("--type <type>", "instead of a file: what happened, such as lead.demo_requested")
  .option("--contact <id>", "to whom, by your own id")
  .option("--email <address>", "to whom, by email address")
  .option("--phone <number>", "to whom, by phone number")
  .option("--data <json>", "everything else there is to say, as a JSON object")
  .option("--id <id>", "of the event, by which a repetition is known (default: a new one)")
  .option("--at <time>", "when it happened, such as 2026-03-06T14:00:00Z (default: now)")
  .action(async (file: string | undefined, flags: SendEventFlags & RunFlags) => {
    const settings = readRunSettings(undefined, flags, process.env);
    const { type, contact: who, email, phone, data, id, at } = flags;
    const { sendEvent } = await import("./send-event.ts");
    const context = { settings, clock: systemClock, io: output, stdin: process.stdin };
    process.exitCode = await sendEvent(file, { type, contact: who, email, phone, data, id, at }, context);
  });

reachingStore(
  program
    .command("backfill")
    .description("ask a provider for what it reported while the door was closed, and take it in")
    .argument("<provider>", "its name in heed.yaml")
    .argument("[workspace]", "folder with heed.yaml"),
)
  .requiredOption("--since <when>", "from when on: 2h ago, or a moment such as 2026-03-06T14:00:00Z")
  .option("--until <when>", "until when (default: now)")
  .option("--rules <from>", "store: the rules that heed deploy published there, instead of a folder's ($HEED_RULES)")
  .action(async (provider: string, workspace: string | undefined, flags: BackfillFlags & RunFlags) => {
    const settings = readRunSettings(workspace, flags, process.env);
    const { backfill } = await import("./backfill.ts");
    const colours = pc.isColorSupported && process.stderr.isTTY;
    const context = { settings, env: process.env, clock: systemClock, io: output, colours };
    process.exitCode = await backfill(provider, flags, context);
  });

addPlanCommand(program);
addContactCommands(program, reachingStore, output);
addDeployCommands(program, reachingStore, output);
addDlqCommands(program, reachingStore, output);
addLedgerCommands(program, reachingStore, output);
addTestNewCommand(program, reachingStore, output);
addStoreCommands(program, reachingStore, output);

/** Where the store is, or the running system that has it open. */
function reachingStore(command: Command): Command {
  return command
    .option("--store <store>", "embedded, or the URL of a NATS server (default: $HEED_STORE, else embedded)")
    .option("--namespace <name>", "of the system on that NATS server (default: $HEED_NAMESPACE, else heed)")
    .option("--data-dir <folder>", "of the embedded store (default: $HEED_DATA_DIR, else .heed)")
    .option("--host <address>", "of the running system (default: $HOST, else 127.0.0.1)")
    .option("--port <port>", "of the running system (default: $PORT, else 8080)");
}

async function run(workspace: string | undefined, flags: RunFlags): Promise<void> {
  const settings = readRunSettings(workspace, flags, process.env);
  const { startSystem } = await import("./run.ts");
  const starting = startSystem(settings, {
    stdout: process.stdout,
    stderr: process.stderr,
    colours: pc.isColorSupported && process.stderr.isTTY,
    env: process.env,
    clock: systemClock,
  });
  let stopping = false;
  const stop = (): void => {
    // A second signal means now.
    if (stopping) process.exit(EXIT.findings);
    stopping = true;
    process.stderr.write("stopping: no more requests are taken, what is under way may end\n");
    starting
      .then((system) => system.stop())
      .then(
        () => process.exit(EXIT.fine),
        (fault: unknown) => fail(fault),
      );
  };
  // From the beginning, so that no signal ends a start in the middle.
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
  process.on("SIGHUP", () => {
    void starting
      .then((system) => system.reload())
      .then((outcome) => process.stderr.write(`asked to reload the rules: ${outcome}\n`));
  });
  await starting;
}

function fail(fault: unknown): never {
  const [code, message] = explain(fault);
  if (message !== "") process.stderr.write(`${message}\n`);
  process.exit(code);
}

function explain(fault: unknown): readonly [ExitCode, string] {
  if (fault instanceof CommanderError) return [fault.exitCode === 0 ? EXIT.fine : EXIT.usage, ""];
  if (fault instanceof RulesRefused) return [EXIT.unreadable, fault.message];
  if (fault instanceof BadSetting || fault instanceof Unsupported || fault instanceof Unavailable) {
    return [EXIT.usage, `heed: ${fault.message}`];
  }
  if (isListenError(fault)) {
    return [EXIT.usage, `heed: cannot listen on port ${fault.port}: ${fault.code}; choose another with --port`];
  }
  // Trouble with files and addresses is the operator's to mend: a sentence helps, a stack does not.
  if (fault instanceof Error && "syscall" in fault) return [EXIT.usage, `heed: ${fault.message}`];
  return [EXIT.usage, `heed: ${fault instanceof Error ? (fault.stack ?? fault.message) : String(fault)}`];
}

function isListenError(fault: unknown): fault is Error & { readonly code: string; readonly port: number } {
  return (
    fault instanceof Error && "syscall" in fault && fault.syscall === "listen" && "code" in fault && "port" in fault
  );
}

try {
  await program.parseAsync();
} catch (fault) {
  fail(fault);
}
