import { mkdirSync, renameSync, rmSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { systemClock } from "../../src/cli/system-clock.ts";
import { watchWorkspace } from "../../src/cli/watch-workspace.ts";
import { scratchDirectory } from "../support/scratch.ts";

/** On the machine's own watches and clock: what is tested is how the two behave. */

let folder = "";
let calls = 0;
let stop = (): void => undefined;

beforeEach(() => {
  folder = join(scratchDirectory(), "rules");
  mkdirSync(join(folder, "pack"), { recursive: true });
  put("heed.yaml", "one");
  put("pack/a.yaml", "one");
  calls = 0;
  stop = watchWorkspace(folder, systemClock, () => (calls += 1));
});
afterEach(() => stop());

function put(name: string, text: string): void {
  writeFileSync(join(folder, name), text);
}

/** Editors that write another file and put it in place of the first. */
function replace(name: string, text: string): void {
  put("pack/.swap", text);
  renameSync(join(folder, "pack/.swap"), join(folder, name));
}

async function isNoticed(change: () => void): Promise<void> {
  const before = calls;
  change();
  await expect.poll(() => calls, { interval: 20, timeout: 5_000 }).toBeGreaterThan(before);
}

test("notices a file that is written, replaced again and again, removed and written anew", async () => {
  await isNoticed(() => put("pack/a.yaml", "two"));
  await isNoticed(() => replace("pack/a.yaml", "three"));
  await isNoticed(() => replace("pack/a.yaml", "four"));
  await isNoticed(() => put("pack/a.yaml", "five"));
  await isNoticed(() => unlinkSync(join(folder, "pack/a.yaml")));
  await isNoticed(() => put("pack/a.yaml", "six"));
  await isNoticed(() => put("pack/a.yaml", "seven"));
});

test("notices what happens in a folder that is new, and in one that took another's place", async () => {
  await isNoticed(() => {
    mkdirSync(join(folder, "new/deep"), { recursive: true });
    put("new/deep/a.yaml", "one");
  });
  await isNoticed(() => put("new/deep/a.yaml", "two"));
  await isNoticed(() => {
    rmSync(join(folder, "new"), { recursive: true });
    mkdirSync(join(folder, "new/deep"), { recursive: true });
  });
  await isNoticed(() => put("new/deep/a.yaml", "three"));
  await isNoticed(() => {
    renameSync(join(folder, "new"), join(folder, "old"));
    mkdirSync(join(folder, "new"));
  });
  await isNoticed(() => put("old/deep/a.yaml", "four"));
  await isNoticed(() => put("new/a.yaml", "five"));
});

test("notices that the workspace goes, and that it comes back", async () => {
  await isNoticed(() => rmSync(folder, { recursive: true }));
  await isNoticed(() => {
    mkdirSync(folder);
    put("heed.yaml", "two");
  });
  await isNoticed(() => put("heed.yaml", "three"));
});

test("calls once for a burst, not for hidden files, and never after the end", async () => {
  await isNoticed(() => {
    for (let n = 0; n < 50; n += 1) put(`pack/r${n}.yaml`, "one");
  });
  put("pack/.a.yaml.swp", "of an editor");
  await quiet();
  expect(calls).toBe(1);
  stop();
  put("pack/a.yaml", "two");
  await quiet();
  expect(calls).toBe(1);
});

async function quiet(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 400));
}
