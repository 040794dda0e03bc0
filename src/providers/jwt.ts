import { createHmac, sign } from "node:crypto";
import type { KeyObject } from "node:crypto";
import type { JsonObject } from "../core/model/json.ts";
import { isJsonObject, parseJson } from "../core/model/parse-json.ts";
import { isSameText } from "./secret.ts";

/** The algorithms whose key both sides know (RFC 7518 section 3.2). `none` and public keys are none of them. */
const hmacs: ReadonlyMap<string, string> = new Map([
  ["HS256", "sha256"],
  ["HS384", "sha384"],
  ["HS512", "sha512"],
]);

/**
 * The claims of a JSON Web Token in compact form (RFC 7519) that was signed with one of the secrets; null for any other.
 * What the claims say is for the caller to judge, their times too.
 */
export function verifiedClaims(token: string, secrets: readonly string[]): JsonObject | null {
  const parts = token.split(".");
  const [header = "", payload = "", signature = ""] = parts;
  if (parts.length !== 3) return null;
  const algorithm = readPart(header)?.["alg"];
  const hash = typeof algorithm === "string" ? hmacs.get(algorithm) : undefined;
  if (hash === undefined) return null;
  const isGenuine = secrets.some((secret) =>
    isSameText(signature, createHmac(hash, secret).update(`${header}.${payload}`).digest("base64url")),
  );
  return isGenuine ? readPart(payload) : null;
}

function readPart(part: string): JsonObject | null {
  const parsed = parseJson(Buffer.from(part, "base64url").toString("utf8"));
  return parsed.ok && isJsonObject(parsed.value) ? parsed.value : null;
}

/** A token signed with a secret (HS256), or with a private RSA key (RS256). */
export function signedToken(claims: JsonObject, key: string | KeyObject): string {
  const algorithm = typeof key === "string" ? "HS256" : "RS256";
  const text = [{ alg: algorithm, typ: "JWT" }, claims].map((part) => encode(JSON.stringify(part))).join(".");
  const signature =
    typeof key === "string" ? createHmac("sha256", key).update(text).digest() : sign("sha256", Buffer.from(text), key);
  return `${text}.${signature.toString("base64url")}`;
}

function encode(text: string): string {
  return Buffer.from(text, "utf8").toString("base64url");
}
