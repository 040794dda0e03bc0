import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { loadWorkspace } from "../../src/rulebook/load-workspace.ts";

let root = "";
let folder = "";

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "heed-load-"));
  folder = join(root, "rules");
  mkdirSync(join(folder, "pack"), { recursive: true });
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function put(name: string, text: string | Uint8Array): void {
  writeFileSync(join(folder, name), text);
}

function found(): { readonly names: readonly string[]; readonly problems: readonly string[] } {
  const { files, problems } = loadWorkspace(folder);
  return {
    names: files.map(({ name }) => name),
    problems: problems.map(({ code, file, message }) => `${code} ${file} ${message}`),
  };
}

test("reads YAML and Liquid files in order of name, and nothing else", () => {
  put("pack/b.yaml", "b");
  put("heed.yaml", "h");
  put("README.md", "read me");
  put(".hidden.yaml", "x");
  mkdirSync(join(folder, ".git"));
  put(".git/config.yaml", "x");
  expect(found()).toEqual({ names: ["heed.yaml", "pack/b.yaml"], problems: [] });
});

describe("refuses", () => {
  test("a folder that is not there, or is a file", () => {
    expect(loadWorkspace(join(root, "nowhere")).problems).toMatchObject([
      { code: "HEED001", message: expect.stringContaining("ENOENT") as unknown },
    ]);
    put("heed.yaml", "");
    expect(loadWorkspace(join(folder, "heed.yaml")).problems).toMatchObject([{ code: "HEED001" }]);
  });

  test("a file of more than 256 KiB, without reading it", () => {
    put("big.yaml", "x".repeat(256 * 1024 + 1));
    put("fits.yaml", "x".repeat(256 * 1024));
    expect(found().names).toEqual(["fits.yaml"]);
    expect(found().problems).toEqual([expect.stringContaining("at most 256 KiB")]);
  });

  test("a link that leaves the workspace, and follows one that stays", () => {
    writeFileSync(join(root, "secret.yaml"), "token: x");
    put("real.yaml", "r");
    symlinkSync(join(root, "secret.yaml"), join(folder, "out.yaml"));
    symlinkSync(join(folder, "real.yaml"), join(folder, "in.yaml"));
    expect(found()).toEqual({
      names: ["in.yaml", "real.yaml"],
      problems: [expect.stringContaining("out.yaml the link leaves the workspace")],
    });
  });

  test("to walk through a linked folder", () => {
    mkdirSync(join(root, "elsewhere"));
    writeFileSync(join(root, "elsewhere", "a.yaml"), "a");
    symlinkSync(join(root, "elsewhere"), join(folder, "linked"));
    symlinkSync(folder, join(folder, "loop"));
    expect(found()).toEqual({ names: [], problems: [] });
  });

  test("a link to nowhere, a folder with a file's name, and bytes that are not UTF-8", () => {
    symlinkSync(join(folder, "nowhere"), join(folder, "a.yaml"));
    mkdirSync(join(folder, "c.yaml"));
    put("b.yaml", new Uint8Array([0x61, 0xff, 0x62]));
    expect(found().names).toEqual([]);
    expect(found().problems).toEqual([
      expect.stringContaining("a.yaml"),
      expect.stringContaining("b.yaml the file is not UTF-8"),
    ]);
  });

  test("names that differ in case alone", () => {
    put("pack/hello.yaml", "a");
    put("pack/HELLO.yaml", "b");
    expect(found().problems).toEqual([expect.stringContaining("in case alone")]);
  });

  test("more than 10,000 files, quickly", () => {
    for (let n = 0; n <= 10_000; n += 1) put(`pack/${n}.yaml`, "");
    expect(found()).toEqual({ names: [], problems: [expect.stringContaining("more than 10000 files")] });
  });
});
