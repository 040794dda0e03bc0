import { isFields, type Shape } from "./shape.ts";
import { describeType } from "./say-type.ts";
import type { EventsInSight } from "./events-in-sight.ts";

/** A path that names what nobody declared. */
export interface PathMistake {
  readonly message: string;
  /** What was written, and what may have been meant. */
  readonly word: string;
  readonly known: readonly string[];
  /** What to do when nothing near is known, with the type that its values seem to have. */
  readonly help: (type: DeclaredTypeName) => string;
}

/** As fields are declared in heed.yaml. */
export type DeclaredTypeName = "string" | "number" | "boolean" | "time";

/** The type of a field that has such values. */
export function declaredAs(value: unknown): DeclaredTypeName {
  const values: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (values.every((each) => typeof each === "number")) return "number";
  return values.every((each) => typeof each === "boolean") ? "boolean" : "string";
}

/** What to say of a path of which the part before `depth` is known, and has a shape in which the next name is not. */
export function pathMistake(path: readonly string[], depth: number, before: Shape, sight: EventsInSight): PathMistake {
  const word = path[depth] ?? "";
  const above = path.slice(0, depth).join(".");
  if (!isFields(before)) {
    return {
      message: `\`${above}\` is ${describeType(before)} and has no fields`,
      word,
      known: [],
      help: () => `write ${above}`,
    };
  }
  const known = [...before.fields.keys()];
  return { word, known, ...sentence(path, depth, known, sight) };
}

/** What every event may have beside its data. */
const envelope: ReadonlySet<string> = new Set([
  "event_id",
  "event_type",
  "occurred_at",
  "received_at",
  "message_id",
  "campaign_id",
  "conversation_id",
  "contact_id",
  "delivery_status",
]);

type Sentence = Pick<PathMistake, "message" | "help">;

function sentence(path: readonly string[], depth: number, known: readonly string[], sight: EventsInSight): Sentence {
  const word = path[depth] ?? "";
  const above = path.slice(0, depth).join(".");
  const list = known.length === 0 ? "it has none" : `known are ${known.slice(0, 20).join(", ")}`;
  switch (above) {
    case "contact":
      return {
        message: `contacts have no field \`${word}\``,
        help: (type) => `declare it in heed.yaml: contacts: { fields: { ${word}: { type: ${type} } } }`,
      };
    case "event.data":
      return inData(word, sight.event);
    case "trigger":
      if (envelope.has(word)) {
        return {
          message: "`trigger` is the data of the event that started the rule, and not the event",
          help: () => `write event.${word}`,
        };
      }
      if (word !== "data" || path.length <= depth + 1) return inData(word, sight.trigger);
      return {
        message: "`trigger` is the data of the event that started the rule already",
        help: () => `write trigger.${path.slice(depth + 1).join(".")}`,
      };
    case "event.data.traits":
    case "trigger.traits":
      return {
        message: `traits are fields of contacts, and contacts have no field \`${word}\``,
        help: (type) => `declare it in heed.yaml: contacts: { fields: { ${word}: { type: ${type} } } }`,
      };
    case "event":
      return {
        message: `an event has no field \`${word}\` of its own`,
        help: () =>
          known.includes(`event_${word}`)
            ? `write event.event_${word}`
            : `what the source said is under data: event.data.${word}`,
      };
    case "event.address":
      return { message: `an event's address has no \`${word}\``, help: () => "fields are email, phone and push" };
    case "consent":
      return { message: `\`${word}\` is no channel that reaches contacts`, help: () => list };
    case "last":
      return { message: `heed.yaml has no channel \`${word}\``, help: () => list };
    case "lookup":
      return {
        message: `heed.yaml has no look-up \`${word}\``,
        help: () => (known.length === 0 ? "declare it under lookups:" : list),
      };
    default:
      break;
  }
  if (above.startsWith("last."))
    return { message: `\`${above}\` has one field: status`, help: () => `write ${above}.status` };
  if (above.startsWith("lookup.")) {
    const help = (type: DeclaredTypeName): string =>
      `add it to the \`fields\` of the look-up in heed.yaml: ${word}: { type: ${type} }`;
    return { message: `the look-up \`${above.slice("lookup.".length)}\` declares no field \`${word}\``, help };
  }
  return { message: `\`${above}\` has no field \`${word}\``, help: () => list };
}

function inData(word: string, types: readonly string[]): Sentence {
  const [first = ""] = types;
  const help = (type: DeclaredTypeName): string =>
    `if it does, add it to heed.yaml: events: { ${quoted(first)}: { data: { ${word}: ${type} } } }`;
  if (types.length === 1) return { message: `\`${first}\` carries no \`${word}\` in its data`, help };
  return { message: `none of ${types.map((type) => `\`${type}\``).join(", ")} carries \`${word}\` in its data`, help };
}

/** An event type as it is written as a key. */
function quoted(type: string): string {
  return /^[A-Za-z][\w. -]*$/.test(type) ? type : JSON.stringify(type);
}
