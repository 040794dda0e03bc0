import { describe, expect, test } from "vitest";
import { checkWorkspace } from "../../src/rulebook/check-workspace.ts";
import { fixWorkspace } from "../../src/rulebook/fix-workspace.ts";
import { invisiblesIn } from "../../src/rulebook/invisible.ts";
import { renderProblems } from "../../src/rulebook/report/render-problems.ts";
import { heedYaml, inMemory, ruleYaml } from "./in-memory.ts";

function judge(rule: string, more: Readonly<Record<string, string>> = {}) {
  const files = { "heed.yaml": heedYaml, "a.yaml": rule, ...more };
  return checkWorkspace(inMemory(files), null).problems.map(({ code, severity, message, file, range }) => ({
    code,
    severity,
    message,
    at: files[file as keyof typeof files].slice(range.start.offset, range.end.offset),
  }));
}

function withText(text: string): string {
  return ruleYaml("a").replace("text: Hello.", `text: ${text}`);
}

/** The letter that looks like an a. */
const a = "\u0430";

describe("one problem, at its place, for", () => {
  test.each<[string, string, string, string]>([
    [
      "a key",
      ruleYaml("a", `d\u0435lay: 5m`),
      "d\u0435lay",
      "mixes Latin and Cyrillic letters: its `\u0435` is U+0435",
    ],
    ["the rule's id", ruleYaml(a + "b").replace("\u0430b", "\u0430b"), `${a}b`, "mixes Latin and Cyrillic"],
    ["a path", ruleYaml("a", `guard: { contact.st${a}tus: new }`), `contact.st${a}tus`, "mixes Latin and Cyrillic"],
    [
      "an event",
      ruleYaml("a").replace("lead.demo_requested", `lead.d\u0435mo_requested`),
      "d\u0435mo",
      "mixes Latin and Cyrillic",
    ],
    ["a channel", ruleYaml("a").replace("send: sms", "send: \u0455ms"), "\u0455ms", "mixes Latin and Cyrillic"],
    ["a Greek letter", ruleYaml("a").replace("send: sms", "send: sm\u03c3"), "sm\u03c3", "mixes Latin and Greek"],
    ["a styled letter", ruleYaml("a").replace("send: sms", "send: \uff53ms"), "\uff53ms", "mixes Latin and styled"],
    ["an address in a text", withText(`See https://${a}cme.example/x`), `${a}cme`, "mixes Latin and Cyrillic"],
    ["an address without a scheme", withText(`See ${a}cme.example/x`), `${a}cme`, "mixes Latin and Cyrillic"],
    [
      "an address all of look-alikes",
      withText("See https://\u0430\u0440\u0440\u04cf\u0435.com"),
      "\u0430\u0440\u0440\u04cf\u0435",
      "only look Latin",
    ],
    ["a zero width space in a text", withText("Hel\u200blo."), "\u200b", "an invisible U+200B (zero width space)"],
    ["one in a key", ruleYaml("a", "del\u200bay: 5m"), "\u200b", "an invisible U+200B"],
    ["one in an id", ruleYaml("a\u200b"), "\u200b", "an invisible U+200B"],
    ["one before a key", ruleYaml("a", "\u200bdelay: 5m"), "\u200b", "an invisible U+200B"],
    ["one in a comment", ruleYaml("a", "# a\u200bb"), "\u200b", "an invisible U+200B"],
    [
      "text that is turned around",
      ruleYaml("a", "# \u202eme\u202c"),
      "\u202e",
      "an invisible U+202E (right-to-left override) here, and 1 more like it",
    ],
    ["an isolate in Arabic", withText("\u0645\u2067\u0631"), "\u2067", "an invisible U+2067"],
    ["a soft hyphen", withText("Hel\u00adlo."), "\u00ad", "an invisible U+00AD (soft hyphen)"],
    ["a filler", withText("Hel\u3164lo."), "\u3164", "an invisible U+3164"],
    ["a variation selector behind a letter", withText("Hello\ufe0f."), "\ufe0f", "an invisible U+FE0F"],
    ["a zero width joiner between letters", withText("a\u200db"), "\u200d", "an invisible U+200D"],
    ["hidden letters behind a flag that is none", withText("a\u{e0061}"), "\u{e0061}", "an invisible U+E0061"],
    ["an escape", withText('"Hel\\u200blo."'), "\\u200b", "an invisible U+200B"],
    ["an escape in a key", ruleYaml("a", '"del\\u200bay": 5m'), '"del\\u200bay"', "an invisible U+200B"],
    ["an escaped control character", withText('"a\\x07b"'), "\\x07", "an invisible U+0007 (control character)"],
    ["an escaped bidi control", withText('"a\\u202eb"'), "\\u202e", "an invisible U+202E"],
  ])("%s", (_, rule, at, message) => {
    expect(judge(rule)).toEqual([
      { code: "HEED406", severity: "error", at, message: expect.stringContaining(message) as unknown },
    ]);
  });

  test("a name in heed.yaml, without a word about the rules that use it", () => {
    const files = { "heed.yaml": heedYaml.replace("  sms:", "  \u0455ms:"), "a.yaml": ruleYaml("a") };
    expect(checkWorkspace(inMemory(files), null).problems.map(({ code, file }) => `${file} ${code}`)).toEqual([
      "heed.yaml HEED406",
    ]);
  });

  test("a shared text, and what uses it is not blamed", () => {
    const rule = ruleYaml("a").replace("text: Hello.", "template: t");
    expect(judge(rule, { "templates/t.liquid": `See https://${a}cme.example` })).toMatchObject([
      { code: "HEED406", at: `${a}cme` },
    ]);
    expect(judge(rule, { "templates/t.liquid": "Hel\u200blo." })).toMatchObject([{ code: "HEED406", at: "\u200b" }]);
  });
});

