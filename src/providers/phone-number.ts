import { isE164 } from "../core/model/address.ts";
import type { Json } from "../core/model/json.ts";

/**
 * A person's number as vendors write it, with and without its plus, in E.164. Null for short codes and sender names: they
 * are machines, and a phone library would make a wrong number of "12345".
 */
export function readPhoneNumber(value: Json | undefined): string | null {
  const text = typeof value === "number" ? String(value) : value;
  if (typeof text !== "string") return null;
  const trimmed = text.trim();
  const phone = trimmed.startsWith("+") ? trimmed : `+${trimmed}`;
  return isE164(phone) ? phone : null;
}

/** What a message of ours is sent from: a number in E.164, else a short code or a sender name as it is. */
export function readSender(value: Json | undefined): string | null {
  const phone = readPhoneNumber(value);
  if (phone !== null) return phone;
  const text = typeof value === "number" ? String(value) : value;
  return typeof text === "string" && text.trim() !== "" ? text.trim() : null;
}
