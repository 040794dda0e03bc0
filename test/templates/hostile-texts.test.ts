import { describe, expect, test } from "vitest";
import type { Json } from "../../src/core/model/json.ts";
import { compileTemplate } from "../../src/templates/compile-template.ts";
import { measureTemplate } from "../../src/templates/measure-template.ts";
import { render } from "../../src/templates/render.ts";

/** What was possible in one version of Liquid or another, and what it must come to here. */
function outcome(source: string, contact: Readonly<Record<string, Json>> = {}): string {
  const compiled = compileTemplate(source, "text");
  if (!compiled.ok) return `refused: ${compiled.problems.map(({ kind }) => kind).join()}`;
  const rendered = render(compiled.template, { contact, now: 0 });
  return "failed" in rendered ? `failed: ${rendered.failed}` : rendered.text;
}

const limit = /^failed: (?:memory alloc limit exceeded|template render limit exceeded|the text would be longer than)/;

describe("a name that every object has is no filter, no tag and no value (CVE-2026-45618)", () => {
  const inherited = [
    "constructor",
    "toString",
    "valueOf",
    "hasOwnProperty",
    "__proto__",
    "__defineGetter__",
    "__lookupGetter__",
  ];

  test.each(inherited)("%s", (name) => {
    expect(outcome(`{{ 'x' | ${name} }}`)).toBe("refused: filter");
    expect(outcome(`{{ 'x' | ${name}: 'return process' }}`)).toBe("refused: filter");
    expect(outcome(`{% ${name} %}`)).toBe("refused: tag");
    expect(outcome(`{% ${name} x %}{% end${name} %}`)).toBe("refused: tag");
    expect(outcome(`{{ contact.${name} | default: '-' }}{{ contact['${name}'] | default: '-' }}`)).toBe("--");
    expect(outcome(`{{ contact.name.${name} | default: '-' }}`, { name: "Ana" })).toBe("-");
    expect(outcome(`{{ contact.tags.${name} | default: '-' }}`, { tags: ["a"] })).toBe("-");
    expect(outcome(`{{ contact.tags | map: '${name}' | join | default: '-' }}`, { tags: ["a", { b: 1 }] })).toMatch(
      /^[ -]*$/,
    );
    expect(outcome(`{% assign ${name} = 'x' %}{{ ${name} | default: '-' }}`)).toMatch(/^(?:x|-|refused: \w+)$/);
  });

  test("and nothing is left behind on objects", () => {
    expect(Object.keys(Object.prototype)).toEqual([]);
    expect(Reflect.get({}, "x")).toBeUndefined();
  });
});

describe("nothing reaches a file (CVE-2026-35525) or includes itself (CVE-2026-41311)", () => {
  test.each([
    "{% include '/etc/passwd' %}",
    "{% include '../../package.json' %}",
    "{% include contact.file %}",
    "{% render 'a' %}",
    "{% layout 'a' %}{% block b %}{% block b %}{% endblock %}{% endblock %}",
    "{% block a %}x{% endblock %}",
    "{% liquid include 'a' %}",
    "{% echo 'a' %}",
  ])("%s", (source) => {
    expect(outcome(source, { file: "/etc/passwd" })).toBe("refused: tag");
  });
});

describe("what is not allowed cannot escape its limits", () => {
  test.each<[string, string]>([
    ["a captured variable that doubles", "{% capture x %}{{ x }}{{ x }}{% endcapture %}"],
    ["a table", "{% tablerow i in (1..100000) %}{% endtablerow %}"],
    ["a counter", "{% increment x %}{% decrement x %}"],
    ["a cycle", "{% cycle 'a', 'b' %}"],
    ["raw text", "{% raw %}{{ x }}{% endraw %}"],
    ["lists that double (CVE-2026-69222)", "{% assign x = contact.tags | concat: contact.tags %}"],
    ["the end of a list (CVE-2026-55575)", "{{ contact.tags | pop | default: 'x' }}"],
    ["code in a filter", "{{ contact.tags | where_exp: 'x', 'x.constructor' | default: 'x' }}"],
    ["a file's hash", "{{ 'x' | sha256 }}"],
    ["what is escaped made raw", "{{ contact.name | raw | default: 'x' }}"],
  ])("%s", (_, source) => {
    expect(outcome(source)).toMatch(/^refused: (?:tag|filter)$/);
  });
});

