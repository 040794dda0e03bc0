import { isList, readPath } from "../../core/model/path.ts";
import { CUT } from "../../core/model/bounded.ts";
import type { Json, JsonObject } from "../../core/model/json.ts";
import { isJsonObject } from "../../core/model/parse-json.ts";
import { quoted } from "../matcher.ts";
import { textOf } from "./text-of.ts";

/** What a step did, as its line of the account tells it; null when the line tells no more than the reason. */
export function describeStep(detail: JsonObject, when: (atMs: number) => string): string | null {
  const time = (name: string): string => {
    const at = detail[name];
    return typeof at === "number" ? when(at) : "?";
  };
  if ("waits_until" in detail) return `waits until ${time("waits_until")}`;
  if ("waits_for" in detail) return `waits for ${texts(detail["waits_for"], " or ")} until ${time("until")}`;
  if ("heard" in detail) return `hears ${textOf(readPath(detail, ["heard", "type"]))}, which it waited for`;
  if ("timed_out" in detail) return `has waited in vain until ${time("timed_out")}`;
  if ("held_until" in detail) {
    const what = "rules" in detail ? texts(detail["rules"], ", ") : `everything ${textOf(detail["class"])}`;
    return `holds ${what} of this contact until ${time("held_until")}`;
  }
  if ("emitted" in detail) return `emits ${textOf(detail["emitted"])}`;
  if ("not_emitted" in detail) return `does not emit ${textOf(detail["not_emitted"])}`;
  if ("set" in detail) return `sets ${setText(detail["set"])}`;
  if ("refused" in detail) return `cannot set ${texts(detail["refused"], ", ")}: the contact has no room for more`;
  if ("to" in detail)
    return detail["to"] === null ? "takes no way: the end" : `goes on to step ${textOf(detail["to"])}`;
  return null;
}

/** `status to "lead", score to 5`; of what was left as it was, and in lines of older versions, the names alone. */
function setText(value: Json | undefined): string {
  if (!isJsonObject(value)) return texts(value, ", ");
  const told = Object.entries(value).map(([name, to]) => (name === CUT ? CUT : `${name} to ${quoted(to)}`));
  return told.length === 0 ? "nothing" : told.join(", ");
}

function texts(value: Json | undefined, between: string): string {
  const list = isList(value) ? value.map(textOf).filter((entry) => entry !== "") : [];
  return list.length === 0 ? "nothing" : list.join(between);
}
