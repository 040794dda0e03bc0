import { anything, type ValueType } from "../conditions/logic/value-type.ts";
import type { FieldType, ProviderRegistry } from "../providers/definition.ts";
import { builtInEvents } from "./built-in-events.ts";
import type { ParsedRule } from "./parsed-workspace.ts";
import { declaredType, type Fields, fieldsOf, isFields, oneOf, type Shape, valueType } from "./shape.ts";
import type { SourceFile } from "./source-file.ts";
import { stepsOf } from "./steps.ts";
import { distance, slipOf, suggest } from "./suggest.ts";
import type { AttributeValue, Emit } from "./rule-file.generated.ts";
import type { Data, WorkspaceFile } from "./workspace-file.generated.ts";

/** Every event type that rules of a workspace may name, and what each carries. */
export interface EventCatalogue {
  /** Those with a name of their own: built in, declared in heed.yaml, made of a webhook by `sources:`, or emitted by a rule. */
  readonly types: readonly string[];
  isKnown(type: string): boolean;
  /** What to say of a type that is not known. */
  helpFor(type: string): string;
  /** What `event.data` is; of type `anything` for a type that is unknown, or declared without its data. */
  dataOf(type: string): Shape;
}

/**
 * Built-in types carry what Heed and the configured providers put there and what `events:` adds to it. Types of one's
 * own carry what is declared, or what the rules that emit them say; declared without `data`, anything. So does any
 * `lead.<word>`: leads come from forms with names that nobody fixed. What a rule that could not be read names, it may
 * emit, so that one mistake does not cause others.
 */
export function createEventCatalogue(
  workspace: WorkspaceFile,
  providers: ProviderRegistry,
  emits: readonly Emit[],
  contact: Shape,
  unread: readonly SourceFile[] = [],
): EventCatalogue {
  const builtIn = builtInEvents(contact);
  const mapped = mappedEvents(workspace);
  const emitted = emittedEvents(emits);
  const declared = new Map(Object.entries(workspace.events ?? {}));
  const types = [...new Set([...builtIn.keys(), ...declared.keys(), ...mapped.keys(), ...emitted.keys()])];
  const isNamed = new Set(types);
  const nearLead = types.filter(isLead);
  const shapes = new Map<string, Shape>();

  function shapeOf(type: string): Shape {
    const own = builtIn.get(type);
    const data = declared.get(type)?.data;
    const said = [...(emitted.get(type) ?? []), ...(mapped.get(type) ?? [])];
    const isOpen = declared.has(type) || said.length === 0 || !said.every(isFields);
    if (own === undefined && data === undefined && isOpen) return valueType("anything");
    const vendors = own === undefined ? [] : vendorFields(type, workspace, providers);
    const fields = [
      ...(own ?? []),
      ...vendors,
      ...(said.length === 0 ? [] : entriesOf(oneOf(said))),
      ...declaredFields(data),
    ];
    return nested(fields);
  }

  return {
    types,
    isKnown: (type) =>
      isNamed.has(type) ||
      (isLead(type) && !nearLead.some((known) => isSlip(type, known))) ||
      unread.some(({ text }) => text.includes(type)),
    helpFor(type) {
      if (type.includes("*") || type === "any" || type === "all") {
        return "name each type of event, as in [lead.created, lead.updated]: there is no word for several";
      }
      // A product event of one's own is no slip of the pen for what a provider reports, but for its case and separators.
      const own = types.filter((known) => !builtIn.has(known));
      const near = type.includes(".") ? suggest(type, types) : (suggest(type, own) ?? slipOf(type, types));
      return near === null
        ? `if it is one of your own, add it to heed.yaml: events: { ${type}: {} }`
        : `did you mean \`${near}\`?`;
    },
    dataOf(type) {
      const known = shapes.get(type);
      if (known !== undefined) return known;
      const shape = shapeOf(type);
      shapes.set(type, shape);
      return shape;
    },
  };
}

function isLead(type: string): boolean {
  return /^lead\.[a-z0-9_]+$/.test(type);
}

