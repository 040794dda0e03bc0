import type { JsonObject } from "../../core/model/json.ts";
import { isJsonArray, isJsonObject } from "../../core/model/parse-json.ts";

/** A mail that the fake took. */
export interface SendGridFakeMessage {
  /** What `X-Message-Id` says. */
  readonly id: string;
  /** The body of Mail Send v3. */
  readonly mail: JsonObject;
}

export function recipientOf(mail: JsonObject): string | null {
  const personalizations = mail["personalizations"];
  const first = isJsonArray(personalizations) ? personalizations[0] : undefined;
  const to = isJsonObject(first) ? first["to"] : undefined;
  const recipient = isJsonArray(to) ? to[0] : undefined;
  const email = isJsonObject(recipient) ? recipient["email"] : undefined;
  return typeof email === "string" ? email : null;
}

/** Of text and HTML, in the order of Mail Send. */
export function textsOf(mail: JsonObject): readonly string[] {
  const content = mail["content"];
  const parts = isJsonArray(content) ? content.filter(isJsonObject) : [];
  return parts.map(({ value }) => value).filter((value) => typeof value === "string");
}
