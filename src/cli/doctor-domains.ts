import { Resolver } from "node:dns/promises";
import { isJsonObject } from "../core/model/parse-json.ts";
import { checkWorkspace } from "../rulebook/check-workspace.ts";
import { substitute } from "../rulebook/environment.ts";
import { jsonAt } from "../rulebook/json-at.ts";
import { loadWorkspace } from "../rulebook/load-workspace.ts";
import type { Finding } from "./doctor-finding.ts";

/** The TXT records of a name, none when there are none. Rejects with the resolver's error when nobody could be asked. */
export type ResolveTxt = (name: string) => Promise<readonly (readonly string[])[]>;

export interface DomainsAsked {
  readonly resolveTxt: ResolveTxt;
  /** Names of DKIM keys beside those that the vendors use. */
  readonly selectors: readonly string[];
}

/** What vendors tell to write into the DNS. Their keys have these names, where they are the same for all customers. */
const VENDORS: Readonly<Record<string, { readonly spf: string; readonly selectors: readonly string[] }>> = {
  sendgrid: { spf: "include:sendgrid.net", selectors: ["s1", "s2"] },
  mailgun: {
    spf: "include:mailgun.org",
    selectors: ["pdk1", "pdk2", "k1", "mx", "smtp", "pic", "mailo", "email", "s1"],
  },
  postmark: { spf: "include:spf.mtasv.net", selectors: [] },
  ses: { spf: "include:amazonses.com", selectors: [] },
};

/** Whether mailboxes can see that mail of the domains that we send from is ours: SPF, DKIM and DMARC. */
export async function examineDomains(
  directory: string,
  env: NodeJS.ProcessEnv,
  asked: DomainsAsked,
): Promise<readonly Finding[]> {
  const { parsed } = checkWorkspace(loadWorkspace(directory), null);
  const channels = substitute(
    jsonAt(parsed.workspace?.document.data ?? null, ["channels"]) ?? null,
    (name) => env[name],
  );
  const senders = new Map<string, Sender>();
  for (const channel of isJsonObject(channels) ? Object.values(channels) : []) {
    if (!isJsonObject(channel) || channel["kind"] !== "email") continue;
    const { from, provider } = channel;
    const domain =
      typeof from === "string" ? /@([a-z0-9.-]+\.[a-z0-9-]+)>?\s*$/i.exec(from)?.[1]?.toLowerCase() : undefined;
    // The outbox sends nothing.
    if (domain === undefined || typeof provider !== "string" || provider === "outbox") continue;
    senders.set(`${provider} ${domain}`, { domain, provider });
  }
  const found = await Promise.all([...senders.values()].map((sender) => examineSender(sender, asked)));
  return found.flat();
}

interface Sender {
  readonly domain: string;
  readonly provider: string;
}

async function examineSender(sender: Sender, asked: DomainsAsked): Promise<readonly Finding[]> {
  try {
    return await Promise.all([spf(sender, asked), dkim(sender, asked), dmarc(sender, asked)]);
  } catch (fault) {
    const says = `the DNS could not be asked: ${codeOf(fault) ?? "no answer"}`;
    return [{ mark: "doubt", about: `domain ${sender.domain}`, says, help: "try again; --offline does without" }];
  }
}

async function spf({ domain, provider }: Sender, { resolveTxt }: DomainsAsked): Promise<Finding> {
  const about = `SPF of ${domain}`;
  const records = (await textsAt(domain, resolveTxt)).filter((text) => /^v=spf1(?: |$)/i.test(text));
  const vendor = VENDORS[provider]?.spf;
  const [record, second] = records;
  if (record === undefined) {
    const words = `v=spf1 ${vendor ?? "a mx"} ~all`;
    const says = "there is none: mailboxes cannot see who may send for it";
    return { mark: "doubt", about, says, help: `add the record ${domain} TXT "${words}"` };
  }
  if (second !== undefined) {
    const says = `there are ${records.length}, and mailboxes then take none for valid`;
    return { mark: "doubt", about, says, help: "join them to one TXT record that begins with v=spf1" };
  }
  if (/(?:^| )\+?all(?: |$)/i.test(record)) {
    return { mark: "doubt", about, says: "lets everybody send for it", help: "let its record end with ~all" };
  }
  const isNamed = vendor === undefined || record.toLowerCase().includes(vendor);
  const besides = `there, without ${vendor ?? ""}: right only where ${provider} has a return path of its own below ${domain}`;
  return { mark: "good", about, says: isNamed ? "there" : besides };
}

async function dkim({ domain, provider }: Sender, { resolveTxt, selectors }: DomainsAsked): Promise<Finding> {
  const about = `DKIM of ${domain}`;
  const names = [...new Set([...selectors, ...(VENDORS[provider]?.selectors ?? [])])];
  if (names.length === 0) {
    const says = `not looked at: ${provider} gives each customer's key a name of its own; --dkim-selector <name> looks`;
    return { mark: "good", about, says };
  }
  const keys = await Promise.all(
    names.map(async (name) => {
      const texts = await textsAt(`${name}._domainkey.${domain}`, resolveTxt);
      return texts.some((text) => /(?:^|;)\s*p=[A-Za-z0-9+/]/.test(text)) ? [name] : [];
    }),
  );
  const there = keys.flat();
  if (there.length > 0) return { mark: "good", about, says: `a key under ${there.join(", ")}` };
  const [first = ""] = names;
  return {
    mark: "doubt",
    about,
    says: `there is no key under ${names.join(", ")}: mailboxes cannot see that nobody changed our mail`,
    help: `let ${provider}'s console make it for ${domain} and add what it shows, such as ${first}._domainkey.${domain}; --dkim-selector <name> looks under another`,
  };
}

/** A domain's own policy, or that of the one above it. */
async function dmarc({ domain }: Sender, { resolveTxt }: DomainsAsked): Promise<Finding> {
  const about = `DMARC of ${domain}`;
  const labels = domain.split(".");
  const above = labels.slice(0, -1).map((_, index) => labels.slice(index).join("."));
  for (const name of above) {
    const record = (await textsAt(`_dmarc.${name}`, resolveTxt)).find((text) => /^v=DMARC1\s*;/i.test(text));
    if (record === undefined) continue;
    const policy = /;\s*p=(\w+)/i.exec(record)?.[1] ?? "none";
    return { mark: "good", about, says: `there${name === domain ? "" : `, at ${name}`}: p=${policy}` };
  }
  return {
    mark: "doubt",
    about,
    says: "there is none: large mailboxes refuse mail in bulk from such domains",
    help: `add the record _dmarc.${domain} TXT "v=DMARC1; p=none; rua=mailto:dmarc@${domain}"`,
  };
}

async function textsAt(name: string, resolveTxt: ResolveTxt): Promise<readonly string[]> {
  try {
    // A long record comes in pieces.
    return (await resolveTxt(name)).map((pieces) => pieces.join(""));
  } catch (fault) {
    if (codeOf(fault) === "ENOTFOUND" || codeOf(fault) === "ENODATA") return [];
    throw fault;
  }
}

function codeOf(fault: unknown): string | null {
  return fault instanceof Error && "code" in fault && typeof fault.code === "string" ? fault.code : null;
}

const ANSWER_MS = 3_000;

/** Asks the name servers of this machine. */
export function resolveTxtHere(): ResolveTxt {
  const resolver = new Resolver({ timeout: ANSWER_MS, tries: 2 });
  return (name) => resolver.resolveTxt(name);
}
