import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { check } from "../../src/cli/check.ts";
import { cli } from "../support/built-cli.ts";

/** The build compiles the schemas beforehand; from the sources they are compiled by the test. */
const golden = new URL("../golden/rules/", import.meta.url).pathname;
const root = new URL("../../", import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), "heed-built-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function urlsIn(coverage: string): readonly string[] {
  const { result }: { readonly result: readonly { readonly url: string }[] } = JSON.parse(coverage);
  return result.map(({ url }) => url).filter((url) => url.startsWith("file:"));
}

// Slow, because it starts the command and checks hundreds of files twice.
describe("the built checker", () => {
  test.each([
    ["rule", "heed.yaml", "."],
    ["test", "heed.yaml", "."],
    ["fixtures", "heed.yaml", "fixtures"],
    ["rule", "err/workspace/channel-without-kind.yaml", "."],
  ])("says of broken files of %s beside %s what its sources say", (kind, heed, place) => {
    const workspace = mkdtempSync(join(folder, "workspace-"));
    cpSync(join(golden, heed), join(workspace, "heed.yaml"));
    cpSync(join(golden, "err", kind), join(workspace, place), { recursive: true });
    let fromSources = "";
    const code = check(
      [workspace],
      { format: "json" },
      {
        write: (text) => (fromSources += text),
        talk: () => undefined,
        colours: false,
        now: () => Date.now(),
      },
    );

    const built = spawnSync(process.execPath, [cli, "check", workspace, "--format", "json"], { encoding: "utf8" });

    expect(JSON.parse(built.stdout)).toEqual(JSON.parse(fromSources));
    expect(built.status).toBe(code);
    expect(fromSources).toContain("HEED101");
  });

  // Whatever it loads besides, its author waits for: an HTTP client that was imported by mistake was a twelfth of all.
  test("loads nothing but its own bundle", () => {
    const coverage = mkdtempSync(join(folder, "coverage-"));
    spawnSync(process.execPath, [cli, "check", join(root, "rules")], {
      env: { ...process.env, NODE_V8_COVERAGE: coverage },
    });

    const written = readdirSync(coverage).flatMap((file) => urlsIn(readFileSync(join(coverage, file), "utf8")));
    expect(written).toContain(pathToFileURL(cli).href);
    expect(written.filter((url) => !url.startsWith(new URL(".", pathToFileURL(cli)).href))).toEqual([]);
  });
});
