import { describe, expect, test } from "vitest";
import { checkWorkspace } from "../../src/rulebook/check-workspace.ts";
import { fixWorkspace } from "../../src/rulebook/fix-workspace.ts";
import type { Problem } from "../../src/rulebook/problem.ts";
import { heedYaml, inMemory, ruleYaml } from "./in-memory.ts";

/** A rule that sends this, given as it is written in the file. */
function rule(text: string, send = "sms"): string {
  return ruleYaml("a").replace("{ send: sms, text: Hello. }", `send: ${send}\n    text: ${text}`);
}

function problemsOf(text: string, heed = heedYaml): readonly Problem[] {
  return checkWorkspace(inMemory({ "heed.yaml": heed, "a.yaml": text }), null).problems;
}

function told(text: string, heed = heedYaml): readonly string[] {
  return problemsOf(text, heed).map(({ severity, code, message }) => `${severity} ${code} ${message}`);
}

function fixed(text: string): string {
  const { loaded } = fixWorkspace(inMemory({ "heed.yaml": heedYaml, "a.yaml": text }));
  return loaded.files.find(({ name }) => name === "a.yaml")?.text ?? "";
}

const words = (count: number): string => "x".repeat(count);

describe("a character that leaves GSM-7", () => {
  test.each<[string, string, string]>([
    ["is shown at its place", "Don’t wait", "’"],
    ["behind letters and emoji", '"é 🎉 there"', "🎉"],
    ["in quotes of Liquid", "\"{{ contact.first_name | default: 'José Á' }}\"", "Á"],
    ["in an ellipsis that a filter adds", "\"{{ contact.first_name | truncate: 9, '…' | default: 'x' }}\"", "…"],
    ["as an escape of YAML", '"a\\u2019b"', "\\u2019"],
    ["of several code points", "Hi 👩‍👩‍👧", "👩‍👩‍👧"],
    ["with a variation selector", "Hi 1️⃣", "1️⃣"],
    ["in a folded text", ">-\n      Hello there,\n      don’t wait", "’"],
  ])("%s", (_, text, character) => {
    const source = rule(text);
    const problems = problemsOf(source);
    expect(problems.map(({ code, severity }) => `${severity} ${code}`)).toEqual(["warning HEED601"]);
    const [{ range } = { range: null }] = problems;
    expect(source.slice(range?.start.offset, range?.end.offset)).toBe(character);
  });

  test.each<[string, string]>([
    ["what GSM-7 has", "Grüße [é] {1€}~ ¿Ω?"],
    ["a language it cannot write", "Здравствуйте, мы ждём ответа – iPhone ’24"],
    ["Japanese", "こんにちは、お返事をお待ちしております。"],
    ["Greek in small letters", "Γεια σας, περιμένουμε απάντηση"],
    ["what is only compared with", "\"{% if contact.first_name == 'Łukasz' %}a{% else %}b{% endif %}\""],
    ["a comment", '"a{% comment %}’{% endcomment %}"'],
  ])("is not %s", (_, text) => {
    expect(told(rule(text))).toEqual([]);
  });

  test("is told with what it costs", () => {
    expect(told(rule(`${words(159)}’`))).toEqual([
      "warning HEED601 `’` (U+2019) is not in GSM-7, so the whole text is sent as UCS-2 and takes 3 segments instead of 1",
    ]);
    expect(told(rule("“x”"))).toEqual([
      "warning HEED601 `“` (U+201C) and 1 more are not in GSM-7, so the whole text is sent as UCS-2 and has room for 70 characters instead of 160",
    ]);
  });

  test("is an error where because of it no message can be sent, and one problem", () => {
    expect(told(rule(`${words(300)}’`))).toEqual([
      "error HEED601 `’` (U+2019) is not in GSM-7, so the whole text is sent as UCS-2 and takes 5 segments instead of 2, and limits.sms_segments allows 3",
    ]);
  });

  test("is nothing in an email", () => {
    expect(told(rule("Don’t wait\n    subject: “Hello”", "email"))).toEqual([]);
  });
});

