import type { OutgoingMessage } from "../../core/model/outgoing.ts";
import { contactArgumentName, intentArgumentName, ruleArgumentName } from "../correlation.ts";

/** SES lets a tag have letters, digits, dashes and underscores, up to 256 of them. */
const maxTagLength = 256;
const plainTag = /^[A-Za-z0-9_-]+$/;

/** Our ids as tags of a message. A contact's id may have any characters, so it travels as base64url. */
export function tagsOf(message: OutgoingMessage): readonly { readonly Name: string; readonly Value: string }[] {
  const contact = message.contactId === null ? "" : Buffer.from(message.contactId, "utf8").toString("base64url");
  return [
    { Name: intentArgumentName, Value: message.intentId },
    { Name: ruleArgumentName, Value: message.ruleId },
    { Name: contactArgumentName, Value: contact },
  ].filter(({ Value }) => Value.length <= maxTagLength && plainTag.test(Value));
}

export function contactOfTag(tag: string): string {
  return Buffer.from(tag, "base64url").toString("utf8");
}
