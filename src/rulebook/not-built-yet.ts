import type { Json } from "../core/model/json.ts";
import { pathFits } from "./json-at.ts";
import type { Path } from "./problem.ts";

/**
 * What the rule language has and this version does not run. Such a key or value is refused by name, never ignored. A
 * place is a path in which `*` stands for any entry; deleting a line here goes with building the feature.
 */
const keys: Readonly<Record<FileKind, Readonly<Record<string, readonly string[]>>>> = {
  rule: {
    "": ["mode", "experiment", "rollout", "moved", "holdout", "goal", "window", "on_change"],
    "actions/*": [
      "wait_for",
      "branch",
      "set",
      "tag",
      "untag",
      "emit",
      "hold",
      "template",
      "body",
      "to",
      "provider",
      "on_failure",
    ],
    "actions/*/wait": ["until", "zone"],
  },
  workspace: {
    "": ["budgets", "limits", "self_protection", "alerts", "plugins", "lookups", "retention"],
    "channels/*": ["quiet_hours", "price"],
    consent: ["push", "voice"],
    opt_out: ["confirm"],
  },
};

const values: Readonly<Record<FileKind, Readonly<Record<string, (value: Json) => boolean>>>> = {
  rule: {
    reentry: isMap,
    "actions/*/send": Array.isArray,
    "caps/*/per": (value) => value === "rule" || value === "channel" || value === "workspace",
    "caps/*/within": isMap,
  },
  workspace: {
    "caps/*/per": (value) => value === "rule" || value === "channel" || value === "workspace",
    "caps/*/within": isMap,
    "channels/*/kind": (value) => value === "push" || value === "voice" || value === "ticket" || value === "webhook",
    "opt_out/scope": (value) => value === "all_marketing",
  },
};

export type FileKind = "rule" | "workspace";

export function isKeyNotBuiltYet(kind: FileKind, place: Path, key: string): boolean {
  return Object.entries(keys[kind]).some(([pattern, names]) => names.includes(key) && pathFits(pattern, place));
}

export function isValueNotBuiltYet(kind: FileKind, path: Path, value: Json): boolean {
  return Object.entries(values[kind]).some(([pattern, isUnbuilt]) => pathFits(pattern, path) && isUnbuilt(value));
}

/** Files of a workspace that this version does not read, by what they are for. */
export function fileNotBuiltYet(name: string): string | null {
  if (name.endsWith(".test.yaml")) return "a rule test";
  if (name.startsWith("fixtures/")) return "a fixture file";
  return name.endsWith(".liquid") || name.startsWith("templates/") ? "a shared template" : null;
}

export function notBuiltYetMessage(what: string): string {
  return `${what} is part of the rule language, but this version of Heed does not run it yet: remove it`;
}

function isMap(value: Json): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
