import { expect, test } from "vitest";
import { pipedValues } from "../../src/templates/piped-values.ts";

function piped(source: string): readonly string[] {
  return pipedValues(source, "text").map(
    ({ path, filter, start, end }) => `${path.join(".")} ${filter ?? "written"} at ${source.slice(start, end)}`,
  );
}

test.each([
  ["{{ contact.score | plus: 1 | default: 0 }}", ["contact.score plus at plus"]],
  ["{{ contact.ends | default: 'soon' | date: '%A' }}", ["contact.ends date at date"]],
  ["{{ contact.name | default: 'you' }}", ["contact.name written at contact.name"]],
  ["{% assign n = contact.score | times: 2 %}{{ n | default: 0 }}", ["contact.score times at times"]],
  ["{% for tag in contact.tags %}{{ tag | upcase | default: '' }}{% endfor %}", []],
  ["{% if contact.score > 5 %}a{% endif %}", []],
  ["{{ 'Hello' | upcase }}", []],
  ["{{ contact.score | plsu: 1 | default: 0 }}", []],
  ["{{ contact.score", []],
])("of %s", (source, found) => {
  expect(piped(source)).toEqual(found);
});
