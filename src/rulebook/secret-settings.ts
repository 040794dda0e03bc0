import type { Json } from "../core/model/json.ts";
import { isJsonArray, isJsonObject } from "../core/model/parse-json.ts";
import type { Path } from "./problem.ts";

/** What gives itself away as a secret, wherever it stands. */
export const secretPatterns: readonly (readonly [what: string, pattern: RegExp])[] = [
  ["a SendGrid API key", /\bSG\.[\w-]{16,64}\.[\w-]{16,64}/g],
  ["a Twilio account SID", /\bAC[0-9a-f]{32}\b/g],
  ["a Twilio API key", /\bSK[0-9a-f]{32}\b/g],
  ["a Stripe key", /\b[rs]k_(?:live|test)_\w{10,}/g],
  ["a Slack token", /\bxox[abeoprs]-[\w-]{10,}/g],
  ["a Slack webhook", /hooks\.slack\.com\/services\/\w+\/\w+\/\w+/g],
  ["a signing secret of webhooks", /\bwhs(?:ec|k)_[\w+/]{24,}/g],
  ["an AWS access key", /\bAKIA[0-9A-Z]{16}\b/g],
  ["a GitHub token", /\bgh[opsur]_\w{30,}/g],
  ["a private key", /-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----/g],
  ["a password in a URL", /\b[a-z][a-z0-9+.-]{1,15}:\/\/[^\s:@/]{1,80}:(?!\$\{)[^\s@/]{1,80}@/g],
];

/** Settings that are secret whatever they look like, told by their names: `api_key`, `auth_tokens`, `bearer`. */
const SECRET_NAME = /(?:^|[_-])(?:secret|token|password|key|bearer)s?$/i;
/** Headers are named by others: `Authorization`, `X-Api-Key`. */
const SECRET_HEADER = /authorization|cookie|(?:^|-)(?:auth|secret|token|password|key)$/i;
/** Where names are the author's own: fields of contacts, of events and of answers. */
const AUTHORS_OWN = /^(?:contacts|events|sources\/[^/]*\/events|lookups\/[^/]*\/fields)$/;

/** The paths of all that is secret by its name in heed.yaml, below a path. */
export function secretSettings(value: Json, path: Path = []): readonly Path[] {
  if (AUTHORS_OWN.test(path.join("/"))) return [];
  if (isJsonArray(value)) return value.flatMap((entry, index) => secretSettings(entry, [...path, index]));
  if (!isJsonObject(value)) return [];
  const secretName = path.at(-1) === "headers" ? SECRET_HEADER : SECRET_NAME;
  return Object.entries(value).flatMap(([name, inner]) => {
    const here = [...path, name];
    const isSecret = secretName.test(name) && !name.startsWith("public") && !isJsonObject(inner);
    return isSecret ? [here] : secretSettings(inner, here);
  });
}

/** Whether a text neither comes from the environment nor is made from the contact. */
export function isWrittenOut(value: Json): boolean {
  return typeof value === "string" && !/\$\{[^}]+\}|\{\{/.test(value);
}