/** Whether one name of a lead is most likely a slip of the pen for another: one letter in four, and no more than two. */
function isSlip(type: string, known: string): boolean {
  const [word, other] = [type.slice("lead.".length), known.slice("lead.".length)];
  return distance(word, other) <= Math.min(2, Math.floor(Math.min(word.length, other.length) / 4));
}

/** Every event that some rule emits. */
export function emitsOf(rules: readonly ParsedRule[]): readonly Emit[] {
  return rules.flatMap(({ file }) => stepsOf(file).flatMap(({ step }) => ("emit" in step ? [step.emit] : [])));
}

/** What rules put into the events that they emit. */
function emittedEvents(emits: readonly Emit[]): ReadonlyMap<string, readonly Fields[]> {
  const found = new Map<string, Fields[]>();
  for (const { event, data } of emits) {
    const fields = fieldsOf(
      Object.fromEntries(Object.entries(data ?? {}).map(([name, value]) => [name, typeOfValue(value)])),
    );
    found.set(event, [...(found.get(event) ?? []), fields]);
  }
  return found;
}

/** What webhooks of `sources:` become. Those that do not say what they put into it put in whatever is posted. */
function mappedEvents({ sources = {} }: WorkspaceFile): ReadonlyMap<string, readonly Shape[]> {
  const found = new Map<string, Shape[]>();
  for (const { events } of Object.values(sources)) {
    const types = "event" in events ? [events.event] : Object.values(events.names ?? {});
    const names = [...Object.keys(events.data ?? {}), "anonymous_id"];
    const fields = fieldsOf(Object.fromEntries(names.map((name) => [name, anything])));
    for (const type of types)
      found.set(type, [...(found.get(type) ?? []), events.data === undefined ? anything : fields]);
  }
  return found;
}

function typeOfValue(value: AttributeValue): ValueType {
  if (typeof value === "number") return valueType(Number.isInteger(value) ? "integer" : "number");
  if (typeof value === "boolean") return valueType("boolean");
  return valueType(typeof value === "string" ? "text" : "texts");
}

function vendorFields(
  type: string,
  { providers }: WorkspaceFile,
  registry: ProviderRegistry,
): readonly (readonly [string, Shape])[] {
  return Object.keys(providers).flatMap((name) => {
    const eventData = registry.get(name)?.eventData ?? {};
    const [family = ""] = type.split(".");
    return [`${family}.*`, type].flatMap((key) =>
      Object.entries(Object.hasOwn(eventData, key) ? (eventData[key] ?? {}) : {}).map(
        ([field, types]) => [field, oneOf(listOf(types).map(typeOfField))] as const,
      ),
    );
  });
}

function listOf(types: FieldType | readonly FieldType[]): readonly FieldType[] {
  return typeof types === "string" ? [types] : types;
}

function typeOfField(type: FieldType): ValueType {
  return declaredType(type === "[string]" ? ["string"] : type);
}

function declaredFields(data: Data | undefined): readonly (readonly [string, Shape])[] {
  return Object.entries(data ?? {}).map(([name, type]) => [name, declaredType(type)] as const);
}

function entriesOf(shape: Shape): readonly (readonly [string, Shape])[] {
  return "fields" in shape ? [...shape.fields] : [];
}

/** Fields by name, of which the last one with a name counts. `cart.total` is a field of the field `cart`. */
function nested(entries: readonly (readonly [string, Shape])[]): Fields {
  const inner = new Map<string, (readonly [string, Shape])[]>();
  const fields = new Map<string, Shape>();
  for (const [name, shape] of entries) {
    const dot = name.indexOf(".");
    if (dot < 0) {
      fields.set(name, shape);
      continue;
    }
    const outer = name.slice(0, dot);
    inner.set(outer, [...(inner.get(outer) ?? []), [name.slice(dot + 1), shape]]);
  }
  for (const [name, rest] of inner) fields.set(name, nested(rest));
  return { fields };
}
