import { spawnSync } from "node:child_process";
import { BadSetting } from "./run-settings.ts";

/** No workspace comes near it; what is larger is not held in memory. */
const maxOutputBytes = 256 * 1024 * 1024;

interface GitAnswer {
  readonly ok: boolean;
  readonly output: Buffer;
  /** What git says went wrong, on one line. */
  readonly fault: string;
}

/**
 * Asks the machine's git about a folder: the only program that Heed starts. No shell reads the arguments, nothing is
 * written, nobody is prompted. Throws `BadSetting` where there is no git.
 */
export function git(folder: string, args: readonly string[], input = ""): GitAnswer {
  const { error, status, stdout, stderr } = spawnSync("git", args, {
    cwd: folder,
    env: { ...withoutRepository(process.env), GIT_OPTIONAL_LOCKS: "0", GIT_TERMINAL_PROMPT: "0", LC_ALL: "C" },
    input,
    maxBuffer: maxOutputBytes,
    windowsHide: true,
  });
  if (error !== undefined && "code" in error && error.code === "ENOENT")
    throw new BadSetting("this asks git, and there is no program `git` on this machine: install it");
  const fault = error?.message ?? stderr.toString("utf8").trim().replaceAll("\n", " ");
  return { ok: error === undefined && status === 0, output: stdout, fault };
}

/** Hooks run with the paths of their repository in the environment, relative to a folder that is not ours. */
function withoutRepository(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const paths = /^GIT_(?:DIR|WORK_TREE|COMMON_DIR|INDEX_FILE|PREFIX)$/;
  return Object.fromEntries(Object.entries(env).filter(([name]) => !paths.test(name)));
}
