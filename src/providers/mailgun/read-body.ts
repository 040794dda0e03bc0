import type { JsonObject } from "../../core/model/json.ts";
import { isHostileKey, isJsonObject, parseJson } from "../../core/model/parse-json.ts";
import { decodeText } from "../decode.ts";
import { fieldText, parseMultipart } from "../multipart.ts";
import type { WebhookRequest } from "../provider.ts";

/** What Mailgun posts: its webhooks are JSON; its routes are forms, of several parts when something is attached. */
export type MailgunBody =
  | { readonly kind: "event"; readonly body: JsonObject }
  | { readonly kind: "mail"; readonly fields: MailgunFields; readonly files: readonly string[] };

/** The first value of each field. A Map, because names come from a stranger. */
export type MailgunFields = ReadonlyMap<string, string>;

export const contentTypes: readonly string[] = [
  "application/json",
  "application/x-www-form-urlencoded",
  "multipart/form-data",
];

/** A route sends about twenty-five, and one for each attachment. */
const maxFields = 1_000;
const ampersand = 0x26;

/** Null when it is none of these. Its sender is not known yet, because the signature is inside. Never throws. */
export function readMailgunBody({ headers, body }: Pick<WebhookRequest, "headers" | "body">): MailgunBody | null {
  const contentType = headers["content-type"] ?? "";
  if (/^\s*multipart\/form-data/i.test(contentType)) return readMultipart(contentType, body);
  if (/^\s*application\/x-www-form-urlencoded/i.test(contentType)) return readUrlencoded(body);
  const parsed = parseJson(decodeText(body));
  return parsed.ok && isJsonObject(parsed.value) ? { kind: "event", body: parsed.value } : null;
}

function readMultipart(contentType: string, body: Uint8Array): MailgunBody | null {
  const form = parseMultipart(contentType, body);
  if ("malformed" in form) return null;
  const fields = new Map<string, string>();
  for (const name of form.fields.keys()) {
    if (!isHostileKey(name)) fields.set(name, fieldText(form, name) ?? "");
  }
  return { kind: "mail", fields, files: form.files.map(({ name }) => name) };
}

/** Counted before it is parsed: sorting out a megabyte of tiny fields takes long enough to be an attack. */
function readUrlencoded(body: Uint8Array): MailgunBody | null {
  let count = 1;
  for (let at = body.indexOf(ampersand); at !== -1; at = body.indexOf(ampersand, at + 1)) {
    count += 1;
    if (count > maxFields) return null;
  }
  const fields = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(decodeText(body))) {
    if (!isHostileKey(name) && !fields.has(name)) fields.set(name, value);
  }
  return { kind: "mail", fields, files: [] };
}
