import { expect, test } from "vitest";
import { checkWorkspace } from "../../src/rulebook/check-workspace.ts";
import { drawGraph, graphFormats } from "../../src/rulebook/draw-graph.ts";
import { ruleGraph } from "../../src/rulebook/rule-graph.ts";
import { heedYaml, inMemory, ruleYaml } from "./in-memory.ts";

interface Written {
  readonly event?: string;
  readonly more?: string;
  readonly steps?: string;
}

function parsedRules(rules: Readonly<Record<string, Written>>) {
  const files = Object.entries(rules).map(([id, { event = "lead.demo_requested", more = "", steps = "" }]) => {
    const rule = ruleYaml(id, more).replace("lead.demo_requested", event);
    return [`${id}.yaml`, steps === "" ? rule : rule.replace("{ send: sms, text: Hello. }", steps)] as const;
  });
  const { parsed } = checkWorkspace(inMemory({ "heed.yaml": heedYaml, ...Object.fromEntries(files) }), null);
  expect(parsed.rules).toHaveLength(files.length);
  return parsed.rules;
}

/** `from kind to`, by labels. */
function edgesOf(rules: Readonly<Record<string, Written>>): readonly string[] {
  const { nodes, edges } = ruleGraph(parsedRules(rules));
  const label = (id: string): string => nodes.find((node) => node.id === id)?.label ?? "?";
  return edges.map(({ from, to, kind }) => `${label(from)} ${kind} ${label(to)}`).toSorted();
}

const tagged = (tag: string) => ({
  event: "contact.tagged",
  more: `  where: { event.data.tag: ${tag} }`,
  steps: "{ stop: done }",
});

test("each tag is an event of its own", () => {
  const rules = {
    a: { steps: "{ tag: hot }\n  - { untag: cold }" },
    b: tagged("hot"),
    c: tagged("{ in: [cold, hot] }"),
    d: tagged("warm"),
  };
  expect(edgesOf(rules)).toEqual([
    "a emits contact.tagged: hot",
    "a emits contact.untagged: cold",
    "contact.tagged: cold triggers c",
    "contact.tagged: hot triggers b",
    "contact.tagged: hot triggers c",
    "contact.tagged: warm triggers d",
    "lead.demo_requested triggers a",
  ]);
});

test("a rule that hears of any tag is moved by all, and a tag made of a text may move any", () => {
  const any = { event: "contact.tagged", steps: "{ stop: done }" };
  const rules = {
    a: { steps: "{ tag: hot }" },
    b: { steps: `{ tag: "x:{{ event.data.company | default: 'y' }}" }` },
    c: any,
    d: tagged("cold"),
  };
  expect(edgesOf(rules).filter((edge) => edge.includes("tagged"))).toEqual([
    "a emits contact.tagged: hot",
    "b emits contact.tagged",
    "contact.tagged triggers c",
    "contact.tagged triggers d",
    "contact.tagged: cold triggers d",
    "contact.tagged: hot triggers c",
  ]);
});

test("who holds whom, and who asks whether another has sent, is drawn", () => {
  const rules = {
    a: { steps: "{ hold: { rules: [b, c], for: 3d } }" },
    b: { more: "guard: { was_not_sent: { rule: c, within: 7d }, was_sent: { rule: any, within: 1d } }" },
    c: { steps: "{ hold: { class: marketing, for: 1d } }", more: "enabled: false" },
  };
  expect(edgesOf(rules).filter((edge) => !edge.includes("triggers"))).toEqual([
    "a holds b",
    "a holds c",
    "b sends sms",
    "c asks b",
    "c holds all marketing rules",
  ]);
  for (const format of graphFormats) {
    const drawn = drawGraph(parsedRules(rules), format);
    expect(drawn).toContain("holds");
    expect(drawn).toContain("asked whether it sent");
    // Every node of an edge is drawn.
    const ids = [...drawn.matchAll(/^ {2}([erkc]\d+)(?:\W*\[)/gm)].map((match) => match[1]);
    const used = [...drawn.matchAll(/\b([erkc]\d+)\b/g)].map((match) => match[1]);
    expect(new Set(used)).toEqual(new Set(ids));
  }
});
