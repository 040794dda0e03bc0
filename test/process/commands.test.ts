import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { cli } from "../support/built-cli.ts";

/**
 * `schemas/commands.md` is what every command says of itself. `UPDATE_GOLDEN=1` writes it anew; the diff is then to be
 * read as somebody would who looks for a flag.
 */
const root = new URL("../../", import.meta.url).pathname;
const file = `${root}schemas/commands.md`;

/** The help of a command and, behind it, of those below it. */
async function helpOf(command: readonly string[]): Promise<readonly string[]> {
  const { stdout } = await promisify(execFile)(process.execPath, [cli, ...command, "--help"]);
  const names = [...(stdout.split("\nCommands:\n")[1] ?? "").matchAll(/^ {2}([a-z][\w-]*)/gm)].flatMap(
    ([, name = ""]) => (name === "help" ? [] : [name]),
  );
  const chapter = `## \`${["heed", ...command].join(" ")}\`\n\n\`\`\`text\n${stdout.trimEnd()}\n\`\`\`\n`;
  const below: string[] = [];
  // One after the other: tests of processes run on machines that have other things to do.
  for (const name of names) below.push(...(await helpOf([...command, name])));
  return [chapter, ...below];
}

test("every command and flag is in the reference, as its help says it", { timeout: 120_000 }, async () => {
  const chapters = await helpOf([]);
  const head =
    "# Commands\n\nGenerated from what each command says of itself (`heed <command> --help`); `npm run --silent build` and" +
    "\n`UPDATE_GOLDEN=1 npm run test:run -- --project process test/process/commands` write it anew.\n";
  const reference = [head, ...chapters].join("\n");
  expect(chapters.length).toBeGreaterThan(30);
  if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(file, reference);
  expect(readFileSync(file, "utf8")).toBe(reference);
});

test("the README leads to the reference of commands, and names each that people give first", () => {
  const readme = readFileSync(`${root}README.md`, "utf8");
  expect(readme.includes("(schemas/commands.md)")).toBe(true);
  const commands = [...readFileSync(file, "utf8").matchAll(/^## `heed ([\w-]+)`$/gm)].map(([, name = ""]) => name);
  expect(commands.length).toBeGreaterThan(20);
  expect(commands.filter((name) => !new RegExp(`(?:heed|main\\.js) ${name}\\b`).test(readme))).toEqual([]);
});
