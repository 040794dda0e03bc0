import { normalizeEmail } from "../core/model/address.ts";
import type { Settings } from "./settings.ts";

/** Where people's answers are received, from `answers_to`; null when they go to the sender. */
export function readAnswersTo(settings: Settings, example: string): string | null {
  const text = settings.string("answers_to");
  if (text === null) return null;
  const address = normalizeEmail(text);
  if (address === null) settings.report("answers_to", `expected an address such as ${example}`);
  return address;
}
