// Writes what follows from the schemas: each vendor's settings into the workspace's schema, the TypeScript types, the reference.
// `--check` only compares and exits 1 when a generated file is out of date.
import { readFile, readdir, writeFile } from "node:fs/promises";
import { compile } from "json-schema-to-typescript";
import { format } from "oxfmt";
import { generateReference } from "./reference.mjs";

const root = new URL("..", import.meta.url);

const targets = [
  { schema: "schemas/rule.schema.json", types: "src/rulebook/rule-file.generated.ts", name: "RuleFile" },
  { schema: "schemas/workspace.schema.json", types: "src/rulebook/workspace-file.generated.ts", name: "WorkspaceFile" },
  { schema: "schemas/test.schema.json", types: "src/rulebook/test-file.generated.ts", name: "TestFile" },
  { schema: "schemas/fixtures.schema.json", types: "src/rulebook/fixtures-file.generated.ts", name: "FixtureFile" },
];

/** When a case runs, values stand where these stood. */
const placeholder = "#/definitions/placeholder";

/**
 * The generator of types knows no `if`. Alternatives become a union, and a map whose first key says what it is (a step,
 * a wait) becomes one type for each; what a condition is inside is for the conditions' own parser to say.
 */
function forTypes(node, key) {
  if (Array.isArray(node)) return node.map((item) => forTypes(item));
  if (typeof node !== "object" || node === null) return node;
  // Names of keys are not words of the schema.
  if (key === "properties" || key === "definitions") {
    return Object.fromEntries(
      Object.entries(node).map(([name, value]) => [name, forTypes(value, key === "properties" ? undefined : name)]),
    );
  }
  const { examples: _, default: __, title, if: condition, then, else: otherwise, ...rest } = node;
  // Titles become names of types, which only shapes deserve.
  if (rest.type === "object" && typeof title === "string") rest.title = title;
  if (key === "condition") return { type: "object", title, description: rest.description, additionalProperties: true };
  if (rest.oneOf !== undefined) return forTypes(variants(node));
  if (condition !== undefined && otherwise !== undefined)
    return forTypes({ ...rest, anyOf: [then, otherwise].filter((form) => form.$ref !== placeholder) });
  if (rest.allOf?.length === 1 && rest.allOf[0].$ref !== undefined) return { $ref: rest.allOf[0].$ref };
  if (rest.allOf?.every((law) => law.if !== undefined)) delete rest.allOf;
  return Object.fromEntries(Object.entries(rest).map(([name, value]) => [name, forTypes(value, name)]));
}

/** One type for each key of which the map has exactly one. What it may have beside it is said by `allOf`, else anything. */
function variants({ title, description, oneOf, allOf = [], properties, required = [] }) {
  const keys = oneOf.map((alternative) => alternative.required[0]);
  return {
    title,
    description,
    anyOf: keys.map((key) => {
      const law = allOf.find((one) => one.if.required[0] === key)?.then;
      const allowed = law?.propertyNames.enum ?? Object.keys(properties);
      const own = allowed.filter((name) => name === key || !keys.includes(name));
      return {
        title: `${key} ${title.toLowerCase()}`,
        description: properties[key].description,
        type: "object",
        additionalProperties: false,
        required: [...new Set([key, ...required, ...(law?.required ?? [])])],
        properties: Object.fromEntries(own.map((name) => [name, properties[name]])),
      };
    }),
  };
}

async function generateTypes(schemaText, name) {
  return compile(forTypes(JSON.parse(schemaText)), name, {
    bannerComment: "// Generated from the JSON Schema by `npm run generate`; edit the schema instead.",
    ignoreMinAndMaxItems: true,
    additionalProperties: false,
    style: { trailingComma: "all", printWidth: 120 },
  });
}

const workspaceSchema = "schemas/workspace.schema.json";

/** The workspace's schema with the settings of each provider, which its folder describes. */
async function withSettings(schemaText) {
  const schema = JSON.parse(schemaText);
  const folder = new URL("src/providers/", root);
  const names = (await readdir(folder, { withFileTypes: true })).filter((entry) => entry.isDirectory());
  const settings = {};
  for (const { name } of names.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const text = await readFile(new URL(`${name}/settings.schema.json`, folder), "utf8").catch(() => null);
    if (text === null) continue;
    const { $schema: _, ...described } = JSON.parse(text);
    settings[name] = described;
  }
  schema.properties.providers.properties = settings;
  return (await format(workspaceSchema, JSON.stringify(schema), { printWidth: 120 })).code;
}

export async function staleTypes() {
  const stale = [];
  const workspaceText = await readFile(new URL(workspaceSchema, root), "utf8");
  const wantedWorkspace = await withSettings(workspaceText);
  if (workspaceText !== wantedWorkspace) stale.push({ types: workspaceSchema, wanted: wantedWorkspace });
  for (const { schema, types, name } of targets) {
    const text = schema === workspaceSchema ? wantedWorkspace : await readFile(new URL(schema, root), "utf8");
    const wanted = await generateTypes(text, name);
    const found = await readFile(new URL(types, root), "utf8").catch(() => "");
    if (found !== wanted) stale.push({ types, wanted });
  }
  const reference = "schemas/README.md";
  const wanted = await generateReference();
  if ((await readFile(new URL(reference, root), "utf8").catch(() => "")) !== wanted) {
    stale.push({ types: reference, wanted });
  }
  return stale;
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  const stale = await staleTypes();
  if (process.argv.includes("--check")) {
    for (const { types } of stale) process.stderr.write(`${types} is out of date: run npm run generate\n`);
    process.exitCode = stale.length > 0 ? 1 : 0;
  } else {
    for (const { types, wanted } of stale) await writeFile(new URL(types, root), wanted);
    // The reference is read from the schemas as they are now written.
    for (const { types, wanted } of await staleTypes()) await writeFile(new URL(types, root), wanted);
  }
}
