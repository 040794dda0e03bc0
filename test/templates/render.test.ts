import { describe, expect, test } from "vitest";
import type { Facts } from "../../src/core/model/facts.ts";
import type { Json } from "../../src/core/model/json.ts";
import { compileTemplate } from "../../src/templates/compile-template.ts";
import { render, type Rendered } from "../../src/templates/render.ts";
import type { TemplateKind } from "../../src/templates/template.ts";

const NOW = Date.parse("2026-03-07T14:00:00Z");

function rendered(source: string, facts: Facts, kind: TemplateKind = "text"): Rendered {
  const compiled = compileTemplate(source, kind, new Set(["account_id"]));
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems));
  return render(compiled.template, { now: NOW, ...facts });
}

function failureOf(result: Rendered): string {
  return "failed" in result ? result.failed : "";
}

function contact(fields: Record<string, Json>): Facts {
  return { contact: { time_zone: "America/New_York", ...fields } };
}

const greeting = 'Hi {{ contact.first_name | default: "there" }}!';

describe("a fallback", () => {
  test.each<[string, Json]>([
    ["empty", ""],
    ["blank", "  \t\n "],
    ["null", null],
    ["the text null", "null"],
    ["the text NULL", " NULL "],
    ["false", false],
    ["an empty list", []],
  ])("stands in for a value that is %s", (_, value) => {
    expect(rendered(greeting, contact({ first_name: value }))).toEqual({ text: "Hi there!" });
  });

  test("stands in for a value that is absent, and for a contact that is", () => {
    expect(rendered(greeting, contact({}))).toEqual({ text: "Hi there!" });
    expect(rendered(greeting, {})).toEqual({ text: "Hi there!" });
  });

  test("gives way to every other value", () => {
    expect(rendered(greeting, contact({ first_name: "Ana" }))).toEqual({ text: "Hi Ana!" });
    expect(rendered("{{ contact.n | default: 7 }}", contact({ n: 0 }))).toEqual({ text: "0" });
    expect(rendered("{{ contact.n | default: 7, allow_false: true }}", contact({ n: false }))).toEqual({
      text: "false",
    });
  });

  test("keeps names like null inside of other names", () => {
    expect(rendered(greeting, contact({ first_name: "Nullah" }))).toEqual({ text: "Hi Nullah!" });
  });
});

test("a required field that is missing all the same fails the rendering and names the field", () => {
  expect(rendered("Account {{ contact.account_id }}", contact({ account_id: "a1" }))).toEqual({ text: "Account a1" });
  for (const value of [null, "", " ", "null"]) {
    const result = rendered("Account {{ contact.account_id }}", contact({ account_id: value }));
    expect(failureOf(result)).toContain("contact.account_id");
  }
});

test("if sees a blank value as absent", () => {
  expect(rendered("{% if contact.plan %}has{% else %}none{% endif %}", contact({ plan: " " }))).toEqual({
    text: "none",
  });
});

describe("what a contact wrote", () => {
  const hostile = '<b>"{{ contact.secret }}" & {% assign x = 1 %}</b>\'';

  test("is never read as Liquid", () => {
    expect(rendered('{{ contact.note | default: "" }}', contact({ note: hostile, secret: "s3cret" }))).toEqual({
      text: hostile,
    });
  });

  test("is escaped in html, once, whatever filters the author uses", () => {
    const escaped = { text: "&lt;b&gt;&quot;&amp;&#39;" };
    for (const filters of ["", "| escape", "| escape | escape_once"]) {
      expect(rendered(`{{ contact.note | default: "" ${filters} }}`, contact({ note: "<b>\"&'" }), "html")).toEqual(
        escaped,
      );
    }
  });

  test("cannot begin another header", () => {
    const subject = rendered(
      'Hi {{ contact.name | default: "" }}',
      contact({ name: "Ana\r\nBcc: all@example.com\u0000\u2028x" }),
      "header",
    );
    expect(subject).toEqual({ text: "Hi Ana Bcc: all@example.com x" });
  });

  test("reaches nothing that a prototype has", () => {
    const source =
      '{{ contact.__proto__ | default: "-" }}{{ contact.constructor.name | default: "-" }}{{ contact.name.constructor | default: "-" }}{{ contact["toString"] | default: "-" }}';
    expect(rendered(source, contact({ name: "Ana" }))).toEqual({ text: "----" });
  });

  test("fails the rendering as a map, without telling what is in it", () => {
    expect(rendered('{{ contact.address | default: "" }}', contact({ address: { street: "secret" } }))).toEqual({
      failed: "a map cannot be written into a message: name one of its fields",
    });
  });

  test("is joined by commas as a list", () => {
    expect(rendered('{{ contact.tags | default: "none" }}', contact({ tags: ["a", "b"] }))).toEqual({ text: "a, b" });
  });
});

