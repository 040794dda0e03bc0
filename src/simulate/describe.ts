import type { Expectation } from "../rulebook/test-file.generated.ts";
import { clockTime, elapsed } from "./clock-text.ts";
import { describeMatcher, quoted } from "./matcher.ts";
import type { Names } from "./names.ts";
import type { Sighting } from "./sighting.ts";

/** An expectation in words: `sms to ana at 15m, text contains "verification"`. */
export function describeExpectation(expectation: Expectation): string {
  const { at, contact, rule } = expectation;
  const parts = [
    what(expectation),
    contact === undefined ? "" : ` ${"send" in expectation ? "to" : "of"} ${contact}`,
    at === undefined ? "" : ` at ${at}`,
    rule === undefined ? "" : ` by ${rule}`,
    ...details(expectation).map((detail) => `, ${detail}`),
  ];
  return parts.join("");
}

function what(expectation: Expectation): string {
  if ("send" in expectation) return `a message through ${expectation.send}`;
  if ("event" in expectation) return `the event ${expectation.event}`;
  if ("tag" in expectation) return `the tag ${quoted(expectation.tag)}`;
  if ("untag" in expectation) return `the end of the tag ${quoted(expectation.untag)}`;
  return "a change of the contact";
}

function details(expectation: Expectation): readonly string[] {
  if ("send" in expectation) {
    const { provider } = expectation;
    const fields = (["to", "text", "subject", "html", "body"] as const).flatMap((name) => {
      const matcher = expectation[name];
      return matcher === undefined ? [] : [`${name} ${describeMatcher(matcher)}`];
    });
    return [...fields, ...(provider === undefined ? [] : [`provider ${provider}`])];
  }
  const fields = "event" in expectation ? (expectation.data ?? {}) : "set" in expectation ? expectation.set : {};
  return Object.entries(fields).map(([name, matcher]) => `${name} ${describeMatcher(matcher)}`);
}

/** What was seen, in words, or only when. */
export function describeSighting(sighting: Sighting, names: Names, part: "all" | "time" = "all"): string {
  const { at, key, rules } = sighting;
  const zone = names.zoneOf(key);
  const time = `at ${elapsed(at, names.run.start, zone)} (${clockTime(at, zone)})`;
  if (part === "time") return time;
  const by = rules.length === 0 ? "" : ` by ${rules.join(" or ")}`;
  return `${seen(sighting, names.nameOf(key))} ${time}${by}${saying(sighting)}`;
}

function seen(sighting: Sighting, owner: string): string {
  switch (sighting.kind) {
    case "send":
      return `a message through ${sighting.channel} to ${owner}`;
    case "event":
      return `the event ${sighting.type} of ${owner}`;
    case "set":
      return `a change of ${owner}`;
    case "tag":
      return `the tag ${quoted(sighting.tag)} of ${owner}`;
    case "untag":
      return `the end of the tag ${quoted(sighting.tag)} of ${owner}`;
  }
}

function saying(sighting: Sighting): string {
  switch (sighting.kind) {
    case "send": {
      const { content } = sighting;
      return `: ${quoted(content["subject"] ?? content["text"] ?? content["html"] ?? content["body"])}`;
    }
    case "event":
      return Object.keys(sighting.data).length === 0 ? "" : `: ${quoted(sighting.data)}`;
    case "set":
      return `: ${quoted(sighting.attributes)}`;
    default:
      return "";
  }
}
