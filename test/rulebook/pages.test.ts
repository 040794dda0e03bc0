import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { codes } from "../../src/cli/codes.ts";
import { checkWorkspace } from "../../src/rulebook/check-workspace.ts";
import { checks } from "../../src/rulebook/checks.ts";
import { type ProblemCode, problemCodes } from "../../src/rulebook/codes.ts";
import { type LoadedWorkspace, loadWorkspace } from "../../src/rulebook/load-workspace.ts";
import { pageOf } from "../../src/rulebook/pages.ts";
import { reasonPages, reasons } from "../../src/rulebook/reasons/pages.ts";
import { allTested, heedYaml, inMemory, ruleYaml, testYaml } from "./in-memory.ts";
import { exampleFiles } from "./page-examples.ts";

const today = "2026-06-01";
const all = Object.keys(problemCodes).filter((code): code is ProblemCode => Object.hasOwn(problemCodes, code));

function codesOf(loaded: LoadedWorkspace): readonly string[] {
  return checkWorkspace(allTested(loaded), null, today).problems.map(({ code }) => code);
}

describe("the page of a problem", () => {
  const shown = all.filter((code) => pageOf(code).example.in !== "words");

  test.each(shown)("%s shows lines that give exactly this problem, and how they give none", (code) => {
    const { example } = pageOf(code);
    if (example.in === "words") throw new Error("not an example in lines");
    expect(codesOf(inMemory(exampleFiles(example, "bad")))).toEqual([code]);
    expect(codesOf(inMemory(exampleFiles(example, "good")))).toEqual([]);
  });
});

const clicked = (id: string, where: string) =>
  ruleYaml(id, `  where: { ${where} }`)
    .replace("lead.demo_requested", "email.clicked")
    .replace("transactional", "marketing")
    .replace("Hello.", "Hello. Reply STOP to opt out.");

/** What the pages say in words, done. */
/** A workspace beside a package that adds the provider `chat`. */
function withPlugin(provider: string): Files {
  const capabilities = '{ kinds: ["slack"], idempotencyKey: false, lookup: false }';
  const configure = "configure: () => ({ ok: true, create: async () => null })";
  return {
    "heed.yaml": heedYaml.replace("outbox: {}", `outbox: {}\n  ${provider}`).concat("plugins: [heed-provider-chat]\n"),
    "node_modules/heed-provider-chat/package.json": '{ "name": "heed-provider-chat", "main": "index.cjs" }',
    "node_modules/heed-provider-chat/index.cjs": `exports.heedProvider = { name: "chat", title: "Chat", capabilities: ${capabilities}, ${configure} };`,
  };
}

