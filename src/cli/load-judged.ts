import { realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, isAbsolute, join, resolve, sep } from "node:path";
import { COMMITTED, type RequirePackage } from "../providers/plugins.ts";
import { type LoadedWorkspace, loadWorkspace } from "../rulebook/load-workspace.ts";
import { git } from "./git.ts";
import { BadSetting } from "./run-settings.ts";

/**
 * Reads a workspace to judge it. It may be a stranger's pull request, so a package that lies in its repository is not
 * loaded: checking rules must not run what they bring along. Whoever has read it says so in the environment, where no
 * pull request can.
 */
export function loadJudged(directory: string, env: NodeJS.ProcessEnv = process.env): LoadedWorkspace {
  return { ...loadWorkspace(directory), requirePackage: judgedPackages(directory, env) };
}

/** The packages that lie where the workspace is, without those that came with the rules. */
export function judgedPackages(directory: string, env: NodeJS.ProcessEnv = process.env): RequirePackage {
  const require = createRequire(join(resolve(directory), "heed.yaml"));
  if (env["HEED_TRUST_PLUGINS"] === "yes") return require;
  return (name) => {
    const path = require.resolve(name);
    if (isCommitted(path)) throw Object.assign(new Error("part of the repository"), { code: COMMITTED });
    const exported: unknown = require(name);
    return exported;
  };
}

/** Whether git knows the file, or anything in the folder of packages around it: it may ask for its neighbours. */
function isCommitted(path: string): boolean {
  // What Node itself brings has no path.
  if (!isAbsolute(path)) return false;
  const file = realpathSync(path);
  const parts = file.split(sep);
  const at = parts.indexOf("node_modules");
  const asked = at < 0 ? file : parts.slice(0, at + 1).join(sep);
  try {
    const { ok, output, fault } = git(dirname(file), ["--literal-pathspecs", "ls-files", "-z", "--", asked]);
    // A git that gives no answer, as of a folder that is somebody else's, is no leave.
    return ok ? output.length > 0 : !fault.includes("not a git repository");
  } catch (fault) {
    if (fault instanceof BadSetting) return false;
    throw fault;
  }
}
