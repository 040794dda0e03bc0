import type { Settings } from "../settings.ts";
import { readWebhookKey } from "../standard-webhooks.ts";

/** Where the messages of a channel go, and what they are signed with: with each of the secrets, while they are rotated. */
export interface Target {
  readonly url: string;
  readonly secrets: readonly string[];
}

export interface WebhookSettings {
  /** Of channels without one of their own; null when there is none. */
  readonly usual: Target | null;
  readonly byChannel: ReadonlyMap<string, Target>;
  readonly allowHosts: readonly string[];
  readonly timeoutMs: number;
}

export function readWebhookSettings(settings: Settings): WebhookSettings {
  const allowHosts = settings.strings("allow_hosts");
  const secrets = readSecrets(settings);
  const url = readUrl(settings, allowHosts);
  const channels = [...settings.sections("channels")];
  if (url === null && channels.length === 0) {
    settings.report("url", "is required, or one for each channel under channels");
  }
  const byChannel = channels.map(([name, channel]): [string, Target] => {
    const own = readUrl(channel, allowHosts) ?? url;
    if (own === null) channel.report("url", "is required, since there is none for all channels");
    const ownSecrets = readSecrets(channel);
    return [name, { url: own ?? "", secrets: requireSecret(channel, ownSecrets.length > 0 ? ownSecrets : secrets) }];
  });
  return {
    usual: url === null ? null : { url, secrets: requireSecret(settings, secrets) },
    byChannel: new Map(byChannel),
    allowHosts,
    timeoutMs: settings.duration("timeout"),
  };
}

/** A whole address: receivers give tokens in the query, too. */
function readUrl(settings: Settings, allowHosts: readonly string[]): string | null {
  const text = settings.string("url");
  if (text === null) return null;
  const url = URL.canParse(text) ? new URL(text) : null;
  const allowed = url !== null && allowHosts.includes(url.hostname.replaceAll(/^\[|\]$/g, ""));
  if (url === null || !(url.protocol === "https:" || (url.protocol === "http:" && allowed))) {
    settings.report("url", "expected an address that begins with https://; http:// is for hosts in allow_hosts");
  } else if (url.username !== "" || url.password !== "") {
    settings.report("url", "expected an address without credentials: receivers know us by our signature");
  } else {
    url.hash = "";
    return url.href;
  }
  return null;
}

function readSecrets(settings: Settings): readonly string[] {
  const secrets = settings.strings("secret");
  if (!secrets.every(isSigningSecret)) {
    settings.report("secret", "expected whsec_ and base64 of 24 to 64 bytes, as openssl rand -base64 32 gives");
  }
  return secrets;
}

/** `whsec_` of HMAC or `whsk_` of ed25519, which is a seed, or a seed and its public key. */
function isSigningSecret(secret: string): boolean {
  if (secret.startsWith("whsk_")) return /^whsk_(?:[\w+/]{43}=|[\w+/]{86}==)$/.test(secret);
  const key = readWebhookKey(secret);
  return key?.kind === "v1" && key.secret.length >= 24 && key.secret.length <= 64;
}

function requireSecret(settings: Settings, secrets: readonly string[]): readonly string[] {
  if (secrets.length === 0) settings.report("secret", "is required: without a signature nobody knows who is calling");
  return secrets;
}