const inWords: Readonly<Record<string, { readonly bad: Files; readonly good: Files }>> = {
  HEED001: { bad: { "hello.yaml": Buffer.from("# Gr\u00fc\u00dfe\n", "latin1") }, good: {} },
  HEED009: { bad: { "hello.yaml": `${ruleYaml("hello")}guard: ${"{ not: ".repeat(70)}` }, good: {} },
  HEED010: { bad: { "hello.yaml": ruleYaml("hello").replace("Hello.", "Hel\u0000lo.") }, good: {} },
  HEED012: { bad: { "hello.yaml": "# nothing yet\n" }, good: { "hello.yaml": ruleYaml("hello") } },
  HEED014: { bad: Object.fromEntries(Array.from({ length: 10_001 }, (_, index) => [`${index}.yaml`, ""])), good: {} },
  HEED015: { bad: { "leads/hello.yml": ruleYaml("hello") }, good: { "leads/hello.yaml": ruleYaml("hello") } },
  HEED016: {
    bad: { "leads/hello.yaml": ruleYaml("hello"), "Leads/hello.yaml": ruleYaml("hello") },
    good: { "leads/hello.yaml": ruleYaml("hello"), "leads/welcome.yaml": ruleYaml("welcome") },
  },
  HEED017: { bad: { "hello.yaml": ruleYaml("hello"), "heed.yaml": null }, good: { "hello.yaml": ruleYaml("hello") } },
  HEED019: {
    bad: { "hello.yaml": ruleYaml("hello"), "welcome/footer.liquid": "Bye." },
    good: { "hello.yaml": ruleYaml("hello"), "templates/footer.liquid": "Bye." },
  },
  HEED215: {
    bad: {
      "hello.yaml": ruleYaml("hello").replace("text: Hello.", "text: Hello., template: hi"),
      "templates/hi.liquid": "Hi.",
    },
    good: { "hello.yaml": ruleYaml("hello").replace("text: Hello.", "template: hi"), "templates/hi.liquid": "Hi." },
  },
  HEED206: {
    bad: { "leads/hello.yaml": ruleYaml("hello"), "sales/hello.yaml": ruleYaml("hello") },
    good: { "leads/hello.yaml": ruleYaml("hello"), "sales/hello-again.yaml": ruleYaml("hello-again") },
  },
  HEED224: {
    bad: withPlugin("twillio: {}"),
    good: withPlugin("chat: {}"),
  },
  HEED701: {
    bad: {
      "leads/hello.yaml": ruleYaml("hello"),
      "leads/welcome.yaml": ruleYaml("welcome"),
      "leads/welcome.test.yaml": testYaml("welcome"),
    },
    good: { "leads/hello.yaml": ruleYaml("hello"), "leads/hello.test.yaml": testYaml("hello") },
  },
  HEED332: {
    bad: {
      "guide-text.yaml": clicked("guide-text", "event.data.url: { exists: true }"),
      "click-text.yaml": clicked("click-text", "event.data.url: { contains: /guides/ }"),
    },
    good: {
      "guide-text.yaml": clicked("guide-text", "event.data.url: { not_contains: /guides/ }"),
      "click-text.yaml": clicked("click-text", "event.data.url: { contains: /guides/ }"),
    },
  },
};

type Files = Readonly<Record<string, string | Buffer | null>>;

describe("a page in words", () => {
  let folder = "";
  beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), "heed-pages-"))));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  function inFolder(name: string, files: Files): LoadedWorkspace {
    const wanted: Files = { "heed.yaml": heedYaml, ...files };
    for (const [file, text] of Object.entries(wanted)) {
      const path = join(folder, name, file);
      mkdirSync(dirname(path), { recursive: true });
      if (text !== null) writeFileSync(path, text);
    }
    return loadWorkspace(join(folder, name));
  }

  const told = all.filter((code) => pageOf(code).example.in === "words");

  test.each(told)("%s says what really gives this problem, and what does not", (code) => {
    const files = inWords[code];
    if (files === undefined) throw new Error(`add to inWords what the page of ${code} says`);
    expect(codesOf(inFolder(`${code}-bad`, files.bad))).toEqual([code]);
    expect(codesOf(inFolder(`${code}-good`, files.good))).toEqual([]);
  });
});

test("every check has a page, and no page is written twice", () => {
  for (const check of checks) expect(Object.keys(check.pages), check.id).not.toHaveLength(0);
  const owned = checks.flatMap((check) => Object.keys(check.pages));
  expect(new Set(owned).size).toBe(owned.length);
});