describe("dates", () => {
  test("are written in the contact's zone, and now is the moment of rendering", () => {
    expect(rendered('{{ now | date: "%Y-%m-%d %H:%M" }} {{ "now" | date: "%H:%M" }}', contact({}))).toEqual({
      text: "2026-03-07 09:00 09:00",
    });
    expect(rendered('{{ now | date: "%H:%M", "Europe/Berlin" }}', contact({}))).toEqual({ text: "15:00" });
  });

  test("are read from RFC 3339, dates, seconds and milliseconds alike", () => {
    for (const at of ["2026-03-07T14:00:00Z", "2026-03-07T09:00:00-05:00", NOW, NOW / 1000, String(NOW / 1000)]) {
      expect(rendered('{{ contact.at | date: "%H:%M" | default: "?" }}', contact({ at }))).toEqual({ text: "09:00" });
    }
  });

  test("leave what is no date as it is", () => {
    expect(rendered('{{ contact.at | date: "%H:%M" | default: "?" }}', contact({ at: "soon" }))).toEqual({
      text: "soon",
    });
  });
});

describe("a text made to exhaust the machine fails instead", () => {
  const doubling = '{% assign x = "aaaaaaaaaa" %}' + "{% assign x = x | append: x %}".repeat(30) + "{{ x }}";
  const replacing =
    '{% assign x = "aaaaaaaaaa" %}' +
    '{% assign x = x | replace: "a", "aaaaaaaaaa" %}'.repeat(10) +
    '{{ x | default: "" }}';
  test.each([
    ["loops in loops", "{% for i in (1..100000) %}{% for j in (1..100000) %}x{% endfor %}{% endfor %}"],
    ["empty loops", "{% for i in (1..100000) %}{% for j in (1..100000) %}{% endfor %}{% endfor %}"],
    ["doubling", doubling],
    ["replacing", replacing],
    ["wide dates", '{{ now | date: "%9999999d" }}'],
    ["much text", "{% for i in (1..10000) %}" + "x".repeat(1_000) + "{% endfor %}"],
  ])("%s", (_, source) => {
    const before = performance.now();
    expect(failureOf(rendered(source, contact({})))).toMatch(/limit exceeded|longer than/);
    expect(performance.now() - before).toBeLessThan(2_000);
  });
});

test("the same template renders the same text for the same facts, and keeps nothing between renderings", () => {
  const compiled = compileTemplate('{% assign n = contact.name | default: "you" %}{{ n }}', "text");
  if (!compiled.ok) throw new Error("unexpected");
  expect(render(compiled.template, { ...contact({ name: "Ana" }), now: NOW })).toEqual({ text: "Ana" });
  expect(render(compiled.template, { ...contact({}), now: NOW })).toEqual({ text: "you" });
});

test("what a contact supplied stays one part of an address", () => {
  const facts = { contact: { id: "a/../b?x=1#y&ü %" } };
  expect(rendered("https://crm.example/{{ contact.id | default: '-' }}/x", facts, "url")).toEqual({
    text: "https://crm.example/a%2F..%2Fb%3Fx%3D1%23y%26%C3%BC%20%25/x",
  });
  // Half a character has no form in an address.
  expect(rendered("https://crm.example/{{ contact.id | default: '-' }}", { contact: { id: "\ud800" } }, "url")).toEqual(
    {
      failed: "the text could not be rendered",
    },
  );
});

test("what a contact supplied stays within the quotes of a SOQL query", () => {
  const facts = { contact: { email: "o'neil\\' or Name != '\n" } };
  expect(rendered("where Email = '{{ contact.email | default: '-' }}'", facts, "soql")).toEqual({
    text: "where Email = 'o\\'neil\\\\\\' or Name != \\'\\n'",
  });
});

describe("the link to unsubscribe", () => {
  test.each(["text", "html"] as const)("has its place in %s, for the link that is put in later", (kind) => {
    expect(rendered('<a href="{{ unsubscribe_url }}">', contact({}), kind)).toEqual({
      text: '<a href="https://unsubscribe.invalid/">',
    });
    expect(rendered('<a href="{{- unsubscribe_url -}}">', { unsubscribe_url: "of an event" }, kind)).toEqual({
      text: '<a href="https://unsubscribe.invalid/">',
    });
  });

  test.each<[string, TemplateKind]>([
    ["{{ unsubscribe_url | upcase }}", "text"],
    ["{{ unsubscribe_url | default: 'x' }}", "text"],
    ["{{ 'a' | append: unsubscribe_url }}", "html"],
    ["{{ unsubscribe_url.size }}", "text"],
    ["{{ unsubscribe_url == 'a' }}", "text"],
    ["{% if unsubscribe_url %}a{% endif %}", "text"],
    ["{% assign link = unsubscribe_url %}{{ link }}", "text"],
    ["{% for part in unsubscribe_url %}a{% endfor %}", "text"],
    ["Our guide: {{ unsubscribe_url }}", "header"],
    ["https://example.com/{{ unsubscribe_url }}", "url"],
  ])("is refused in %s as %s", (source, kind) => {
    const compiled = compileTemplate(source, kind);
    expect(compiled.ok ? [] : compiled.problems.map((problem) => problem.kind)).toContain("variable");
  });
});
