import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { countSegments } from "../../src/core/segments.ts";
import { compileTemplate } from "../../src/templates/compile-template.ts";
import { extentBetween, extentOf, either, segmentRange } from "../../src/templates/extent.ts";
import { missing, present } from "../../src/templates/filter-extents.ts";
import { measureTemplate } from "../../src/templates/measure-template.ts";
import { render } from "../../src/templates/render.ts";

const variables: Readonly<Record<string, ReturnType<typeof present>>> = {
  "contact.plan": missing(either([extentOf("free"), extentOf("enterprise")])),
  now: { ...present(extentBetween(25, 25, "plain")), time: true },
  "contact.account_id": present(extentBetween(1, 12, "plain")),
};

function measure(source: string) {
  return measureTemplate(source, "text", {
    variable: (path) => variables[path.join(".")] ?? null,
    literal: (text) => text,
  });
}

function lengths(source: string): readonly [shortest: number, longest: number] {
  const { shortest, longest } = measure(source);
  return [shortest.units, longest.units];
}

describe("the shortest and the longest rendering", () => {
  test.each<[string, number, number]>([
    ["Hello.", 6, 6],
    ["Hi {{ contact.name | default: 'you' }}!", 5, 44],
    ["{{ contact.name | default: '' }}", 0, 40],
    ["{{ contact.plan | default: 'none' }}", 4, 10],
    ["{{ contact.plan | default: 'a longer fallback' }}", 4, 17],
    ["{{ contact.account_id }}", 1, 12],
    ["{{ contact.account_id | append: '-x' }}", 3, 14],
    ["{{ contact.name | truncate: 10 | default: 'you' }}", 1, 10],
    ["{{ contact.name | default: 'you' | truncate: 2, '' }}", 0, 2],
    ["{{ contact.name | default: 'you' | truncate: 2, '.....' }}", 0, 5],
    ["{{ contact.plan | default: 'none' | truncate: 20 }}", 4, 10],
    ["{{ contact.tags | size }}", 1, 5],
    ["{{ now | date: '%A, %-d %B %Y' }}", 18, 28],
    ["{{ now | date: '%H:%M' }}", 5, 5],
    ["{{ contact.day | date: '%H:%M' | default: 'soon' }}", 1, 40],
    ["{{ contact.account_id | url_encode }}", 1, 36],
    ["{% if contact.vip %}12345{% elsif contact.plan == 'pro' %}123{% else %}1234567{% endif %}", 3, 7],
    ["{% if contact.vip %}12345{% endif %}", 0, 5],
    ["{% unless contact.vip %}12345{% else %}12{% endunless %}", 2, 5],
    ["{% case contact.plan %}{% when 'a', 'b' %}12{% when 'c' %}1234{% else %}1{% endcase %}", 1, 4],
    ["{% for i in (1..4) %}{{ forloop.index }}, {% endfor %}", 0, 28],
    ["{% for i in contact.items %}ab{% endfor %}", 0, 10],
    ["{% for i in contact.items limit: 2 %}ab{% else %}none{% endfor %}", 0, 4],
    ["{% assign x = contact.plan | default: 'none' %}{{ x }}{{ x }}", 8, 20],
    ["{% assign x = 'a' %}{% if contact.vip %}{% assign x = 'abcd' %}{% endif %}{{ x }}", 1, 4],
    ["{% assign x = 'a' %}{% for i in (1..3) %}{{ x }}{% assign x = 'abcd' %}{% endfor %}", 0, 12],
    ["a {%- comment %}not sent at all{% endcomment -%} b", 2, 2],
  ])("%s", (source, shortest, longest) => {
    expect(lengths(source)).toEqual([shortest, longest]);
  });

  test("stay numbers, however a text doubles itself", () => {
    const source = "{% assign x = 'aaaa' %}" + "{% assign x = x | append: x %}".repeat(2_00) + "{{ x }}";
    expect(measure(source).longest.units).toBeLessThanOrEqual(100_000);
    expect(measure("{% for i in (1..1000000000) %}x{% endfor %}").longest.units).toBeLessThanOrEqual(100_000);
    expect(lengths("{{ now | date: '%9999999d' }}")).toEqual([1, 40]);
  });
});

test("tells which variables the longest is made of", () => {
  const { longest } = measure(
    "Hi {{ contact.name | default: 'you' }}{% if contact.vip %}, {{ contact.plan | default: 'x' }}{% endif %}",
  );
  expect(longest.outputs).toEqual([
    { name: "contact.name", units: 40 },
    { name: "contact.plan", units: 10 },
  ]);
});

