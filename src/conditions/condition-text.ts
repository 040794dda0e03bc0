import type { JsonObject } from "../core/model/json.ts";
import { isJsonObject } from "../core/model/parse-json.ts";
import { isList } from "../core/model/path.ts";

/** A lowered condition in a line: `event.data.total gte 50 and not (event.data.plan is "free")`. */
export function conditionText(tree: JsonObject): string {
  const { not, all, any } = tree;
  if (isJsonObject(not)) return `not (${conditionText(not)})`;
  if (isList(all)) return listText(all.filter(isJsonObject), " and ");
  if (isList(any)) return listText(any.filter(isJsonObject), " or ");
  const text = (name: string): string => (typeof tree[name] === "string" ? tree[name] : "");
  const path = text("path") === "" ? text("fact") : `${text("fact")}.${text("path")}`;
  return `${path} ${text("operator")} ${JSON.stringify(tree["value"])}`;
}

function listText(parts: readonly JsonObject[], between: string): string {
  const texts = parts.map((part) => {
    const inner = part["any"] ?? part["all"];
    return parts.length > 1 && isList(inner) && inner.length > 1 ? `(${conditionText(part)})` : conditionText(part);
  });
  return texts.join(between);
}
