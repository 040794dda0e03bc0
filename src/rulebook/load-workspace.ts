import { type Dirent, lstatSync, readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve, sep } from "node:path";
import type { RequirePackage } from "../providers/plugins.ts";
import type { Problem } from "./problem.ts";
import { createSourceFile, problemIn, rangeAt, type SourceFile } from "./source-file.ts";

const maxFileBytes = 256 * 1024;
const maxFiles = 10_000;
const maxFolderDepth = 16;

export interface LoadedWorkspace {
  /** The YAML and Liquid files, in order of name. */
  readonly files: readonly SourceFile[];
  readonly problems: readonly Problem[];
  /** Gives the packages that are installed where the workspace is; absent when it is nowhere. */
  readonly requirePackage?: RequirePackage;
}

/** Whether a workspace would read a file of this name: YAML or Liquid, and in no folder that begins with a dot. */
export function isWorkspaceFile(name: string): boolean {
  return /\.(?:yaml|liquid)$/.test(name) && !name.split("/").some(isPassedOver);
}

/** Names of files and folders that are not looked at. */
export function isPassedOver(entry: string): boolean {
  return entry.startsWith(".") || entry === "node_modules";
}

/**
 * Reads the files of a workspace, and nothing outside of its folder: links are followed only to files inside. Sizes
 * and numbers are bounded before anything is read. Names that begin with a dot are not looked at. Never throws.
 */
export function loadWorkspace(directory: string): LoadedWorkspace {
  const loading: Loading = { root: "", names: [], files: [], problems: [] };
  try {
    const root = realpathSync(directory);
    if (!statSync(root).isDirectory()) throw new Error("not a folder");
    listFolder({ ...loading, root }, "", 0);
    if (loading.names.length <= maxFiles)
      for (const name of loading.names.toSorted()) readInto({ ...loading, root }, name);
  } catch (fault) {
    report(
      loading,
      "",
      "HEED001",
      `the folder ${directory} cannot be read: ${reasonOf(fault)}`,
      "name the folder that holds heed.yaml",
    );
  }
  const problems = [...loading.problems, ...collisionsOf(loading.names)];
  return { files: loading.files, problems, requirePackage: createRequire(join(resolve(directory), "heed.yaml")) };
}

/** A file that lies elsewhere than on a disk: in a revision of git. */
export interface ListedFile {
  readonly name: string;
  readonly bytes: number;
}

/** The same laws for files that lie elsewhere: only those that a workspace reads, and that are not too large, are read. */
export function loadListed<File extends ListedFile>(
  listed: readonly File[],
  read: (files: readonly File[]) => readonly Uint8Array[],
): LoadedWorkspace {
  const loading: Loading = { root: "", names: [], files: [], problems: [] };
  const wanted = listed
    .filter(({ name }) => isListed(loading, name))
    .filter(({ name, bytes }) => !isTooLarge(loading, name, bytes));
  if (loading.names.length <= maxFiles) {
    const found = read(wanted);
    for (const [index, { name }] of wanted.entries()) readText(loading, name, found[index] ?? new Uint8Array());
  }
  const files = loading.files.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  return { files, problems: [...loading.problems, ...collisionsOf(loading.names)] };
}

interface Loading {
  readonly root: string;
  readonly names: string[];
  readonly files: SourceFile[];
  readonly problems: Problem[];
}

function listFolder(loading: Loading, folder: string, depth: number): void {
  if (loading.names.length > maxFiles) return;
  if (depth > maxFolderDepth) {
    report(loading, folder, "HEED001", `folders nest more than ${maxFolderDepth} levels deep`, null);
    return;
  }
  for (const entry of readdirSync(join(loading.root, folder), { withFileTypes: true }))
    listEntry(loading, folder, entry, depth);
}

function listEntry(loading: Loading, folder: string, entry: Dirent, depth: number): void {
  if (loading.names.length > maxFiles || isPassedOver(entry.name)) return;
  const name = folder === "" ? entry.name : `${folder}/${entry.name}`;
  if (entry.isDirectory()) return listFolder(loading, name, depth + 1);
  isListed(loading, name);
}

/** Whether a workspace reads a file of this name: then it is noted. What only looks like one is reported. */
function isListed(loading: Loading, name: string): boolean {
  if (loading.names.length > maxFiles || name.split("/").some(isPassedOver)) return false;
  if (name.split("/").length > maxFolderDepth + 1) return false;
  if (/\.yml$/i.test(name) || (/\.yaml$/i.test(name) && !name.endsWith(".yaml"))) {
    report(
      loading,
      name,
      "HEED015",
      "the files of a workspace end in .yaml",
      `rename it to ${name.replace(/\.ya?ml$/i, ".yaml")}`,
    );
    return false;
  }
  if (!isWorkspaceFile(name)) return false;
  loading.names.push(name);
  if (loading.names.length > maxFiles) {
    report(loading, "", "HEED014", `the workspace has more than ${maxFiles} files`, "split it into several workspaces");
  }
  return true;
}

function isTooLarge(loading: Loading, name: string, bytes: number): boolean {
  if (bytes <= maxFileBytes) return false;
  const message = `the file has ${Math.ceil(bytes / 1024)} KiB; at most ${maxFileBytes / 1024} KiB are allowed`;
  report(loading, name, "HEED001", message, "split it: one rule per file");
  return true;
}

function readText(loading: Loading, name: string, bytes: Uint8Array): void {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    loading.files.push(createSourceFile(name, text));
  } catch {
    report(loading, name, "HEED001", "the file is not UTF-8 text", null);
  }
}

function readInto(loading: Loading, name: string): void {
  const path = join(loading.root, name);
  try {
    const target = lstatSync(path).isSymbolicLink() ? realpathSync(path) : path;
    if (target !== path && !target.startsWith(loading.root + sep)) {
      report(loading, name, "HEED001", "the link leaves the workspace", "copy the file into the workspace");
      return;
    }
    const stat = statSync(target);
    if (!stat.isFile()) return report(loading, name, "HEED001", "this is not a plain file", null);
    if (!isTooLarge(loading, name, stat.size)) readText(loading, name, readFileSync(target));
  } catch (fault) {
    report(loading, name, "HEED001", `the file cannot be read: ${reasonOf(fault)}`, null);
  }
}

/** Names that differ in case alone are one file on some machines and two on others. */
export function collisionsOf(names: readonly string[]): readonly Problem[] {
  const seen = new Map<string, string>();
  return names.toSorted().flatMap((name) => {
    const other = seen.get(name.toLowerCase());
    if (other !== undefined)
      return [problemOf(name, "HEED016", `the name differs from ${other} in case alone`, "rename one of them")];
    seen.set(name.toLowerCase(), name);
    return [];
  });
}

function report(loading: Loading, name: string, code: Problem["code"], message: string, help: string | null): void {
  loading.problems.push(problemOf(name, code, message, help));
}

/** A problem of a file as a whole, whose lines are not known; without a name, of the workspace. */
function problemOf(name: string, code: Problem["code"], message: string, help: string | null): Problem {
  const source = createSourceFile(name === "" ? "." : name, "");
  const { excerpt: _, ...problem } = problemIn(source, { code, message, help, range: rangeAt(source, 0, 0) });
  return problem;
}

/** The system's code, such as ENOENT, without the path that its messages repeat. */
function reasonOf(fault: unknown): string {
  if (typeof fault === "object" && fault !== null && "code" in fault && typeof fault.code === "string")
    return fault.code;
  return fault instanceof Error ? fault.message : "unknown reason";
}
