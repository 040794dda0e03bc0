import type { Duration } from "../core/model/rulebook.ts";

/** A duration such as `15m`: one whole number above zero and one unit. Null when the text is not one. */
export function parseDuration(text: string): Duration | null {
  const match = /^([1-9][0-9]{0,5})([smhdw])$/.exec(text);
  const unit = match?.[2];
  if (match === null || !isUnit(unit)) return null;
  return { count: Number(match[1]), unit };
}

function isUnit(unit: string | undefined): unit is Duration["unit"] {
  return unit === "s" || unit === "m" || unit === "h" || unit === "d" || unit === "w";
}
