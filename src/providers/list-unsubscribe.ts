import type { OutgoingMessage } from "../core/model/outgoing.ts";

/**
 * The headers by which mail programs offer their own button to unsubscribe: RFC 2369, and RFC 8058 for a button that
 * needs no page. None for messages that are not marketing.
 */
export function listUnsubscribe({ unsubscribeUrl }: OutgoingMessage): Readonly<Record<string, string>> {
  if (unsubscribeUrl === undefined) return {};
  return { "List-Unsubscribe": `<${unsubscribeUrl}>`, "List-Unsubscribe-Post": "List-Unsubscribe=One-Click" };
}
