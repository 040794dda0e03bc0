import { isAddress, isE164 } from "../../core/model/address.ts";
import type { AddressKind } from "../../core/model/identity.ts";
import { addressKindOf, reachesContact } from "../../core/model/rulebook.ts";
import { type Check, problemAt } from "../check.ts";
import { contactChannelsOf } from "../contact-channels.ts";
import { mayHavePlaceholders } from "../foreign-placeholders.ts";
import type { ParsedRule, ParsedWorkspace } from "../parsed-workspace.ts";
import type { Problem } from "../problem.ts";
import { type PlacedStep, stepsOf } from "../steps.ts";
import type { WorkspaceFile } from "../workspace-file.generated.ts";

/** A `to` without Liquid that is an address of none of the channels it is for. */
export const impossibleRecipient = {
  id: "impossible-recipient",
  pages: {
    HEED306: {
      what: "A message goes `to` a text that can be no address of its channel.",
      why: "What stands there without Liquid is taken as it is, so that every such message ends with `address.invalid`.",
      example: {
        in: "rule",
        bad: "actions:\n  - send: sms\n    to: 202-555-0143\n    text: Hello.",
        good: "actions:\n  - send: sms\n    to: '+12025550143'\n    text: Hello.",
      },
    },
  },
  run,
} as const satisfies Check;

function run({ workspace, rules }: ParsedWorkspace): readonly Problem[] {
  if (workspace === null) return [];
  // A marketing message to another address is told as such.
  return rules
    .filter(({ file }) => file.class !== "marketing")
    .flatMap((rule) => stepsOf(rule.file).flatMap((placed) => judge(rule, placed, workspace.file)));
}

function judge({ document }: ParsedRule, { step, path }: PlacedStep, workspace: WorkspaceFile): readonly Problem[] {
  if (!("send" in step) || step.to === undefined) return [];
  const { to, send } = step;
  // Of Liquid it shows when it is rendered; placeholders of other kinds have a problem of their own.
  if (to.includes("{{") || to.includes("{%") || to.includes("${") || mayHavePlaceholders(to)) return [];
  const kinds = contactChannelsOf(step, workspace).flatMap(({ channel }) =>
    reachesContact(channel.kind) ? [addressKindOf(channel.kind)] : [],
  );
  const [kind] = kinds;
  if (kind === undefined || kinds.length < (typeof send === "string" ? 1 : send.length)) return [];
  if (kinds.some((each) => isAddress(each, to))) return [];
  const message = `"${to.slice(0, 60)}" is not ${nouns[kind]}`;
  return [problemAt(document, { code: "HEED306", path: [...path, "to"], message, help: helpFor(to, kind, workspace) })];
}

const nouns: Readonly<Record<AddressKind, string>> = {
  email: "an email address",
  phone: "a phone number",
  push: "the token of a device",
};
const ownNouns: Readonly<Record<AddressKind, string>> = {
  email: "email address",
  phone: "phone number",
  push: "device",
};

function helpFor(to: string, kind: AddressKind, { channels }: WorkspaceFile): string {
  if (/^contact\.(?:email|phone|push)$/.test(to))
    return `remove \`to\`: the message goes to the contact's own ${ownNouns[kind]}`;
  if (/^(?:contact|event|trigger|lookup)\.[\w.]{1,100}$/.test(to)) return `write '{{ ${to} | default: "" }}'`;
  if (Object.hasOwn(channels, to))
    return `to speak through the channel \`${to}\`, write \`send: ${to}\` without \`to\``;
  if (kind === "email") return "for example ana@acme.example";
  if (kind === "push") return "a token has no spaces";
  const number = to.replace(/^00/, "+").replace(/[\s().-]/g, "");
  return isE164(number) ? `write "${number}"` : 'write it with the country in front, for example "+12025550143"';
}
