import { either, type Extent, extentBetween, extentOf } from "../templates/extent.ts";
import { type Measured, missing, present } from "../templates/filter-extents.ts";
import { assumed } from "../templates/measure-template.ts";
import type { RuleFile } from "./rule-file.generated.ts";
import type { DataType, WorkspaceFile } from "./workspace-file.generated.ts";

interface Declared {
  readonly type: DataType;
  readonly enum?: readonly (string | number | boolean)[];
}

/** How long the values can be that a text of this rule reads. What is not declared is null. */
export function valueExtents(workspace: WorkspaceFile, rule: RuleFile): (path: readonly string[]) => Measured | null {
  return ([root = "", ...path]) => {
    switch (root) {
      case "now":
        return time;
      case "rule":
        return ofRule(rule, path);
      case "contact":
        return ofContact(workspace, path);
      case "trigger":
        return ofTriggerData(workspace, rule, path);
      case "event":
        return path[0] === "data" ? ofTriggerData(workspace, rule, path.slice(1)) : ofEnvelope(rule, path);
      case "lookup":
        return ofDeclared(own(own(workspace.lookups, path[0])?.fields, path[1]));
      default:
        return null;
    }
  };
}

const time: Measured = { ...present(extentBetween(20, assumed.time, "plain")), time: true };

function ofRule(
  { rule, class: kind, owner = "", description = "" }: RuleFile,
  [field = ""]: readonly string[],
): Measured | null {
  const text = new Map([
    ["id", rule],
    ["class", kind],
    ["owner", owner],
    ["description", description],
  ]).get(field);
  if (text === undefined) return null;
  return text === "" ? missing(extentOf("")) : present(extentOf(text));
}

/** What every contact has or may have, beside what heed.yaml declares. */
const contactFields: ReadonlyMap<string, Measured> = new Map([
  ["id", missing(extentBetween(1, assumed.string, "plain"))],
  ["email", missing(extentBetween(3, assumed.string, "plain"))],
  ["phone", missing(extentBetween(8, 16, "plain"))],
  ["push", missing(extentBetween(1, assumed.string, "plain"))],
  ["time_zone", present(extentBetween(3, 32, "plain"))],
  ["tags", missing(extentBetween(1, assumed.list, "any"))],
]);

function ofContact({ contacts }: WorkspaceFile, [field = ""]: readonly string[]): Measured | null {
  const declared = own(contacts?.fields, field);
  if (declared === undefined) return contactFields.get(field) ?? null;
  const value = ofDeclared(declared);
  return value !== null && declared.required === true ? { ...value, optional: false } : value;
}

/** The payload, of whichever event starts the rule. */
function ofTriggerData(
  { events = {} }: WorkspaceFile,
  rule: RuleFile,
  [field = ""]: readonly string[],
): Measured | null {
  const values = triggersOf(rule).map((type) => {
    const declared = own(own(events, type)?.data, field);
    return ofDeclared(declared === undefined ? undefined : { type: declared });
  });
  const known = values.filter((value) => value !== null);
  if (known.length < values.length || known.length === 0) return null;
  return {
    extent: either(known.map(({ extent }) => extent)),
    optional: true,
    ...(known.every((value) => value.time === true) && { time: true as const }),
  };
}

function ofEnvelope(rule: RuleFile, [field = ""]: readonly string[]): Measured | null {
  if (field === "event_type") return present(either(triggersOf(rule).map(extentOf)));
  if (field === "occurred_at" || field === "received_at") return time;
  return field === "provider" || field === "event_id" ? present(extentBetween(1, assumed.string, "plain")) : null;
}

/** What a file says by this name, which may be one that every object has. */
function own<T>(map: Readonly<Record<string, T>> | undefined, name = ""): T | undefined {
  return map !== undefined && Object.hasOwn(map, name) ? map[name] : undefined;
}

function triggersOf({ trigger: { event } }: RuleFile): readonly string[] {
  return typeof event === "string" ? [event] : event;
}

function ofDeclared(declared: Declared | undefined): Measured | null {
  if (declared === undefined) return null;
  if (declared.enum !== undefined && declared.enum.length > 0) {
    return missing(either(declared.enum.map((value) => extentOf(String(value)))));
  }
  if (declared.type === "time") return { ...missing(extentBetween(10, assumed.time, "plain")), time: true };
  return missing(extentOfType(declared.type));
}

function extentOfType(type: DataType): Extent {
  if (type === "number" || type === "integer") return extentBetween(1, assumed.number, "plain");
  if (type === "boolean") return extentBetween(4, 5, "plain");
  return extentBetween(1, type === "string" ? assumed.string : assumed.list, "any");
}
