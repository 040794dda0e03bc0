import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";

/** The last line of `npm test` is read by machines: here whole runs of vitest are judged by it. */

const root = new URL("../..", import.meta.url).pathname;
const directory = mkdtempSync(join(tmpdir(), "heed-summary-"));
symlinkSync(join(root, "node_modules"), join(directory, "node_modules"));
writeFileSync(
  join(directory, "vitest.config.ts"),
  `import { SummaryReporter } from ${JSON.stringify(join(root, "test/support/summary-reporter.ts"))};
   export default { test: { include: ["*.test.ts"], reporters: ["default", new SummaryReporter()] } };`,
);
afterAll(() => rmSync(directory, { recursive: true, force: true }));

async function lastLineOf(name: string, source: string): Promise<{ readonly code: number; readonly line: string }> {
  writeFileSync(join(directory, `${name}.test.ts`), `import { afterAll, it } from "vitest";\n${source}\n`);
  return await new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [join(root, "node_modules/vitest/vitest.mjs"), "run", "--root", directory, `${name}.test.ts`],
      { env: { ...process.env, NO_COLOR: "1" } },
      (_error, stdout) => resolve({ code: child.exitCode ?? -1, line: stdout.trimEnd().split("\n").at(-1) ?? "" }),
    );
  });
}

describe.concurrent("the last line of a test run", { timeout: 60_000 }, () => {
  const pass = 'it("passes", () => {});';

  it.for([
    ["counts what passed", pass, 0, "1 passed, 0 failed"],
    ["counts what failed", `${pass} it("fails", () => { throw new Error("no"); });`, 1, "1 passed, 1 failed"],
    ["counts what was skipped, if any", `${pass} it.skip("later", () => {});`, 0, "1 passed, 0 failed, 1 skipped"],
    ["counts a file that cannot be loaded", 'import "./not-there.ts";', 1, "0 passed, 1 failed"],
    ["counts a hook that failed", `afterAll(() => { throw new Error("no"); }); ${pass}`, 1, "1 passed, 1 failed"],
    ["counts an error outside of any test", `${pass} Promise.reject(new Error("lost"));`, 1, "1 passed, 1 failed"],
  ] as const)("%s", async ([why, source, code, line]) => {
    expect(await lastLineOf(why.replaceAll(/\W+/g, "-"), source)).toEqual({ code, line });
  });
});
