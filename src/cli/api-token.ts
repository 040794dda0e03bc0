import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** The bearer token of the API, and the file it is kept in when Heed made it. */
export interface ApiToken {
  readonly token: string;
  readonly file: string | null;
}

/** The token of the environment, else the one made at an earlier start, else a new one, readable by its owner alone. */
export function apiToken(fromEnvironment: string | null, dataDirectory: string): ApiToken {
  if (fromEnvironment !== null) return { token: fromEnvironment, file: null };
  const file = join(dataDirectory, "api-token");
  const kept = readKept(file);
  if (kept !== null) return { token: kept, file };
  const token = randomBytes(24).toString("base64url");
  mkdirSync(dataDirectory, { recursive: true, mode: 0o700 });
  // Whole or not at all: a start that was cut off must not leave an empty token behind.
  writeFileSync(`${file}.new`, `${token}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
  return { token, file };
}

function readKept(file: string): string | null {
  try {
    const token = readFileSync(file, "utf8").trim();
    return token === "" ? null : token;
  } catch {
    return null;
  }
}
