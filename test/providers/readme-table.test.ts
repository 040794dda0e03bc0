import { readFileSync, writeFileSync } from "node:fs";
import { expect, it } from "vitest";
import type { ProviderDefinition } from "../../src/providers/definition.ts";
import { providerRegistry } from "../../src/providers/registry.ts";

const readme = new URL("../../README.md", import.meta.url);
const [begin, end] = ["<!-- providers: written from their definitions -->", "<!-- /providers -->"];

const header = [
  "| provider | in `heed.yaml` | sends | reports | webhooks are proven by | played again | after a lost answer | catches up |",
  "|---|---|---|---|---|---|---|---|",
];

function rowOf({ name, title, capabilities, correlation, door, eventData = {} }: ProviderDefinition): string {
  const families = new Set(Object.keys(eventData).map((type) => (type.includes(".") ? type.split(".", 1)[0] : null)));
  const reports = [...families].filter((family) => family !== null).map((family) => `\`${family}.*\``);
  const { kinds, idempotencyKey, lookup } = capabilities;
  const lost = lookup ? "asked" : idempotencyKey ? "repeated, once at most" : "parked";
  const cells = [
    title,
    `\`${name}\``,
    kinds.join(", "),
    door === undefined ? "" : reports.length > 0 ? reports.join(" ") : "events as they name them",
    door?.proof ?? "",
    door === undefined ? "" : door.replay === "signed time" ? "refused when old" : "known by its events",
    kinds.length === 0
      ? ""
      : correlation !== undefined && lost === "parked"
        ? "joined by its reports, else parked"
        : lost,
    door?.backfill === true ? "yes" : "",
  ];
  return `| ${cells.map((cell) => (cell === "" ? "–" : cell)).join(" | ")} |`;
}

it("the README's table of providers is what their definitions say", () => {
  const rows = [...providerRegistry.values()].toSorted((a, b) => (a.title < b.title ? -1 : 1)).map(rowOf);
  const table = [begin, ...header, ...rows, end].join("\n");
  const text = readFileSync(readme, "utf8");
  const found = text.slice(text.indexOf(begin), text.indexOf(end) + end.length);
  if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(readme, text.replace(found, table));
  else expect(found).toBe(table);
});
