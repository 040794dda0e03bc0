import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { checkWorkspace } from "../rulebook/check-workspace.ts";
import type { Problem } from "../rulebook/problem.ts";
import { isWorkspaceFile } from "../rulebook/load-workspace.ts";
import { phoneCountries } from "../rulebook/phone-countries.ts";
import { createSourceFile } from "../rulebook/source-file.ts";
import { EXIT, type ExitCode } from "./exit-codes.ts";
import type { Output } from "./output.ts";
import { schemaFolder, type Starter, starterFiles } from "./starter-workspace.ts";

export interface InitFlags {
  readonly workspaceName?: string;
  readonly timeZone?: string;
  readonly country?: string;
}

/**
 * Makes a new workspace in a folder, and tells which of the commands come next. Writes all files or, when one of them is
 * there already or the checker would refuse them, none.
 */
export function init(folder: string, flags: InitFlags, { out, err }: Output, commands: readonly string[]): ExitCode {
  const timeZone = flags.timeZone ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
  const country = flags.country ?? countryOf(timeZone) ?? "US";
  const starter: Starter = { workspaceName: flags.workspaceName ?? nameOf(folder), timeZone, country };
  const files = { ...starterFiles(starter), ...schemas() };
  const wrong = problemsOf(files);
  if (wrong.length > 0) {
    const lines = wrong.map(({ message, help }) => `  ${message}${help === undefined ? "" : `: ${help}`}\n`);
    err(`heed init: nothing was written, because the workspace would not be fine:\n${lines.join("")}`);
    return EXIT.usage;
  }
  const there = Object.keys(files).filter((name) => existsSync(join(folder, name)));
  if (there.length > 0) {
    const names = there.map((name) => `  ${join(folder, name)}\n`).join("");
    err(`heed init: nothing was written, because these are there already:\n${names}Name a folder that is new.\n`);
    return EXIT.usage;
  }
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    // Never over a file that appeared a moment ago.
    writeFileSync(join(folder, name), text, { flag: "wx" });
  }
  out(farewell(folder, starter, commands));
  return EXIT.fine;
}

/** The schemas as they are shipped. */
function schemas(): Readonly<Record<string, string>> {
  const shipped = new URL("../../schemas/", import.meta.url);
  const names = readdirSync(shipped).filter((name) => name.endsWith(".schema.json"));
  return Object.fromEntries(
    names.map((name) => [`${schemaFolder}/${name}`, readFileSync(new URL(name, shipped), "utf8")]),
  );
}

function problemsOf(files: Readonly<Record<string, string>>): readonly Problem[] {
  const names = Object.keys(files).filter(isWorkspaceFile).toSorted();
  const loaded = { files: names.map((name) => createSourceFile(name, files[name] ?? "")), problems: [] };
  return checkWorkspace(loaded, null).problems;
}

/** After the folder, in kebab-case. A folder that is called `rules` says less than the one around it. */
function nameOf(folder: string): string {
  const word = basename(folder) === "rules" ? basename(dirname(folder)) : basename(folder);
  const name = word
    .normalize("NFKD")
    .toLowerCase()
    .replaceAll(/\p{M}/gu, "")
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-|-$/g, "");
  return name === "" ? "workspace" : name.slice(0, 80).replace(/-$/, "");
}

/** The country in which clocks go by this zone, or null where the zone is of no one country, such as UTC. */
function countryOf(timeZone: string): string | null {
  return [...phoneCountries].find((country) => zonesIn(country).includes(timeZone)) ?? null;
}

/** A getter in Node 20 and 22, a method in later ones. */
function zonesIn(country: string): readonly unknown[] {
  const locale = new Intl.Locale(`und-${country}`);
  const getter: unknown = Reflect.get(locale, "timeZones");
  const method: unknown = Reflect.get(locale, "getTimeZones");
  const zones: unknown = typeof method === "function" ? Reflect.apply(method, locale, []) : getter;
  return Array.isArray(zones) ? zones : [];
}

/** Each line names a command that there is, and what it is for. */
function farewell(folder: string, { workspaceName, timeZone, country }: Starter, commands: readonly string[]): string {
  const path = relative(process.cwd(), folder);
  // `heed test new` begins a test.
  const shown = path === "" ? "." : path === "new" ? "./new" : path;
  const argument = shown === "rules" ? "" : ` ${inShell(shown)}`;
  const next: readonly (readonly [string, string])[] = [
    ["check", "says what is wrong with the rules; with --watch, whenever you save"],
    ["test", "runs the tests beside them"],
    ["run", "takes events in and sends; the outbox keeps all messages on this machine"],
  ];
  const width = `heed check${argument}`.length;
  const lines = next
    .filter(([command]) => commands.includes(command))
    .map(([command, what]) => `  ${`heed ${command}${argument}`.padEnd(width)}   ${what}\n`);
  return [
    `The workspace ${workspaceName} is in ${shown}: time zone ${timeZone}, country ${country}, both to be changed in heed.yaml.\n`,
    `Its first rule is ${join(shown, "leads/demo-booking-link.yaml")}. What to do next:\n`,
    ...lines,
  ].join("");
}

/** A word as it is pasted into a shell. */
function inShell(word: string): string {
  return /^[\w./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
