// The reference for authors, from the schemas: every key with its type, default, meaning and an example; and from their
// pages the reasons.
import { readFile } from "node:fs/promises";
import ts from "typescript";

const root = new URL("..", import.meta.url);
const read = (path) => readFile(new URL(path, root), "utf8");

export async function generateReference() {
  const parts = [
    "<!-- Generated from the JSON Schemas by `npm run generate`; edit the schemas instead. -->\n\n# Reference",
    "Rules are files of strict YAML: YAML 1.2, no anchors, tags or merge keys, no unknown keys. `heed check` judges them, `heed codes` explains what it finds, and an editor with a YAML language server completes and explains keys when a file begins with `# yaml-language-server: $schema=…`, as the examples do. What the keys mean together is told in [How rules behave](language.md).",
    await section("Rule files", "rule", "rules/verification/verification-sms.yaml"),
    await section("heed.yaml", "workspace", "rules/heed.yaml"),
    await section("Tests", "test", "rules/verification/verification-sms.test.yaml"),
    await section("Fixtures", "fixtures", null),
    await section("Events", "event", null),
    await reasons(),
  ];
  return `${parts.join("\n\n")}\n`;
}

async function section(title, name, example) {
  const schema = JSON.parse(await read(`schemas/${name}.schema.json`));
  const shown = example === null ? [] : [`\`\`\`yaml\n${(await read(example)).trimEnd()}\n\`\`\``];
  const tables = [];
  collect(schema, "", { schema, tables, seen: new Set() });
  return [`## ${title}`, schema.description, ...shown, ...tables].join("\n\n");
}

async function reasons() {
  const parts = await Promise.all(["starting", "speaking", "sending", "ending"].map(reasonPages));
  const rows = parts.flatMap((pages) =>
    Object.entries(pages).map(
      ([reason, { what, why, todo }]) => `| \`${reason}\` | ${cell(what)} | ${cell(why)} | ${cell(todo)} |`,
    ),
  );
  const head = "| reason | meaning | why | what to do |\n|---|---|---|---|";
  const told =
    "Why something happened to a message, or did not: whatever is sent, held back or ended has one of these. Tests expect them with `because`, and `heed codes guard.false` shows an example, too.";
  return ["## Reasons", told, `${head}\n${rows.join("\n")}`].join("\n\n");
}

/** The pages stand in TypeScript files of nothing but data, which needs no build. */
async function reasonPages(name) {
  const { outputText } = ts.transpileModule(await read(`src/rulebook/reasons/${name}.ts`), {
    compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2023 },
  });
  const module = await import(`data:text/javascript,${encodeURIComponent(outputText)}`);
  return Object.values(module)[0];
}

/**
 * One table for each map that has keys of its own; a definition is shown where it is met first. Behind references,
 * lists and alternatives stands the map that an author writes.
 */
function collect(node, path, context) {
  const of = resolve(node, context);
  if (of.properties === undefined) {
    if (of.items !== undefined) collect(of.items, `${path}[]`, context);
    if (of.then !== undefined) collect(of.then, path, context);
    if (of.else !== undefined) collect(of.else, path, context);
    if (typeof of.additionalProperties === "object") collect(of.additionalProperties, `${path}.<name>`, context);
    return;
  }
  if (context.seen.has(of.properties)) return;
  context.seen.add(of.properties);
  const keys = Object.entries(of.properties);
  if (keys.length === 0) return;
  const heading = path === "" ? [] : [`### \`${path}\``, ...(of.description === undefined ? [] : [of.description])];
  const rows = keys.map(([key, value]) => row(key, value, of.required ?? [], context));
  const head = "| key | type | default | meaning | example |\n|---|---|---|---|---|";
  context.tables.push([...heading, `${head}\n${rows.join("\n")}`].join("\n\n"));
  for (const [key, value] of keys) collect(value, path === "" ? key : `${path}.${key}`, context);
  // What a condition tests stands beside its own keys.
  if (typeof of.additionalProperties === "object") collect(of.additionalProperties, `${path}.<path>`, context);
}

function resolve(node, { schema }) {
  const target = node.$ref ?? node.allOf?.[0]?.$ref;
  if (target === undefined) return node;
  const { $ref: _, allOf: __, ...own } = node;
  return { ...schema.definitions[target.split("/").at(-1)], ...own };
}

function row(key, node, required, context) {
  const { description = "", default: preset, examples = [] } = resolve(node, context);
  const fallback = required.includes(key) ? "required" : preset === undefined ? "–" : code(preset);
  const example = examples.length === 0 ? "–" : code(examples[0]);
  return `| \`${key}\` | ${typeOf(node, context)} | ${fallback} | ${cell(description)} | ${example} |`;
}

const typeNames = { string: "text", integer: "whole number", boolean: "true or false", array: "list", object: "map" };

function typeOf(node, context) {
  const of = resolve(node, context);
  if (of.enum !== undefined) return of.enum.map(code).join(", ");
  if ((node.$ref ?? node.allOf?.[0]?.$ref) === "#/definitions/duration") return "duration";
  // A dimension of the matrix may stand anywhere; what stands there in the end is what counts.
  if (of.then?.$ref === "#/definitions/placeholder") return typeOf(of.else, context);
  if (of.if !== undefined && of.then !== undefined) return `${typeOf(of.then, context)} or ${typeOf(of.else, context)}`;
  const types = [of.type ?? "object"].flat().map((type) => typeNames[type] ?? type);
  return types.join(" or ");
}

/** A value in YAML's flow style, on one line. */
function inYaml(value) {
  if (Array.isArray(value)) return `[${value.map(inYaml).join(", ")}]`;
  if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value).map(([key, entry]) => `${key}: ${inYaml(entry)}`);
    return entries.length === 0 ? "{}" : `{ ${entries.join(", ")} }`;
  }
  if (typeof value !== "string") return String(value);
  return /^[A-Za-z0-9/][A-Za-z0-9 _./-]*$/.test(value) && Number.isNaN(Number(value)) ? value : JSON.stringify(value);
}

function code(value) {
  return `\`${cell(inYaml(value))}\``;
}

function cell(text) {
  return text.replaceAll("|", "\\|").replaceAll("\n", " ");
}