describe("what is allowed stops at its limits, soon", () => {
  const long = "x".repeat(1_000);
  test.each<[string, string, Readonly<Record<string, Json>>]>([
    ["empty loops (CVE-2026-44645)", "{%- for i in (1..1000000000) -%}{%- endfor -%}", {}],
    ["empty loops in loops", "{%- for i in (1..30000) -%}{%- for j in (1..30000) -%}{%- endfor -%}{%- endfor -%}", {}],
    ["a wide date (CVE-2026-45357)", "{{ now | date: '%9999999d' }}", {}],
    ["many wide dates", "{{ now | date: contact.format | default: 'x' }}", { format: "%999d".repeat(2_000) }],
    [
      "replacing that multiplies (CVE-2026-34166)",
      `{{ contact.a | replace: 'x', contact.a | default: '-' }}`,
      { a: "x".repeat(5_000) },
    ],
    [
      "joining by what is long (CVE-2026-69222)",
      "{{ contact.tags | join: contact.a | default: '-' }}",
      { tags: Array.from({ length: 2_000 }, () => "y"), a: long },
    ],
    [
      "a text that doubles",
      `{% assign x = contact.a %}${"{% assign x = x | append: x %}".repeat(30)}{{ x | default: '-' }}`,
      { a: long },
    ],
    [
      "a text that doubles in a list",
      `{% assign x = contact.a %}${"{% assign x = x | split: '' | join: 'xx' %}".repeat(20)}{{ x | default: '-' }}`,
      { a: long },
    ],
  ])("%s", (_, source, contact) => {
    const started = performance.now();
    expect(outcome(source, contact)).toMatch(limit);
    expect(performance.now() - started).toBeLessThan(2_000);
  });

  test("what was found is not put in again by `$&` (CVE-2026-33287)", () => {
    for (const filter of ["replace", "replace_first"]) {
      expect(outcome(`{{ 'x' | ${filter}: 'x', contact.amp | default: '-' }}`, { amp: "$&$`$'$1" })).toBe("$&$`$'$1");
    }
  });

  test("tags in an open comment or script are taken out in linear time (CVE-2026-45617)", () => {
    for (const opener of ["<script", "<style", "<!--", "<"]) {
      const started = performance.now();
      const result = outcome("{{ contact.bio | strip_html | default: '-' }}", { bio: opener.repeat(50_000) });
      expect(performance.now() - started, opener).toBeLessThan(1_000);
      expect(result).not.toMatch(/^refused/);
    }
  });

  test("how long a text can be is found without rendering it", () => {
    const sources = [
      `{% assign x = 'ab' %}${"{% assign x = x | append: x | replace: 'a', x %}".repeat(400)}{{ x }}`,
      "{% for i in (1..999999999) %}".repeat(50) + "x" + "{% endfor %}".repeat(50),
      `{{ 'x' ${"| append: 'x' ".repeat(1_200)}}}`,
    ];
    for (const source of sources) {
      const started = performance.now();
      const { longest } = measureTemplate(source, "text", { variable: () => null, literal: (text) => text });
      expect(longest.units).toBeLessThanOrEqual(100_000);
      expect(performance.now() - started).toBeLessThan(500);
    }
  });
});

test("values on the prototype of lists are not read (CVE-2026-106120)", () => {
  const source =
    "{{ contact.tags | first | default: '-' }}{{ contact.tags | last | default: '-' }}{{ contact.tags[0] | default: '-' }}{{ contact.tags | join | default: '-' }}";
  expect(outcome(source, { tags: [] })).toBe("----");
});
