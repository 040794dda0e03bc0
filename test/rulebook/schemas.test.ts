import { readFileSync } from "node:fs";
import { Ajv, type AnySchemaObject } from "ajv";
import addFormatsModule from "ajv-formats";
import { describe, expect, test } from "vitest";
import type { CanonicalEvent } from "../../src/core/model/event.ts";
import type { Reason } from "../../src/core/model/reason.ts";
import type { Because } from "../../src/rulebook/test-file.generated.ts";
import { staleTypes } from "../../schemas/generate.mjs";

const schemaNames = ["rule", "workspace", "test", "fixtures", "event"] as const;

function schemaOf(name: string): AnySchemaObject {
  const schema: AnySchemaObject = JSON.parse(
    readFileSync(new URL(`../../schemas/${name}.schema.json`, import.meta.url), "utf8"),
  );
  return schema;
}

function validatorOf(name: string) {
  const ajv = new Ajv({
    allErrors: true,
    strict: true,
    strictTypes: false,
    strictRequired: false,
    allowUnionTypes: true,
  });
  addFormatsModule.default(ajv);
  return ajv.compile(schemaOf(name));
}

type Same<A, B> = [A, B] extends [B, A] ? true : false;
/** The compiler holds both lists together: a reason that is missing on one side makes this `false`. */
const sameReasons: Same<Reason, Because["reason"]> = true;

test("a rule test may ask for every reason that the core gives, and for no other", () => {
  expect(sameReasons).toBe(true);
});

test("the generated types are what the schemas say", async () => {
  expect((await staleTypes()).map(({ types }) => types)).toEqual([]);
});

describe.each(schemaNames)("the schema of a %s", (name) => {
  const schema = schemaOf(name);

  test("is draft-07 and closed, and tells an editor about every key: title, description, examples", () => {
    expect(schema["$schema"]).toBe("http://json-schema.org/draft-07/schema#");
    for (const [path, property] of propertiesIn(schema, name)) {
      if (property["$ref"] !== undefined) continue;
      expect(Object.keys(property), path).toEqual(expect.arrayContaining(["title", "description", "examples"]));
    }
    for (const [path, node] of nodesIn(schema, name)) {
      const shape = node["type"] === "object" && node["properties"] !== undefined && node["title"] !== undefined;
      if (shape) expect(node["additionalProperties"], path).toBeDefined();
    }
  });

  test("accepts every example it gives as a whole", () => {
    const validate = validatorOf(name);
    const examples: unknown = schema["examples"];
    if (!Array.isArray(examples)) throw new Error("no examples");
    for (const example of examples) expect(validate(example), JSON.stringify(validate.errors)).toBe(true);
  });
});

test("the examples of every key are valid for that key", () => {
  for (const name of schemaNames) {
    const root = schemaOf(name);
    const ajv = new Ajv({ strict: false, allowUnionTypes: true, validateFormats: false });
    for (const [path, property] of propertiesIn(root, name)) {
      const examples: unknown = property["examples"];
      if (!Array.isArray(examples) || path.includes("anyOf")) continue;
      const validate = ajv.compile({ definitions: root["definitions"], allOf: [property] });
      for (const example of examples) expect(validate(example), `${path} ${JSON.stringify(example)}`).toBe(true);
    }
  }
});

test("every key refuses what cannot be meant, and every file a key it does not know", () => {
  const never = [{ "no such key": { "nor this": 1 } }, [[[]]], -0.5, null, "\u0007"];
  const taken: string[] = [];
  for (const name of schemaNames) {
    const root = schemaOf(name);
    const ajv = new Ajv({ strict: false, allowUnionTypes: true, validateFormats: false });
    for (const [path, property] of propertiesIn(root, name)) {
      const validate = ajv.compile({ definitions: root["definitions"], allOf: [property] });
      const refused = never.filter((value) => !validate(value));
      if (refused.length < 3) taken.push(`${path} takes all but ${JSON.stringify(refused)}`);
    }
    const [example] = root["examples"];
    expect(validatorOf(name)({ ...example, "no such key": 1 }), name).toBe(false);
  }
  expect(taken).toEqual([]);
});

