import { expect } from "vitest";

const VOID = new Set(["meta", "link", "input", "br", "img", "hr"]);

/**
 * What can be said of a page without a browser: every tag is closed where it was opened, there is one `h1`, ids are
 * unique, what refers to them finds them, every field has a label, and nothing in it is a script, a style or a handler.
 */
export function expectWellFormed(page: string): void {
  const open: string[] = [];
  for (const [, slash, name = "", rest = ""] of page.matchAll(/<(\/?)([a-z][a-z0-9]*)((?:[^>"]|"[^"]*")*)>/g)) {
    if (slash === "/") expect(open.pop()).toBe(name);
    else if (!VOID.has(name) && !rest.trimEnd().endsWith("/")) open.push(name);
  }
  expect(open).toEqual([]);
  expect(page).toMatch(/^<!doctype html>/);
  expect(page.match(/<h1>/g)).toHaveLength(1);
  expect(page.match(/<main /g)).toHaveLength(1);
  expect(page).toContain('<html lang="en">');
  const ids = [...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id ?? "");
  expect(new Set(ids).size).toBe(ids.length);
  for (const [, named = ""] of page.matchAll(/ aria-(?:labelledby|describedby)="([^"]+)"/g)) {
    for (const id of named.split(/\s+/)) expect(ids).toContain(id);
  }
  const fields = [...page.matchAll(/<(?:input|select|textarea) (?![^>]*type="hidden")/g)];
  const labelled = [...page.matchAll(/<label\b[^]*?<(?:input|select|textarea) /g)];
  expect(labelled).toHaveLength(fields.length);
  for (const [tag] of page.matchAll(/<[a-z](?:[^>"]|"[^"]*")*>/g)) {
    expect(tag.replace(/"[^"]*"/g, "")).not.toMatch(/ (?:on\w+|style)=/);
    expect(tag).not.toMatch(/"\s*javascript:/);
  }
  expect(page.match(/<script\b/g)).toHaveLength(1);
  expect(page).not.toContain("<style");
}
