import type { TypeOf, ValueType } from "../conditions/logic/value-type.ts";
import { anything } from "../conditions/logic/value-type.ts";
import { messageStatuses, statusOfEvent } from "../core/model/message-state.ts";
import { reachesContact } from "../core/model/rulebook.ts";
import type { ProviderRegistry } from "../providers/definition.ts";
import { statusesOf } from "./built-in-events.ts";
import { createEventCatalogue, emitsOf, type EventCatalogue } from "./event-catalogue.ts";
import type { EventsInSight } from "./events-in-sight.ts";
import type { ParsedWorkspace } from "./parsed-workspace.ts";
import { type PathMistake, pathMistake } from "./path-mistake.ts";
import {
  declaredType,
  type Fields,
  fieldsOf,
  follow,
  oneOf,
  type Shape,
  textOf,
  typeOfShape,
  valueType,
} from "./shape.ts";
import type { Emit } from "./rule-file.generated.ts";
import type { SourceFile } from "./source-file.ts";
import { unreadRules } from "./tested-rules.ts";
import type { ContactField, LookUpField, WorkspaceFile } from "./workspace-file.generated.ts";

export type PathType =
  | { readonly kind: "known"; readonly type: ValueType }
  | { readonly kind: "unknown"; readonly mistake: PathMistake };

/** The types of everything that the rules of a workspace may read. */
export interface PathTypes {
  readonly events: EventCatalogue;
  of(path: readonly string[], sight: EventsInSight): PathType;
  /** The same for what is judged as a whole: a path that is not known may be anything. */
  typeOf(sight: EventsInSight): TypeOf;
}

interface Made {
  readonly types: PathTypes;
  /** What rules put into their own events, and the files that could not be read, when they were made. */
  readonly emits: string;
  readonly unread: readonly SourceFile[];
}

const made = new WeakMap<WorkspaceFile, Made>();

/**
 * The types of a workspace, null while heed.yaml cannot be read. The same object as before as long as nothing that
 * types come from has changed, so that what was found out by them stays known.
 */
export function pathTypesOf(parsed: ParsedWorkspace): PathTypes | null {
  if (parsed.workspace === null) return null;
  const { file } = parsed.workspace;
  const emitted = emitsOf(parsed.rules);
  const emits = JSON.stringify(emitted);
  const unread = unreadRules(parsed);
  const known = made.get(file);
  const same = unread.length === known?.unread.length && unread.every((each) => known.unread.includes(each));
  if (known?.emits === emits && same) return known.types;
  const types = createPathTypes(file, parsed.providers.registry, emitted, unread);
  made.set(file, { types, emits, unread });
  return types;
}

const required = { optional: false } as const;
const text = textOf(null);

/** Contact fields that every workspace has. */
const ownContactFields: Readonly<Record<string, Shape>> = {
  id: text,
  email: text,
  phone: text,
  push: text,
  time_zone: textOf(null, required),
  tags: valueType("texts", required),
};

function createPathTypes(
  workspace: WorkspaceFile,
  providers: ProviderRegistry,
  emits: readonly Emit[],
  unread: readonly SourceFile[],
): PathTypes {
  const contact = fieldsOf({
    ...ownContactFields,
    preferred_channel: textOf(channelsToContacts(workspace)),
    ...declaredFields(workspace.contacts?.fields ?? {}),
  });
  const events = createEventCatalogue(workspace, providers, emits, contact, unread);
  const roots: Readonly<Record<string, Shape>> = {
    contact,
    ...channelRoots(workspace),
    message: fieldsOf({ status: textOf(messageStatuses) }),
    rule: fieldsOf({ id: textOf(null, required), description: text, owner: text, class: textOf(null, required) }),
    lookup: lookupRoot(workspace),
    now: valueType("time", required),
  };
  const dataOf = remembering((types) => oneOf(types.map((type) => events.dataOf(type))));
  const eventOf = remembering((types) => eventShape(types, dataOf(types)));

  const shapeOfRoot = (root: string, sight: EventsInSight): Shape => {
    if (root === "event") return eventOf(sight.event);
    if (root === "trigger") return dataOf(sight.trigger);
    return Object.hasOwn(roots, root) ? (roots[root] ?? anything) : anything;
  };
  const of = (path: readonly string[], sight: EventsInSight): PathType => {
    const [root = "", ...rest] = path;
    const followed = follow(shapeOfRoot(root, sight), rest);
    if (followed.kind === "found") return { kind: "known", type: typeOfShape(followed.shape) };
    return { kind: "unknown", mistake: pathMistake(path, followed.depth + 1, followed.before, sight) };
  };
  return {
    events,
    of,
    typeOf: (sight) => (path) => {
      const found = of(path, sight);
      return found.kind === "known" ? found.type : anything;
    },
  };
}