/** One event with every field of the type, so that a field added to one side alone breaks this file. */
const full: Required<CanonicalEvent> = {
  schema_version: 1,
  event_id: "e-1",
  event_type: "email.clicked",
  occurred_at: "2026-03-06T14:00:00Z",
  received_at: "2026-03-06T14:00:01.250Z",
  provider: "sendgrid",
  channel: "email",
  contact_id: "user-42",
  conversation_id: "c-1",
  message_id: "m-1",
  campaign_id: "spring",
  delivery_status: "clicked",
  address: { email: "ana@example.com", phone: "+12025550143" },
  data: { url: "https://example.com/guides/onboarding" },
};

describe("the schema of an event", () => {
  const validate = validatorOf("event");

  test("has exactly the fields of the type", () => {
    expect(propertyNamesOf(schemaOf("event")).toSorted()).toEqual(Object.keys(full).toSorted());
    expect(validate(full), JSON.stringify(validate.errors)).toBe(true);
  });

  test.each<[string, object]>([
    ["a contact id", { contact_id: "c" }],
    ["an email address", { address: { email: "ana@example.com" } }],
    ["a phone number", { address: { phone: "+12025550143" } }],
    ["an anonymous id", { data: { anonymous_id: "a" } }],
  ])("accepts a type with %s and nothing else", (_, identity) => {
    expect(validate({ event_type: "lead.demo_requested", ...identity })).toBe(true);
  });

  test.each<[string, object]>([
    ["nobody it concerns", { contact_id: undefined, address: undefined }],
    ["an empty address", { contact_id: undefined, address: {} }],
    ["an empty anonymous id", { contact_id: undefined, address: undefined, data: { anonymous_id: "" } }],
    ["no type", { event_type: undefined }],
    ["a type of spaces", { event_type: "  " }],
    ["a number as id", { contact_id: 42 }],
    ["an id of 101 characters", { contact_id: "x".repeat(101) }],
    ["a type of 201 characters", { event_type: "x".repeat(201) }],
    ["an email of 255 characters", { address: { email: `${"x".repeat(243)}@example.com` } }],
    ["an email without @", { address: { email: "ana" } }],
    ["a local time", { occurred_at: "2026-03-06 14:00" }],
    ["data that is a list", { data: [] }],
    ["another schema version", { schema_version: 2 }],
    ["a field nobody knows", { eventType: "x" }],
  ])("refuses %s", (_, change) => {
    expect(validate(JSON.parse(JSON.stringify({ ...full, ...change })))).toBe(false);
  });
});

function propertyNamesOf(schema: AnySchemaObject): readonly string[] {
  return entriesOf(schema["properties"]).map(([name]) => name);
}

function entriesOf(value: unknown): readonly (readonly [string, unknown])[] {
  return typeof value === "object" && value !== null ? Object.entries(value) : [];
}

type Node = Readonly<Record<string, unknown>>;

function* nodesIn(value: unknown, path: string): Generator<readonly [string, Node]> {
  if (typeof value !== "object" || value === null) return;
  if (!Array.isArray(value)) yield [path, Object.fromEntries(Object.entries(value))];
  for (const [key, inner] of Object.entries(value)) {
    if (key !== "examples" && key !== "default" && key !== "enum") yield* nodesIn(inner, `${path}/${key}`);
  }
}

/** Every key that a file may have. What only narrows an alternative (`anyOf`, `if`) repeats a key that is described elsewhere. */
function* propertiesIn(schema: AnySchemaObject, name: string): Generator<readonly [string, Node]> {
  for (const [path, node] of nodesIn(schema, name)) {
    if (/\/(?:anyOf|if|then)\//.test(path)) continue;
    for (const [key, property] of entriesOf(node["properties"])) {
      if (typeof property === "object" && property !== null && !path.endsWith("/properties"))
        yield [`${path}/${key}`, Object.fromEntries(Object.entries(property))];
    }
  }
}
