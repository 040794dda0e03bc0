import { basename } from "node:path";
import { parseDuration } from "../conditions/parse-duration.ts";
import type { Clock } from "../core/model/clock.ts";
import { nominalMs } from "../core/time/duration.ts";
import { formatInstant } from "../core/time/instant.ts";
import { loadWorkspace } from "../rulebook/load-workspace.ts";
import { isRuleFile, parseWorkspace } from "../rulebook/parse-workspace.ts";
import { printable } from "../rulebook/report/printable.ts";
import type { SourceFile } from "../rulebook/source-file.ts";
import { didYouMean } from "../rulebook/suggest.ts";
import { type PauseTarget, readPauseTarget, type StandingPause } from "../runtime/pauses.ts";
import { actorHere } from "./actor.ts";
import { EXIT, type ExitCode } from "./exit-codes.ts";
import type { Output } from "./output.ts";
import { withKillSwitch } from "./reach-kill-switch.ts";
import { BadSetting, type RunSettings } from "./run-settings.ts";

export interface PauseFlags {
  /** `2h`; without it the pause lasts until somebody resumes it. */
  readonly for?: string;
  readonly reason?: string;
  readonly list?: boolean;
}

/** Stops every message of the target that has not begun, or lists what is stopped. Throws `BadSetting`. */
export async function pause(
  named: string | undefined,
  flags: PauseFlags,
  settings: RunSettings,
  clock: Clock,
  io: Output,
): Promise<ExitCode> {
  if (flags.list === true) {
    if (named !== undefined) throw new BadSetting("--list shows all pauses: leave the target out");
    const pauses = await withKillSwitch(settings, clock, io, (killSwitch) => killSwitch.pauses());
    io.out(pauses.length === 0 ? "nothing is paused\n" : pauses.map(lineOf).join(""));
    return EXIT.fine;
  }
  const target = targetOf(named);
  const length = flags.for === undefined ? null : parseDuration(flags.for);
  if (flags.for !== undefined && length === null) {
    throw new BadSetting(`--for takes a number and a unit such as 30m, 2h or 3d, not "${flags.for.slice(0, 40)}"`);
  }
  const until = length === null ? null : clock.now() + nominalMs(length);
  await withKillSwitch(settings, clock, io, (killSwitch) =>
    killSwitch.pause(target, flags.reason ?? "", until, actorHere()),
  );
  const how = until === null ? `until: heed resume ${target}` : `until ${formatInstant(until)}`;
  io.out(`paused ${inWords(target)} ${how}\n`);
  const doubt = doubtAbout(target, settings.workspace);
  if (doubt === null) return EXIT.fine;
  io.err(
    `heed pause: ${doubt}${doubt.endsWith("?") ? "" : "."} The pause stands all the same, and heed resume ${target} ends it\n`,
  );
  return EXIT.findings;
}

/**
 * A slip of the pen must not look like a switch that worked. Nor may it stop one: the files at hand may be others than
 * those that run, or broken right now, which may be why somebody pauses.
 */
function doubtAbout(target: PauseTarget, directory: string): string | null {
  const [kind, name] = target.split(":");
  const { files, problems } = loadWorkspace(directory);
  if (name === undefined || problems.some(({ file }) => file === ".")) return null;
  const known = kind === "rule" ? ruleIds(files) : channelNames(files);
  if (known === null || known.includes(name)) return null;
  return [`the files of ${directory} have no ${kind ?? ""} ${name}`, didYouMean(name, known)]
    .filter(Boolean)
    .join(", ");
}

/** By the names of the files, which can be told of broken ones as well. */
function ruleIds(files: readonly SourceFile[]): readonly string[] {
  return files.flatMap((source) => (isRuleFile(source.name) ? [basename(source.name, ".yaml")] : []));
}

function channelNames(files: readonly SourceFile[]): readonly string[] | null {
  const { workspace } = parseWorkspace({ files, problems: [] }).parsed;
  return workspace === null ? null : Object.keys(workspace.file.channels);
}

/** What is to be paused or resumed. */
export function targetOf(named: string | undefined): PauseTarget {
  const target = readPauseTarget(named ?? "");
  if (target !== null) return target;
  const found = named === undefined ? "nothing" : `"${named.slice(0, 80)}"`;
  throw new BadSetting(`expected all, rule:<id> or channel:<name>, found ${found}`);
}

export function inWords(target: PauseTarget): string {
  const [kind, name] = target.split(":");
  return name === undefined ? "everything" : `the ${kind ?? ""} ${name}`;
}

function lineOf({ target, reason, since, until, note, actor }: StandingPause): string {
  const end = until === null ? "until somebody resumes it" : `until ${formatInstant(until)}`;
  const who = reason === "self_paused" ? " by itself" : actor === undefined ? "" : ` by ${printable(actor)}`;
  return `${target}  paused${who} since ${formatInstant(since)}, ${end}${note === "" ? "" : `: ${printable(note)}`}\n`;
}
