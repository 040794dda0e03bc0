import { isTimeZone } from "../../core/time/instant.ts";
import { type Check, problemAt } from "../check.ts";
import type { ParsedWorkspace } from "../parsed-workspace.ts";
import type { Path, Problem } from "../problem.ts";
import type { AttributeValue } from "../rule-file.generated.ts";
import type { SourceDocument } from "../source-file.ts";
import { stepsOf } from "../steps.ts";
import { didYouMean } from "../suggest.ts";
import { channelsToContacts } from "../type-of-path.ts";
import type { ContactField } from "../workspace-file.generated.ts";

/** An attribute that is not a rule's to set, or that takes another type of value. */
export const setAttribute = {
  id: "set-attribute",
  pages: {
    HEED218: {
      what: "A `set` step writes what a rule cannot set.",
      why: "Who a contact is, what it can be reached at and its tags are not attributes: tags have `tag` and `untag`, the rest comes with events.",
      example: {
        in: "rule",
        bad: "actions:\n  - set: { contact.tags: customer }\n  - send: sms\n    text: Hello.",
        good: "actions:\n  - tag: customer\n  - send: sms\n    text: Hello.",
      },
    },
    HEED219: {
      what: "A `set` step writes a value that the attribute's type or list of values does not have.",
      why: "Conditions on it would compare values of different types, and never hold.",
      example: {
        in: "rule",
        bad: "actions:\n  - set: { contact.status: 5 }\n  - send: sms\n    text: Hello.",
        good: "actions:\n  - set: { contact.status: customer }\n  - send: sms\n    text: Hello.",
      },
    },
  },
  run,
} as const satisfies Check;

const byEvents = "addresses come with events, such as contact.identified";
const notAttributes: ReadonlyMap<string, string> = new Map([
  ["id", "who a contact is comes with its events"],
  ["email", byEvents],
  ["phone", byEvents],
  ["push", byEvents],
  ["tags", "use tag: and untag:"],
]);

function run({ workspace, rules }: ParsedWorkspace): readonly Problem[] {
  if (workspace === null) return [];
  const fields = workspace.file.contacts?.fields ?? {};
  const channels = channelsToContacts(workspace.file);
  return rules.flatMap(({ document, file }) =>
    stepsOf(file).flatMap(({ step, path }) =>
      "set" in step
        ? Object.entries(step.set).flatMap(([name, value]) =>
            judge(document, [...path, "set", name], name.slice("contact.".length), value, { fields, channels }),
          )
        : [],
    ),
  );
}

interface Known {
  readonly fields: Readonly<Record<string, ContactField>>;
  /** Through which contacts can be reached. */
  readonly channels: readonly string[];
}

function judge(
  document: SourceDocument,
  path: Path,
  name: string,
  value: AttributeValue,
  { fields, channels }: Known,
): readonly Problem[] {
  const reserved = notAttributes.get(name);
  if (reserved !== undefined) {
    const message = `\`contact.${name}\` can't be set by a rule`;
    return [problemAt(document, { code: "HEED218", path, part: "key", message, help: reserved })];
  }
  if (typeof value === "string" && !/\{[{%]/.test(value)) {
    const misread = misreadText(name, value, channels);
    if (misread !== null) return [problemAt(document, { code: "HEED219", path, ...misread })];
  }
  const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
  // A field that nobody declared is reported where all names are.
  if (field === undefined) return [];
  const mistake = valueMistake(field, value);
  if (mistake === null) return [];
  const help = typeof value === "string" ? didYouMean(value, (field.enum ?? []).map(String)) : null;
  const message = `\`contact.${name}\` ${mistake}`;
  return [problemAt(document, { code: "HEED219", path, message, ...(help !== null && { help }) })];
}

/** A text that is written down letter by letter, and says something to nobody. */
function misreadText(name: string, value: string, channels: readonly string[]): Misread | null {
  if (/^(?:contact|event|trigger|lookup)(?:\.[A-Za-z_][\w-]*)+$/.test(value)) {
    const message = `\`contact.${name}\` would be the words "${value}", and not what they name`;
    return { message, help: `write "{{ ${value} | default: '…' }}" with the words to use when it is missing` };
  }
  if (name === "preferred_channel" && !channels.includes(value)) {
    const message = `\`${value}\` is no channel that reaches contacts`;
    return { message, help: didYouMean(value, channels) ?? `known are ${channels.join(", ")}` };
  }
  if (name === "time_zone" && !isTimeZone(value)) {
    const message = `\`${value}\` is not a time zone`;
    return { message, help: "write an IANA name, such as America/New_York or Europe/Berlin" };
  }
  return null;
}

interface Misread {
  readonly message: string;
  readonly help: string;
}

/** A text with Liquid in it is only known when it is rendered. */
function valueMistake({ type, enum: values }: ContactField, value: AttributeValue): string | null {
  if (typeof value === "string" && /\{[{%]/.test(value)) return null;
  if (values !== undefined) {
    const known = Array.isArray(value) || !values.includes(value);
    return known ? `takes ${values.map(String).join(", ")}` : null;
  }
  if (Array.isArray(type)) return Array.isArray(value) ? null : "takes a list of texts";
  switch (type) {
    case "string":
      return typeof value === "string" ? null : `takes a text: write "${String(value)}"`;
    case "number":
      return typeof value === "number" ? null : "takes a number";
    case "integer":
      return typeof value === "number" && Number.isInteger(value) ? null : "takes a whole number";
    case "boolean":
      return typeof value === "boolean" ? null : "takes true or false";
    case "time":
      return typeof value === "string" && !Number.isNaN(Date.parse(value))
        ? null
        : "takes a time, such as 2026-03-01T09:00:00Z";
  }
}
