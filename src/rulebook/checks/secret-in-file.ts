import { isJsonArray } from "../../core/model/parse-json.ts";
import type { Check } from "../check.ts";
import { jsonAt } from "../json-at.ts";
import type { ParsedWorkspace } from "../parsed-workspace.ts";
import type { Problem } from "../problem.ts";
import { isWrittenOut, secretPatterns, secretSettings } from "../secret-settings.ts";
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
  return secretPatterns.flatMap(([what, pattern]) =>
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
