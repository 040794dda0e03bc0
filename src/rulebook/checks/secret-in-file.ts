import type { Json } from "../../core/model/json.ts";
import { isJsonArray, isJsonObject } from "../../core/model/parse-json.ts";
import type { Check } from "../check.ts";
import { jsonAt } from "../json-at.ts";
import type { ParsedWorkspace } from "../parsed-workspace.ts";
import type { Path, Problem } from "../problem.ts";
import { problemIn, rangeAt, type SourceFile } from "../source-file.ts";

/** A key, token or password in a file of the workspace, comments included. Files are in git, and git forgets nothing. */
export const secretInFile = {
  id: "secret-in-file",
  pages: {
    HEED401: {
      what: "A file contains what looks like a key, a token or a password.",
      why: "Files are in git, and git forgets nothing: replace the secret, even if you remove it here. Secrets are named as `${NAME}` in heed.yaml and set where Heed runs.",
      example: {
        in: "rule",
        bad: "description: See https://bot:hunter2@wiki.example.com/leads.",
        good: "description: See https://wiki.example.com/leads.",
      },
      waivable: true,
    },
  },
  run,
} as const satisfies Check;

const patterns: readonly (readonly [what: string, pattern: RegExp])[] = [
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

/** The paths of all that is secret by its name, below a path. */
function secretSettings(value: Json, path: Path = []): readonly Path[] {
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

/** Not from the environment, and not made from the contact. */
function isWrittenOut(value: Json): boolean {
  return typeof value === "string" && !/\$\{[^}]+\}|\{\{/.test(value);
}

function run({ sources, workspace }: ParsedWorkspace): readonly Problem[] {
  const found = sources.flatMap(inText);
  if (workspace === null) return found;
  const { document } = workspace;
  const literal = secretSettings(document.data).flatMap((path) => {
    const value = jsonAt(document.data, path);
    const texts = isJsonArray(value) ? value : [value ?? null];
    if (!texts.some(isWrittenOut)) return [];
    const range = document.rangeOf(path, "value");
    const known = found.some(
      (other) => other.file === document.source.name && other.range.start.line === range.start.line,
    );
    return known
      ? []
      : [secret(document.source, `\`${path.slice(2).join(".")}\` is a secret`, range.start.offset, range.end.offset)];
  });
  return [...found, ...literal];
}

function inText(source: SourceFile): readonly Problem[] {
  return patterns.flatMap(([what, pattern]) =>
    [...source.text.matchAll(pattern)].map((match) =>
      secret(source, `this looks like ${what}`, match.index, match.index + match[0].length),
    ),
  );
}

function secret(source: SourceFile, message: string, start: number, end: number): Problem {
  const help =
    "write ${NAME} in heed.yaml and set the variable where Heed runs; replace the secret, since it was written down";
  return problemIn(source, { code: "HEED401", message, help, range: rangeAt(source, start, end), secret: true });
}