describe("segments", () => {
  test.each<[string, number, number]>([
    ["x".repeat(160), 1, 1],
    ["x".repeat(161), 2, 2],
    [`${"x".repeat(160)}{{ contact.account_id }}`, 2, 2],
    [`${"x".repeat(120)}{{ contact.plan | default: 'none' }}`, 1, 1],
    // A name may be Łukasz, so 64 characters and one of 40 may take two segments of UCS-2.
    [`${"x".repeat(64)}{{ contact.name | default: 'you' }}`, 1, 2],
    ["{{ '’s' | url_encode }}", 1, 1],
    [`${"x".repeat(64)}🎉{{ contact.plan | default: 'none' }}`, 1, 2],
    [`{% if contact.vip %}${"x".repeat(100)}{% else %}${"ж".repeat(80)}{% endif %}`, 1, 2],
  ])("%s", (source, fewest, most) => {
    expect(segmentRange(measure(source))).toMatchObject({ fewest, most });
  });
});

const words = fc.constantFrom("Hello ", "€[x]", "Grüße ", "“x” ", "🎉", "ж", "x".repeat(150), "y".repeat(66));
const quoted = fc.constantFrom("'there'", "'€'", "'’s'", "''");
const filter = fc.oneof(
  fc.constantFrom("upcase", "capitalize", "strip", "strip_newlines", "truncatewords: 2", "size"),
  fc.integer({ min: 0, max: 60 }).map((length) => `truncate: ${length}`),
  quoted.map((text) => `append: ${text}`),
  quoted.map((text) => `prepend: ${text}`),
  fc.constantFrom(
    "replace: 'a', 'bbb'",
    "replace_first: 'a', ''",
    "remove: 'a'",
    "slice: 0, 3",
    "split: 'a' | join: ', '",
  ),
  fc.constantFrom("date: '%A %d %B'", "plus: 3", "escape"),
);
const output = fc
  .tuple(fc.constantFrom("contact.a", "contact.b", "contact.plan", "x"), fc.array(filter, { maxLength: 3 }), quoted)
  .map(([name, filters, fallback]) => `{{ ${[name, ...filters].join(" | ")} | default: ${fallback} }}`);
const assignment = fc
  .tuple(fc.constantFrom("contact.a", "x", "'abc'"), filter)
  .map(([name, used]) => `{% assign x = ${name} | ${used} %}`);
const { text: template } = fc.letrec<{ text: string; part: string }>((tie) => ({
  text: fc.array(tie("part"), { maxLength: 5 }).map((parts) => parts.join("")),
  part: fc.oneof(
    { maxDepth: 2 },
    words,
    output,
    assignment,
    tie("text").map((inner) => `{% if contact.a == 'a' %}${inner}{% else %}z{% endif %}`),
    tie("text").map((inner) => `{% for i in (1..3) %}${inner}{% endfor %}`),
    tie("text").map((inner) => `{% for i in contact.list %}{{ i | default: '-' }}${inner}{% endfor %}`),
    fc
      .tuple(tie("text"), tie("text"))
      .map(([a, b]) => `{% case contact.b %}{% when 'b' %}${a}{% else %}${b}{% endcase %}`),
  ),
}));
/** Characters that no filter above makes longer than it is assumed to. */
const value = fc.array(fc.constantFrom("a", "b", " ", "€", "[", "7"), { maxLength: 40 }).map((all) => all.join(""));
const facts = fc.record({
  contact: fc.record(
    { a: value, b: value, plan: fc.constantFrom("free", "enterprise"), list: fc.array(value, { maxLength: 5 }) },
    { requiredKeys: [] },
  ),
});

test("no rendering is shorter or longer, or takes fewer or more segments", () => {
  let compared = 0;
  fc.assert(
    fc.property(template, facts, (source, known) => {
      const compiled = compileTemplate(source, "text");
      if (!compiled.ok) return;
      const rendered = render(compiled.template, { ...known, now: 0 });
      if ("failed" in rendered) return;
      compared += 1;
      const extent = measure(source);
      const { fewest, most } = segmentRange(extent);
      const { count } = countSegments(rendered.text);
      expect(rendered.text.length).toBeGreaterThanOrEqual(extent.shortest.units);
      expect(rendered.text.length).toBeLessThanOrEqual(extent.longest.units);
      expect(count).toBeGreaterThanOrEqual(fewest);
      expect(count).toBeLessThanOrEqual(most);
    }),
    { numRuns: 1_000 },
  );
  expect(compared).toBeGreaterThan(500);
});