/** States that a message has for Heed, before a provider says what became of it. */
const intentStates: readonly string[] = [
  "queued",
  "deferred",
  "calling",
  "unknown",
  "accepted",
  "rejected",
  "failed",
  "refused",
];

/** The names of channels that speak to contacts, in the order of heed.yaml. */
export function channelsToContacts({ channels }: Pick<WorkspaceFile, "channels">): readonly string[] {
  return Object.entries(channels).flatMap(([name, { kind }]) => (reachesContact(kind) ? [name] : []));
}

function channelRoots({ channels, events = {} }: WorkspaceFile): Readonly<Record<string, Shape>> {
  const states = textOf(["granted", "denied", "unknown"], required);
  const toContacts = channelsToContacts({ channels });
  return {
    consent: fieldsOf(Object.fromEntries(toContacts.map((name) => [name, states]))),
    last: fieldsOf(
      Object.fromEntries(
        Object.entries(channels).map(([name, { kind }]) => {
          const reported = [...statusesOf(kind), ...Object.keys(events).flatMap((type) => statusOf(type, kind) ?? [])];
          return [name, fieldsOf({ status: textOf([...new Set([...reported, ...intentStates])]) })];
        }),
      ),
    ),
  };
}

/** The status that a declared event reports of messages of a kind. */
function statusOf(type: string, kind: string): string | null {
  return type.startsWith(`${kind}.`) ? statusOfEvent(type) : null;
}

function lookupRoot({ lookups }: WorkspaceFile): Fields {
  return fieldsOf(
    Object.fromEntries(
      Object.entries(lookups ?? {}).map(([name, { fields }]) => [
        name,
        fields === undefined ? anything : fieldsOf(declaredFields(fields)),
      ]),
    ),
  );
}

function declaredFields(fields: Readonly<Record<string, ContactField | LookUpField>>): Readonly<Record<string, Shape>> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, field]) => {
      const optional = !("required" in field && field.required);
      return [name, declaredType(field.type, { values: field.enum ?? null, optional })];
    }),
  );
}

/** The envelope of an event of one of these types (`schemas/event.schema.json`), with its data. */
function eventShape(types: readonly string[], data: Shape): Fields {
  const always = textOf(null, required);
  const time = valueType("time", required);
  return fieldsOf({
    schema_version: valueType("integer", { values: [1], optional: false }),
    event_id: always,
    event_type: textOf(types.length === 0 ? null : types, required),
    occurred_at: time,
    received_at: time,
    provider: always,
    channel: text,
    contact_id: text,
    conversation_id: text,
    message_id: text,
    campaign_id: text,
    delivery_status: text,
    address: fieldsOf({ email: text, phone: text, push: text }),
    data,
  });
}

function remembering(make: (types: readonly string[]) => Shape): (types: readonly string[]) => Shape {
  const made = new Map<string, Shape>();
  return (types) => {
    const key = types.join("\n");
    const shape = made.get(key) ?? make(types);
    made.set(key, shape);
    return shape;
  };
}
