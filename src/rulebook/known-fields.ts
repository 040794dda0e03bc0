import type { WorkspaceFile } from "./workspace-file.generated.ts";

/** The fields of an event beside what is under `data`. */
const envelope: readonly string[] = [
  "schema_version",
  "event_id",
  "event_type",
  "occurred_at",
  "received_at",
  "provider",
  "channel",
  "contact_id",
  "conversation_id",
  "message_id",
  "campaign_id",
  "delivery_status",
  "address",
  "data",
];
const ownContactFields: readonly string[] = ["id", "email", "phone", "time_zone", "tags"];

interface Mistake {
  readonly message: string;
  readonly word: string;
  readonly known: readonly string[];
  readonly help: string;
}

/** What is wrong with the names in a path such as `["contact", "plan"]`, or null. What is under `data` is free. */
export function pathMistake(path: readonly string[], workspace: WorkspaceFile): Mistake | null {
  const [root = "", field, inner] = path;
  if (field === undefined) return null;
  const known = knownFields(root, workspace);
  if (known !== null && !known.includes(field)) return unknownField(root, field, known);
  if (root === "last" && inner !== "status")
    return {
      message: `\`last.${field}\` has one field: status`,
      word: inner ?? "",
      known: ["status"],
      help: `write last.${field}.status`,
    };
  if (root === "event" && field === "address" && inner !== undefined && inner !== "email" && inner !== "phone") {
    return {
      message: `an event's address has no \`${inner}\``,
      word: inner,
      known: ["email", "phone"],
      help: "fields are email and phone",
    };
  }
  return null;
}

function knownFields(root: string, workspace: WorkspaceFile): readonly string[] | null {
  switch (root) {
    case "contact":
      return [...ownContactFields, ...Object.keys(workspace.contacts?.fields ?? {})];
    case "event":
      return envelope;
    case "consent":
      return Object.entries(workspace.channels)
        .filter(([, { kind }]) => kind !== "slack")
        .map(([name]) => name);
    case "last":
      return Object.keys(workspace.channels);
    case "message":
      return ["status"];
    case "rule":
      return ["id", "description", "owner", "class"];
    default:
      return null;
  }
}

function unknownField(root: string, field: string, known: readonly string[]): Mistake {
  const messages: Readonly<Record<string, string>> = {
    contact: `contacts have no field \`${field}\``,
    event: `an event has no field \`${field}\` of its own`,
    consent: `\`${field}\` is no channel that reaches contacts`,
    last: `heed.yaml has no channel \`${field}\``,
  };
  const helps: Readonly<Record<string, string>> = {
    contact: `declare it in heed.yaml: contacts: { fields: { ${field}: { type: string } } }`,
    event: `what the source said is under data: event.data.${field}`,
  };
  return {
    message: messages[root] ?? `\`${root}\` has no field \`${field}\``,
    word: field,
    known,
    help: helps[root] ?? `known are ${known.join(", ")}`,
  };
}
