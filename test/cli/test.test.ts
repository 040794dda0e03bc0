import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { BadSetting } from "../../src/cli/run-settings.ts";
import { systemClock } from "../../src/cli/system-clock.ts";
import { test as heedTest, type TestFlags } from "../../src/cli/test.ts";
import { watchTest } from "../../src/cli/watch-test.ts";
import { heedYaml, ruleYaml, testYaml } from "../simulate/play.ts";

let folder = "";

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "heed-test-"));
  put("heed.yaml", heedYaml);
  put("story.yaml", ruleYaml("story", "actions:\n  - { send: sms, text: Hello. }"));
  put("story.test.yaml", testYaml(passing));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const given = "given: [{ at: 0s, contact: ana, event: asked }]";
const passing = `  - name: speaks\n    ${given}\n    expect: [{ at: 0s, send: sms }]\n`;
const failing = `  - name: is silent\n    ${given}\n    expect: none\n`;

function put(name: string, text: string): void {
  writeFileSync(join(folder, name), text);
}

async function run(flags: TestFlags = {}, workspace = folder) {
  const said = { out: "", err: "" };
  const code = await heedTest(workspace, flags, {
    write: (text) => void (said.out += text),
    talk: (text) => void (said.err += text),
    colours: false,
  });
  return { code, ...said };
}

describe("heed test", () => {
  test("exits 0 when every case passes", async () => {
    expect(await run()).toEqual({ code: 0, out: "✓ story.test.yaml 1 passed\n\n1 passed\n", err: "" });
  });

  test("exits 1 when one fails", async () => {
    put("story.test.yaml", testYaml(passing + failing));
    const { code, out, err } = await run();
    expect({ code, err }).toEqual({ code: 1, err: "" });
    expect(out).toContain("✗ story.test.yaml 1 passed, 1 failed");
  });

  test("exits 2, and plays nothing, when a rule or a test is wrong", async () => {
    put("story.test.yaml", testYaml(passing.replace("contact: ana", "contact: anna")));
    const { code, out, err } = await run();
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toContain("HEED703 there is no contact `anna`");
    expect((await run({}, join(folder, "nowhere"))).code).toBe(2);
  });

  test("plays look-ups by what its cases say, and asks nobody", async () => {
    const lookups = 'lookups: { crm: { http: { url: "https://crm.example.com/{{ contact.id }}" } } }\n';
    put("heed.yaml", `${heedYaml}${lookups}`);
    put(
      "story.yaml",
      ruleYaml("story", "guard: { lookup.crm.status: lead }\nactions:\n  - { send: sms, text: Hello. }"),
    );
    put("story.test.yaml", testYaml(passing, "lookups: { crm: { status: lead } }"));
    expect(await run()).toMatchObject({ code: 0, err: "" });
  });

  test("exits 3 for what it does not understand", async () => {
    await expect(run({ format: "xml" })).rejects.toThrow(BadSetting);
    for (const threshold of ["lots", "101", "-1", "1.5", ""]) {
      await expect(run({ threshold }), threshold).rejects.toThrow(BadSetting);
    }
  });

  test("fails when there is nothing to test, so that a lost test is not a passed one", async () => {
    rmSync(join(folder, "story.test.yaml"));
    expect(await run()).toMatchObject({ code: 1, out: "" });
    put("story.test.yaml", testYaml(passing));
    const { code, err } = await run({ filter: "nothing like it" });
    expect({ code, err }).toEqual({ code: 1, err: 'heed test: no case has "nothing like it" in its title\n' });
  });

  test("plays what the filter names, in any case of letters", async () => {
    put("story.test.yaml", testYaml(passing + failing));
    expect(await run({ filter: "STORY › SPEAKS" })).toMatchObject({ code: 0 });
    expect(await run({ filter: "silent" })).toMatchObject({ code: 1 });
  });

  test("fails below the threshold, and says by how much", async () => {
    put("story.yaml", ruleYaml("story", "guard: { trigger.source: form }\nactions:\n  - { send: sms, text: Hello. }"));
    put("story.test.yaml", testYaml(passing.replace("event: asked", "event: asked, data: { source: form }")));
    expect(await run({ threshold: "75" })).toMatchObject({ code: 0, err: "" });
    const { code, out, err } = await run({ threshold: "76" });
    expect({ code, err }).toEqual({ code: 1, err: "heed test: coverage is 75 %, and must be at least 76 %\n" });
    expect(out).toContain("never guard false story.yaml:6");
  });

  test("the example workspace's tests pass, and show all that its rules say", async () => {
    const rules = new URL("../../rules", import.meta.url).pathname;
    expect(await run({ threshold: "100" }, rules)).toMatchObject({ code: 0, err: "" });
  });
});

describe("heed test --watch", () => {
  test("tests again after each change, also when the rules are wrong in between", async () => {
    const rounds: string[] = [];
    let waiting: (() => void) | null = null;
    const io = {
      write: (text: string) => void rounds.push(text),
      talk: () => waiting?.(),
      colours: false,
      clock: systemClock,
      terminal: false,
    };
    const next = (change: () => void): Promise<void> =>
      new Promise((resolve) => {
        waiting = resolve;
        change();
      });
    const stop = await watchTest(folder, {}, io);
    try {
      expect(rounds.at(-1)).toContain("1 passed");
      await next(() => put("story.test.yaml", testYaml(failing)));
      expect(rounds.at(-1)).toContain("0 passed, 1 failed");
      await next(() => put("story.test.yaml", "suite: [\n"));
      expect(rounds.at(-1)).toContain("HEED002");
      await next(() => put("story.test.yaml", testYaml(passing)));
      expect(rounds.at(-1)).toContain("1 passed");
    } finally {
      stop();
    }
  });

  test("is for people", async () => {
    const io = { write: () => undefined, talk: () => undefined, colours: false, clock: systemClock, terminal: false };
    await expect(watchTest(folder, { format: "json" }, io)).rejects.toThrow(BadSetting);
  });
});
