import { describe, expect, test } from "vitest";
import { literalsOf } from "../../src/templates/literals-of.ts";

describe("the words of a text", () => {
  test.each<[string, readonly string[]]>([
    ["Hello.", ["Hello."]],
    ["Hi {{ contact.name | default: 'you' }}!", ["Hi ", "you", "!"]],
    ['{{ "a" | append: "b" | truncate: 5, "…" }}', ["a", "b", "…"]],
    ["{% assign x = 'a' | append: 'b' %}", ["a", "b"]],
    ["{% if contact.city == 'Łódź' %}x{% else %}y{% endif %}", ["x", "y"]],
    ["{% case contact.city %}{% when 'Łódź' %}x{% endcase %}", ["x"]],
    ["{% for i in (1..3) %}a {{ i }}{% endfor %}", ["a "]],
    ["a {%- comment %}“{% endcomment -%} b {{- 'c' -}} d", ["a", "b", "c", "d"]],
    ["{# is no comment #}", ["{# is no comment #}"]],
  ])("%s", (source, words) => {
    const literals = literalsOf(source, "text") ?? [];
    expect(literals.map(({ text }) => text)).toEqual(words);
    for (const { text, start } of literals) expect(source.slice(start, start + text.length)).toBe(text);
  });

  test.each(["Hi {{ contact..name }}", "{% if %}", "x".repeat(1_000_000)])("are not known of %.30s", (source) => {
    expect(literalsOf(source, "text")).toBeNull();
  });
});
