import { existsSync, statSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { isWorkspaceFile } from "../rulebook/load-workspace.ts";
import { BadSetting } from "./run-settings.ts";

/** What a check was asked to judge. The whole workspace is loaded in any case: a rule is right or wrong within it. */
export interface CheckTarget {
  readonly workspace: string;
  /** Whether the problems of a file are asked for, by its name in the workspace. */
  readonly asks: (name: string) => boolean;
  /** Whether that is every file. */
  readonly whole: boolean;
}

/**
 * Finds the workspace of folders and files, as editors, hooks and people name them: a workspace, or anything inside of
 * one. Naming `heed.yaml` asks for everything, because everything is judged by it. Throws `BadSetting` when there is no
 * such file or no one workspace.
 */
export function findTarget(paths: readonly string[]): CheckTarget {
  const places = paths.map((path) => placeOf(resolve(path)));
  const workspaces = [...new Set(places.map(({ workspace }) => workspace))];
  const [workspace = "", another] = workspaces;
  if (another !== undefined)
    throw new BadSetting(`the paths are of two workspaces, ${workspace} and ${another}: check one at a time`);
  const names = places.map(({ name }) => name);
  const whole = names.includes("") || names.includes("heed.yaml");
  const asks = (file: string): boolean => whole || names.some((name) => file === name || file.startsWith(`${name}/`));
  return { workspace, asks, whole };
}

interface Place {
  readonly workspace: string;
  /** Empty for the workspace itself. */
  readonly name: string;
}

function placeOf(path: string): Place {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined && isWorkspaceFile(path)) throw new BadSetting(`there is no file ${path}`);
  // What is not there is for the loader to say.
  if (found === undefined) return { workspace: path, name: "" };
  const workspace = above(found.isDirectory() ? path : dirname(path));
  if (workspace !== null) return { workspace, name: relative(workspace, path).split(sep).join("/") };
  if (found.isDirectory()) return { workspace: path, name: "" };
  throw new BadSetting(`${path} is in no workspace: there is no heed.yaml in its folder, nor in one above`);
}

/** The nearest folder with a `heed.yaml`, from this one upwards. */
function above(folder: string): string | null {
  if (existsSync(join(folder, "heed.yaml"))) return folder;
  const parent = dirname(folder);
  return parent === folder ? null : above(parent);
}
