import { spawn } from "node:child_process";
import { once } from "node:events";
import { cli } from "./built-cli.ts";
import { API_TOKEN } from "./heed-process.ts";

export interface Said {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Longer than any command takes on a busy machine; one that hangs ends with null. */
const TIMEOUT_MS = 60_000;

/**
 * Runs the built command to its end, with nothing of this machine's environment but the path. It does not block: while it
 * runs, the servers of the test and their connections live on.
 */
export async function runCli(
  words: readonly string[],
  { env = {}, stdin = "" }: { readonly env?: Readonly<Record<string, string>>; readonly stdin?: string } = {},
): Promise<Said> {
  const child = spawn(process.execPath, [cli, ...words], {
    env: { PATH: process.env["PATH"] ?? "", HEED_API_TOKEN: API_TOKEN, ...env },
    timeout: TIMEOUT_MS,
  });
  const said = { stdout: "", stderr: "" };
  child.stdout.on("data", (part: Buffer) => (said.stdout += part.toString("utf8")));
  child.stderr.on("data", (part: Buffer) => (said.stderr += part.toString("utf8")));
  child.stdin.end(stdin);
  await once(child, "close");
  return { status: child.exitCode, ...said };
}
