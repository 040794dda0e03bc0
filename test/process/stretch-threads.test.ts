import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { rolldown } from "rolldown";
import { afterAll, expect, test } from "vitest";

/** As deep in the repository as a build, so that what is read beside it is found. */
mkdirSync("dist-bench", { recursive: true });
const folder = mkdtempSync(join("dist-bench", "stretches-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function lineOf(index: number): string {
  const at = new Date(Date.UTC(2026, 2, 1) + index * 1_000).toISOString();
  const message = { message: index.toString(16).padStart(32, "0"), contact: `id:c${index % 7}`, sent_at: at };
  if (index % 5 === 0) return JSON.stringify({ ...message, rule: "hello", step: "1", channel: "sms" });
  if (index % 17 === 0) return "no event";
  const event = { schema_version: 1, event_id: `e${index}`, event_type: `Seen ${index % 3}`, provider: "app" };
  return JSON.stringify({ ...event, occurred_at: at, received_at: at, contact_id: `c${index % 7}`, data: { index } });
}

interface Told {
  readonly threads: boolean;
  readonly results: readonly { readonly events: readonly unknown[]; readonly sent: readonly unknown[] }[];
  readonly refused: string;
}

test("stretches of a file that are read by threads of their own tell what they tell one thread", async () => {
  const bundle = await rolldown({
    input: {
      child: "test/cli/recordings/stretches-child.ts",
      "stretch-worker": "src/cli/recordings/stretch-worker.ts",
    },
    platform: "node",
    external: (id) => !id.startsWith(".") && !id.startsWith("/"),
  });
  await bundle.write({ dir: folder, format: "esm", entryFileNames: "[name].js", chunkFileNames: "[name].js" });
  const path = join(folder, "month.ndjson");
  const text = Array.from({ length: 1_000 }, (_, index) => `${lineOf(index)}\n`).join("");
  writeFileSync(path, text);
  const child = [join(folder, "child.js"), path, String(text.length)];
  const told = JSON.parse(execFileSync(process.execPath, child, { encoding: "utf8", maxBuffer: 1 << 26 })) as Told;
  const [inThreads, inTurns] = told.results;
  expect(told.threads).toBe(true);
  expect(inThreads).toEqual(inTurns);
  expect(inTurns?.events).toHaveLength(753);
  expect(inTurns?.sent).toHaveLength(200);
  expect(told.refused).toBe("BadSetting: the month cannot be read: there is no such file");
}, 60_000);