describe("the page of a reason", () => {
  const shown = reasons.flatMap((reason) => {
    const { in: place, lines } = reasonPages[reason].example;
    return place === undefined || lines === undefined ? [] : [[reason, { in: place, bad: "", good: lines }] as const];
  });

  test.each(shown)("%s shows lines in which nothing is wrong", (_, example) => {
    const { problems } = checkWorkspace(inMemory(exampleFiles(example, "good")), null, today);
    expect(problems.filter(({ severity }) => severity === "error")).toEqual([]);
  });

  test.each(reasons)("%s is told in words, and half a sentence stands for it in lists", (reason) => {
    const { says, what, why, todo, example } = reasonPages[reason];
    for (const text of [what, why, todo, example.story]) expect(text).toMatch(/^["`A-Z0-9].*\.$/);
    expect(says).toMatch(/^[a-z].*[^.]$/);
  });

  test("every reason is one that a test file may expect, and the other way round", () => {
    const schema: unknown = JSON.parse(
      readFileSync(new URL("../../schemas/test.schema.json", import.meta.url), "utf8"),
    );
    expect(allowedIn(schema)).toEqual([reasons.toSorted()]);
  });

  /** Every list of allowed words in a schema that has `guard.false` among them. */
  function allowedIn(node: unknown): readonly (readonly string[])[] {
    if (typeof node !== "object" || node === null) return [];
    if (Array.isArray(node))
      return node.includes("guard.false") ? [node.map(String).toSorted()] : node.flatMap(allowedIn);
    return Object.values(node).flatMap(allowedIn);
  }
});

describe("heed codes", () => {
  function run(code?: string) {
    const said = { out: "", err: "" };
    const exit = codes(code, { out: (text) => void (said.out += text), err: (text) => void (said.err += text) });
    return { exit, ...said };
  }

  test("lists every code and every reason with one line", () => {
    const [, problems = "", , told = ""] = run().out.trimEnd().split("\n\n");
    const lines = problems.split("\n");
    expect(lines.map((line) => line.slice(0, 7))).toEqual(all);
    expect(told.split("\n").map((line) => line.split(" ", 1)[0])).toEqual(reasons);
    expect(told).toMatch(/^guard\.false +the guard did not hold$/m);
    expect(lines.find((line) => line.startsWith("HEED301"))).toMatch(
      /^HEED301 +cap-of-zero +A cap has a `max` of 0, or a `holdout` is 100%\.$/,
    );
  });

  test("prints a page by code, in any case, and by name", () => {
    const { out } = run("HEED301");
    expect(out).toMatchInlineSnapshot(`
      "HEED301 cap-of-zero

      A cap has a \`max\` of 0, or a \`holdout\` is 100%.

      Why

      It lets no message through, which is most likely not what was meant; \`enabled: false\`
      says it clearly.

      Bad

        caps:
          - { max: 0, per: contact, within: 24h }

      Good

        caps:
          - { max: 1, per: contact, within: 24h }

      How to waive

      On the line above the problem, at its end, or for the whole file at its top:

        # heed allow HEED301 until 2027-01-31: why it is right here

      After that day the problem is back. The reason is part of the review.
      "
    `);
    expect(run("heed301").out).toBe(out);
    expect(run("cap-of-zero").out).toBe(out);
  });

  test("prints the page of a reason", () => {
    expect(run("guard.false")).toMatchInlineSnapshot(`
      {
        "err": "",
        "exit": 0,
        "out": "guard.false

      The rule's \`guard\` was false, so the run ended, and nothing more is sent.

      Why it happens

      A guard is asked before the first step and again right before every send, with what is
      known then. Something has changed since the trigger, or a value that it needs is
      missing: a missing value equals nothing. It is false, too, where it hinges on what a
      contact did before this condition was first deployed: Heed keeps of the past what
      conditions ask for, and sends nothing because of an absence that nobody could have seen.
      The account then has \`unseen\`, with the moment from which on it is known.

      What to do

      Compare each test of the guard with the contact as it was at that moment. For a value
      that may be missing, \`not\` and \`exists: false\` hold.

      Example

        guard: { contact.status: { not: verified } }
        delay: 15m

      The contact becomes verified within the 15 minutes: nothing is sent.

      How to see it

      \`heed explain --contact <who>\` tells it with the values that decided. A test names it
      beside its messages:

        because: [{ rule: my-rule, reason: guard.false }]
      ",
      }
    `);
  });

  test("asks back for a reason that is misspelt", () => {
    expect(run("gaurd.false")).toEqual({
      exit: 3,
      out: "",
      err: expect.stringContaining("did you mean `guard.false`?") as unknown,
    });
    expect(run("stopped.by_optout").err).toContain("`stopped.by_opt_out`");
  });

  test("says of what cannot be waived that it cannot", () => {
    expect(run("HEED101").out).toContain("It cannot be waived");
  });

  test("asks back for an unknown code, and exits 3", () => {
    expect(run("HEED031")).toEqual({
      exit: 3,
      out: "",
      err: expect.stringContaining("did you mean `HEED0") as unknown,
    });
  });
});