describe("what says the same in GSM-7 is written by --fix", () => {
  test.each<[string, string, string]>([
    ["without quotes", "Don’t wait – now…", "Don't wait - now..."],
    ["in single quotes", "'Don’t “wait”'", "'Don''t \"wait\"'"],
    ["in double quotes", '"Don’t “wait”"', '"Don\'t \\"wait\\""'],
    ["in a folded text", ">-\n      “Don’t\n      wait”", '>-\n      "Don\'t\n      wait"'],
    ["a space that does not break", "a\u00a0b", "a b"],
    ["for an escape", '"a\\u2019b"', '"a\'b"'],
    ["letters in two parts", "Gru\u0308\u00dfe", "Grüße"],
    [
      "in Liquid",
      "\"{{ contact.first_name | truncate: 9, '…' | default: 'x' }}\"",
      "\"{{ contact.first_name | truncate: 9, '...' | default: 'x' }}\"",
    ],
  ])("%s", (_, before, after) => {
    expect(fixed(rule(before))).toBe(rule(after));
    expect(told(rule(after))).toEqual([]);
  });

  test.each<[string, string]>([
    ["something has no counterpart", "Don’t wait 🎉"],
    ["a letter would lose its accent", "Á"],
    ["it would end the quotes of Liquid", "\"{{ contact.first_name | default: 'd’accord' }}\""],
    ["it would begin a quoted text of YAML", "“Hello” they said"],
    ["it would begin a comment", "a\u00a0# b"],
    ["it would begin a map", "a:\u00a0b"],
  ])("but not where %s", (_, text) => {
    expect(fixed(rule(text))).toBe(rule(text));
    expect(told(rule(text))).toHaveLength(1);
  });
});

describe("too many segments", () => {
  const limited = `${heedYaml}limits: { sms_segments: 1 }\n`.replace(
    "company: string",
    "company: string, amount: number",
  );

  test.each<[string, string, readonly string[]]>([
    ["at its longest just enough", words(160), []],
    [
      "at its shortest too long",
      words(161),
      [
        "error HEED602 this text takes 2 segments even at its shortest, and limits.sms_segments allows 1: 161 characters, of which a segment holds 153",
      ],
    ],
    [
      "with a number",
      `'${words(150)}{{ event.data.amount | plus: 1 | default: 0 }}'`,
      [
        "warning HEED602 this text can take 2 segments, and limits.sms_segments allows 1: 150 characters of its own and up to 12 of `event.data.amount`, of which a segment holds 153",
      ],
    ],
    [
      "with a name",
      `'${words(31)}{{ contact.first_name | default: "you" }}'`,
      [
        "warning HEED602 this text can take 2 segments, and limits.sms_segments allows 1: 31 characters of its own and up to 40 of `contact.first_name`; a value may hold a letter outside GSM-7, such as ł, and a segment then holds 67",
      ],
    ],
    ["with a name that is cut", `'${words(31)}{{ contact.first_name | default: "you" | truncate: 39 }}'`, []],
    ["with a value of which all are known", `'${words(150)}{{ contact.plan | default: "no plan" }}'`, []],
    [
      "with a longer one of them",
      `'${words(151)}{{ contact.plan | default: "no plan" }}'`,
      [expect.stringContaining("151 characters of its own and up to 10 of `contact.plan`")],
    ],
    [
      "with a fallback that is longer",
      `'${words(150)}{{ contact.plan | default: "no plan yet" }}'`,
      [expect.stringContaining("up to 11 of `contact.plan`")],
    ],
    ["in Cyrillic", "я".repeat(71), [expect.stringContaining("71 characters in UCS-2, of which a segment holds 67")]],
  ])("%s", (_, text, problems) => {
    const heed = limited.replace(
      "    status: { type: string }",
      "    status: { type: string }\n    plan: { type: string, enum: [free, enterprise] }",
    );
    expect(told(rule(text), heed)).toEqual(problems);
  });

  test("is told where a shared text stands, once, and who sends it", () => {
    const send = (id: string): string => ruleYaml(id).replace("text: Hello.", "template: long");
    const files = {
      "heed.yaml": limited,
      "a.yaml": send("a"),
      "b.yaml": send("b"),
      "templates/long.liquid": `${words(161)}\n`,
    };
    const { problems } = checkWorkspace(inMemory(files), null);
    expect(problems).toMatchObject([
      { code: "HEED602", file: "templates/long.liquid", related: [{ file: "a.yaml", message: "sent here" }] },
    ]);
  });
});

describe("what confirms an opt-out is a text message, too", () => {
  const confirming = (text: string): string =>
    heedYaml.replace("keywords: [baja]", `keywords: [baja], confirm: ${text}`);

  test("a character that leaves GSM-7 is mended in heed.yaml", () => {
    const { loaded } = fixWorkspace(
      inMemory({ "heed.yaml": confirming("You won\u2019t hear from us."), "a.yaml": ruleYaml("a") }),
    );
    expect(loaded.files.find(({ name }) => name === "heed.yaml")?.text).toContain("confirm: You won't hear from us.");
  });

  test("its length counts", () => {
    const limited = `${confirming(words(161))}limits: { sms_segments: 1 }\n`;
    expect(told(ruleYaml("a"), limited)).toEqual([expect.stringContaining("error HEED602 this text takes 2 segments")]);
    expect(told(ruleYaml("a"), limited.replace(words(161), words(160)))).toEqual([]);
  });
});
