import { describe, expect, test } from "vitest";
import { compileTemplate } from "../../src/templates/compile-template.ts";
import type { TemplateKind } from "../../src/templates/template.ts";

function problemsOf(source: string, kind: TemplateKind = "text") {
  const compiled = compileTemplate(source, kind, new Set(["account_id"]));
  return compiled.ok ? [] : compiled.problems;
}

describe("an output that cannot be missing", () => {
  test.each([
    '{{ contact.first_name | default: "there" }}',
    '{{ contact.first_name | default: "there" | capitalize }}',
    '{{ contact.first_name | capitalize | default: "there" }}',
    '{{ contact.first_name | default: "" }}',
    "{{ contact.account_id }}",
    "{{ contact.account_id | upcase }}",
    "{{ contact.nick | default: contact.account_id }}",
    "{{ rule.id }} {{ event.event_type }} {{ contact.time_zone }}",
    '{{ now | date: "%H:%M" }}',
    '{{ "literally" }}{{ 5 }}',
    "{{ contact.tags | size }}",
    '{% assign name = contact.first_name | default: "there" %}{{ name | upcase }}',
    '{% for item in event.data.items %}{{ forloop.index }} {{ item.name | default: "-" }}{% endfor %}',
    "{% if contact.plan == 'pro' %}a{% elsif contact.vip %}b{% else %}c{% endif %}",
    "{% comment %}{{ contact.first_name }}{% endcomment %}text",
    "no variables at all",
  ])("is fine: %s", (source) => {
    expect(problemsOf(source)).toEqual([]);
  });
});

describe("one mistake gives one problem at its place", () => {
  test.each<[string, string, string, string]>([
    ["Hi {{ contact.first_name }}!", "fallback", "{{ contact.first_name }}", "may be missing"],
    ["Hi {{ contact.first_name | upcase }}", "fallback", "{{ contact.first_name | upcase }}", "may be missing"],
    [
      '{{ contact.tags | default: "a,b" | split: "," | first }}',
      "fallback",
      '{{ contact.tags | default: "a,b" | split: "," | first }}',
      "may be missing",
    ],
    ["{{ contact.a | default: contact.b }}", "fallback", "{{ contact.a | default: contact.b }}", "may be missing"],
    ["{{ contact.a | default }}", "fallback", "{{ contact.a | default }}", "may be missing"],
    ["{% for item in event.data.items %}{{ item.name }}{% endfor %}", "fallback", "{{ item.name }}", "may be missing"],
    ["{% if contact.vip %}{{ contact.name }}{% endif %}", "fallback", "{{ contact.name }}", "may be missing"],
    ["{% assign name = contact.name %}{{ name }}", "fallback", "{{ name }}", "may be missing"],
    ['{{ contcat.name | default: "x" }}', "variable", "contcat", "unknown variable `contcat`"],
    ["{{ contcat.name }}", "variable", "contcat", "unknown variable `contcat`"],
    ["{% if contcat.vip %}a{% endif %}", "variable", "contcat", "unknown variable `contcat`"],
    ['{{ contact | default: "x" }}', "variable", "contact", "alone is no text"],
    ['{{ contact.name | captialize | default: "x" }}', "filter", "captialize", "unknown filter `captialize`"],
    ["{{ contact.name | constructor }}", "filter", "constructor", "unknown filter `constructor`"],
    ["{{ contact.account_id | raw }}", "filter", "raw", "unknown filter `raw`"],
    ["{% if contact.vip | upcas %}a{% endif %}", "filter", "upcas", "unknown filter `upcas`"],
    ["{% include 'secret' %}", "tag", "{% include 'secret' %}", "`include` is not a tag"],
    ["{% render 'secret' %}", "tag", "{% render 'secret' %}", "`render` is not a tag"],
    ["{% layout 'secret' %}", "tag", "{% layout 'secret' %}", "`layout` is not a tag"],
    ["{% block a %}{% endblock %}", "tag", "{% block a %}", "`block` is not a tag"],
    ["{% capture a %}x{% endcapture %}", "tag", "{% capture a %}", "`capture` is not a tag"],
    ["{% raw %}{{ x }}{% endraw %}", "tag", "{% raw %}", "`raw` is not a tag"],
    ["Hi {{ contact.name", "syntax", "{{ contact.name", "not closed"],
    ["{% if contact.vip %}a", "syntax", "{% if contact.vip %}", "not closed"],
    ["{{ }}", "syntax", " ", "this is not Liquid"],
  ])("%s", (source, kind, place, message) => {
    const problems = problemsOf(source);
    expect(problems).toHaveLength(1);
    const [problem] = problems;
    expect(problem?.kind).toBe(kind);
    expect(problem?.message).toContain(message);
    if (place.trim() !== "") expect(source.slice(problem?.start, problem?.end)).toBe(place);
  });

  test("the help of a missing fallback is the text to write", () => {
    expect(problemsOf("Hi {{ contact.first_name | upcase }}")[0]?.help).toContain(
      '{{ contact.first_name | upcase | default: "…" }}',
    );
  });

  test("several mistakes are told at once, in the order of the text", () => {
    expect(
      problemsOf("{{ contact.a }} {{ x.b | default: 1 }} {{ contact.c | nofilter }}").map(({ kind }) => kind),
    ).toEqual(["fallback", "variable", "filter"]);
  });
});

test.each<TemplateKind>(["text", "html", "header"])("a %s that is too long is refused before it is parsed", (kind) => {
  expect(problemsOf("x".repeat(200_001), kind)).toHaveLength(1);
});

test("text made for parsers does not throw", () => {
  for (const source of [
    "{{".repeat(5_000),
    "{%".repeat(5_000),
    "{% if a %}".repeat(1_500),
    "{{ a" + ".b".repeat(4_000) + " }}",
    "{{ a" + "[a".repeat(4_000),
  ]) {
    expect(problemsOf(source).length).toBeGreaterThan(0);
  }
});
