import type { Json } from "../../core/model/json.ts";
import { isJsonObject, parseJson } from "../../core/model/parse-json.ts";
import { decodeText } from "../decode.ts";
import type { WebhookRequest } from "../provider.ts";
import type { Parameters } from "./sign.ts";

/** Vonage sends about fifteen. */
const maxParameters = 200;

/**
 * The parameters of a webhook of the SMS API, which an account has sent as a query string, a form or JSON. Null when they
 * can't be told, or one comes twice: it would not be known which of them was signed.
 */
export function readParameters({ method, url, headers, body }: WebhookRequest): Parameters | null {
  if (method === "GET") return ofPairs(queryOf(url));
  const text = decodeText(body);
  if (/^application\/json\b/i.test(headers["content-type"] ?? "")) return ofJson(text);
  return ofPairs(text);
}

function queryOf(url: string): string {
  const start = url.indexOf("?");
  return start === -1 ? "" : url.slice(start + 1);
}

function ofPairs(text: string): Parameters | null {
  if (hasTooMany(text)) return null;
  const parameters = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(text)) {
    if (parameters.has(name)) return null;
    parameters.set(name, value);
  }
  return parameters;
}

/** Told without parsing: a megabyte of tiny parameters takes long, and anybody can send one. */
function hasTooMany(text: string): boolean {
  let at = -1;
  for (let count = 0; count < maxParameters; count += 1) {
    at = text.indexOf("&", at + 1);
    if (at === -1) return false;
  }
  return true;
}

function ofJson(text: string): Parameters | null {
  const parsed = parseJson(text);
  if (!parsed.ok || !isJsonObject(parsed.value)) return null;
  const pairs = Object.entries(parsed.value).map(([name, value]) => [name, asText(value)] as const);
  if (pairs.length > maxParameters) return null;
  const texts = pairs.filter((pair): pair is readonly [string, string] => pair[1] !== null);
  return texts.length === pairs.length ? new Map(texts) : null;
}

function asText(value: Json): string | null {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? String(value) : null;
}
