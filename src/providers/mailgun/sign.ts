import { hmacOf } from "../secret.ts";

/** The three values with which Mailgun signs; `timestamp` is epoch seconds. For fakes and tests. */
export function signMailgun(
  key: string,
  timestamp: number | string,
  token: string,
): { readonly timestamp: string; readonly token: string; readonly signature: string } {
  const signature = hmacOf({ algorithm: "sha256", encoding: "hex" }, key, [String(timestamp), token]);
  return { timestamp: String(timestamp), token, signature };
}
