import { isE164, normalizeEmail } from "../../core/model/address.ts";
import { type Check, problemAt } from "../check.ts";
import type { ParsedWorkspace } from "../parsed-workspace.ts";
import type { Problem } from "../problem.ts";

/** A channel's sender that nobody can send from. */
export const impossibleSender = {
  id: "impossible-sender",
  pages: {
    HEED307: {
      what: "The `from` of a channel can be no sender.",
      why: "The provider would refuse every message. A mail comes from an address, alone or behind a name; a text message from a number with its country in front, a short code, or a name of letters and digits.",
      example: {
        in: "heed.yaml",
        bad: "channels:\n  email: { kind: email, provider: outbox, from: Acme }\n  sms: { kind: sms, provider: outbox }",
        good: 'channels:\n  email: { kind: email, provider: outbox, from: "Acme <hello@acme.example>" }\n  sms: { kind: sms, provider: outbox }',
      },
    },
  },
  run,
} as const satisfies Check;

function run({ workspace }: ParsedWorkspace): readonly Problem[] {
  if (workspace === null) return [];
  const { document, file } = workspace;
  return Object.entries(file.channels).flatMap(([name, { kind, from }]) => {
    // What the environment gives is known at the start.
    if (from === undefined || from.includes("${")) return [];
    const help = kind === "email" ? mailHelp(from) : kind === "sms" || kind === "voice" ? numberHelp(from) : null;
    if (help === null) return [];
    const message = `"${from.slice(0, 60)}" can be no sender of ${kind === "email" ? "mail" : "messages to phones"}`;
    return [problemAt(document, { code: "HEED307", path: ["channels", name, "from"], message, help })];
  });
}

/** What to write instead; null when it will do. */
function mailHelp(from: string): string | null {
  const address = /<([^<>]*)>\s*$/.exec(from)?.[1] ?? from;
  return normalizeEmail(address) === null ? 'for example "Acme <hello@acme.example>"' : null;
}

/** Only what is plainly a number is judged: names and ids of senders are the provider's to know. */
function numberHelp(from: string): string | null {
  if (!/^[+\d][\d\s().-]{6,}$|^\(\d/.test(from) || isE164(from)) return null;
  const number = from.replace(/^00/, "+").replace(/[\s().-]/g, "");
  if (/^\d{3,8}$/.test(from)) return null;
  return isE164(number) ? `write "${number}"` : 'write it with the country in front, for example "+12025550100"';
}
