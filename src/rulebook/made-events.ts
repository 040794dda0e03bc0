import type { TypeOf, ValueType } from "../conditions/logic/value-type.ts";
import { anything } from "../conditions/logic/value-type.ts";
import type { ChannelKind } from "../core/model/rulebook.ts";
import { ruleArgumentName } from "../providers/correlation.ts";
import type { ProviderRegistry } from "../providers/definition.ts";
import { contactChannelsOf } from "./contact-channels.ts";
import { createEventCatalogue } from "./event-catalogue.ts";
import type { ParsedRule } from "./parsed-workspace.ts";
import type { AttributeValue, Step } from "./rule-file.generated.ts";
import { fieldsOf, follow, isFields, type Shape, textOf, typeOfShape, valueType } from "./shape.ts";
import { stepTimes, type TimedStep } from "./step-times.ts";
import type { WorkspaceFile } from "./workspace-file.generated.ts";

/** An event of the contact that a step of a rule makes, with nobody else doing anything. */
export interface MadeEvent {
  readonly rule: ParsedRule;
  readonly step: TimedStep;
  readonly type: string;
  readonly data: Shape;
  /** The channel, when it is a report of a message. */
  readonly channel: string | null;
  /** Whatever has the same family starts the same rules, unless they ask which rule sent it. */
  readonly family: string;
}

/** Every event that the rules make and that is heard of. */
export function madeEvents(
  rules: readonly ParsedRule[],
  workspace: WorkspaceFile,
  providers: ProviderRegistry,
  heard: ReadonlySet<string>,
): readonly MadeEvent[] {
  const reports = createEventCatalogue({ ...workspace, events: {} }, providers, [], anything);
  return rules.flatMap((rule) =>
    stepTimes(rule.file).flatMap((step) => {
      const written = writtenBy(step.step);
      if (written !== null) {
        const family = `${rule.file.rule} ${step.path.join("/")}`;
        return heard.has(written.type) ? [{ rule, step, ...written, channel: null, family }] : [];
      }
      return contactChannelsOf(step.step, workspace).flatMap(({ name, channel: { kind, provider } }) =>
        typesReported(kind, heard).map((type): MadeEvent => {
          // What a package of others puts into its events nobody knows.
          const data = providers.has(provider) ? reports.dataOf(type) : anything;
          return { rule, step, type, data, channel: name, family: `${type} ${provider}` };
        }),
      );
    }),
  );
}

/** What a step itself says has happened. Setting an attribute says nothing. */
function writtenBy(step: Step): Pick<MadeEvent, "type" | "data"> | null {
  if ("emit" in step) return { type: step.emit.event, data: shapeOf(step.emit.data ?? {}) };
  if ("tag" in step) return { type: "contact.tagged", data: shapeOf({ tag: step.tag }) };
  return "untag" in step ? { type: "contact.untagged", data: shapeOf({ tag: step.untag }) } : null;
}

/**
 * What becomes of a message by itself. Not what the contact does with it: who clicks, answers or complains wants to be
 * heard each time. And no hard bounce of an email: it silences the address, so that there is no further message.
 */
const reportsOfKind: Readonly<Partial<Record<ChannelKind, readonly string[]>>> = {
  email: ["processed", "delivered", "deferred", "blocked", "dropped", "opened"],
  sms: ["queued", "sent", "delivered", "undelivered", "failed"],
  push: ["queued", "sent", "delivered", "opened", "dropped", "bounced", "failed"],
};

function typesReported(kind: ChannelKind, heard: ReadonlySet<string>): readonly string[] {
  return (reportsOfKind[kind] ?? []).map((word) => `${kind}.${word}`).filter((type) => heard.has(type));
}

/** What is written without Liquid is what will be there. */
export function literalOf(value: AttributeValue): string | number | boolean | null {
  if (Array.isArray(value)) return null;
  return typeof value === "string" && /\{\{|\{%/.test(value) ? null : value;
}

function shapeOf(values: Readonly<Record<string, AttributeValue>>): Shape {
  return fieldsOf(Object.fromEntries(Object.entries(values).map(([name, value]) => [name, typeOfValue(value)])));
}

function typeOfValue(value: AttributeValue): ValueType {
  const literal = literalOf(value);
  // A text in Liquid may come to nothing, and then there is no value.
  if (literal === null) return Array.isArray(value) ? valueType("texts") : textOf(null);
  const kind = typeof literal === "string" ? "text" : typeof literal === "number" ? "number" : "boolean";
  return valueType(kind, { values: [literal], optional: false });
}

const missing: ValueType = { kinds: [], values: null, optional: true };

/** The types of what a rule reads that this event starts. `others` knows what is not in the event. */
export function typesIn({ type, data, rule, channel }: MadeEvent, others: TypeOf): TypeOf {
  const inData = (path: readonly string[]): ValueType => {
    const found = follow(data, path);
    if (found.kind === "lost") return isFields(data) ? missing : anything;
    const isSender = path.length === 1 && path[0] === ruleArgumentName;
    return isSender ? textOf([rule.file.rule], { optional: false }) : typeOfShape(found.shape);
  };
  return (path) => {
    const [root, field, ...rest] = path;
    if (root === "trigger") return inData(path.slice(1));
    if (root !== "event") return others(path);
    if (field === "data") return inData(rest);
    if (field === "event_type") return textOf([type], { optional: false });
    return field === "provider" && channel === null ? textOf(["heed"], { optional: false }) : others(path);
  };
}