describe("nothing for", () => {
  test.each<[string, string]>([
    ["texts in Russian", "Привет! Ваш заказ готов, см. https://acme.example/заказ"],
    ["texts that mix languages", "Заказ в Acme: iPhone-чехол, α-Version и 5kΩ"],
    ["a Russian address", "Смотрите https://пример.рф и https://почта.example"],
    ["Persian, which needs a non-joiner", "می\u200cخواهم"],
    ["Hindi, which needs a joiner", "क्\u200dष"],
    ["Arabic with a mark of its direction", "سعر: 5\u200f USD"],
    ["Thai, which says where a line may end", "สวัสดี\u200bครับ"],
    ["Japanese with a chosen form", "葛\u{e0100}飾区"],
    ["emoji of families", "👩‍👩‍👧‍👦 👩🏽‍🚀 ❤️‍🔥 🏴‍☠️"],
    ["emoji with a selector", "❤️ ☎︎ 1️⃣ #️⃣ ™️ 🏳️‍🌈"],
    ["flags of regions", "🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}"],
    ["accents in two parts", "Gru\u0308ße"],
  ])("%s", (_, text) => {
    const rule = withText(`'${text}'`).replace("send: sms", "send: email, subject: Hi");
    expect(judge(rule)).toEqual([]);
  });

  test("names in one other script", () => {
    const heed = heedYaml.replace("  Order Completed: {}", "  Заказ оформлен: {}\n  注文Completed: {}\n  Commandé: {}");
    const rule = ruleYaml("a").replace("lead.demo_requested", "[Заказ оформлен, 注文Completed, Commandé]");
    expect(checkWorkspace(inMemory({ "heed.yaml": heed, "a.yaml": rule }), null).problems).toEqual([]);
  });
});

describe("--fix", () => {
  function fixed(rule: string): string {
    const { loaded } = fixWorkspace(inMemory({ "heed.yaml": heedYaml, "a.yaml": rule }));
    return loaded.files.find(({ name }) => name === "a.yaml")?.text ?? "";
  }

  test("takes out what has no width, all of a line", () => {
    expect(fixed(withText("Hel\u200blo\u2060.\u00ad"))).toBe(withText("Hello."));
  });

  test("leaves to a person what turns a text around, and letters", () => {
    for (const rule of [withText("a\u202eb"), ruleYaml("a", `guard: { contact.st${a}tus: new }`)])
      expect(fixed(rule)).toBe(rule);
  });
});

test("waivers in such a file are not judged", () => {
  const rule = ruleYaml("a")
    .replace("owner: growth-ops", "# heed allow HEED403 until 2099-01-01: later")
    .replace("Hello.", "Hel\u200blo.");
  expect(judge(rule)).toMatchObject([{ code: "HEED406" }]);
});

test("a report shows no character that turns it around", () => {
  const { problems } = checkWorkspace(inMemory({ "heed.yaml": heedYaml, "a.yaml": withText("a\u202eb") }), null);
  expect(renderProblems(problems, { format: "pretty", colours: false })).not.toContain("\u202e");
});

test("a file full of them gives few problems, soon", () => {
  const started = performance.now();
  expect(judge(ruleYaml("a", "# \u200b\n".repeat(10_000))).length).toBeLessThanOrEqual(50);
  expect(invisiblesIn("\u200d".repeat(200_000))).toHaveLength(200_000);
  expect(performance.now() - started).toBeLessThan(2_000);
});
