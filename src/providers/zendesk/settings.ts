import type { Settings } from "../settings.ts";

export interface ZendeskSettings {
  /** `https://acme.zendesk.com`, or where it is said to be. */
  readonly baseUrl: string;
  /** Of `Authorization`. */
  readonly authorization: string;
  /** As Zendesk's tickets have them; null leaves them to Zendesk. */
  readonly priority: string | null;
  readonly type: string | null;
  readonly tags: readonly string[];
  readonly timeoutMs: number;
}

const priorities = ["low", "normal", "high", "urgent"];
const types = ["problem", "incident", "question", "task"];

export function readZendeskSettings(settings: Settings): ZendeskSettings {
  const subdomain = settings.required("subdomain");
  if (subdomain !== "" && !/^[a-z0-9][a-z0-9-]{0,62}$/i.test(subdomain)) {
    settings.report("subdomain", "expected the first part of the address only: acme of acme.zendesk.com");
  }
  return {
    baseUrl: settings.url("base_url") ?? `https://${subdomain}.zendesk.com`,
    authorization: readAuthorization(settings),
    priority: oneOf(settings, "priority", priorities),
    type: oneOf(settings, "type", types),
    tags: readTags(settings),
    timeoutMs: settings.duration("timeout"),
  };
}

/** An API token with the agent's email, or a token of OAuth. */
function readAuthorization(settings: Settings): string {
  const oauth = settings.string("oauth_token");
  const [email, token] = [settings.string("email"), settings.string("api_token")];
  if (oauth !== null) {
    if (email !== null || token !== null) {
      settings.report("oauth_token", "expected either this or email and api_token, found both");
    }
    return `Bearer ${oauth}`;
  }
  if (email === null) settings.report("email", "is required: the agent whose api_token it is");
  if (token === null) settings.report("api_token", "is required, or oauth_token instead");
  return `Basic ${Buffer.from(`${email}/token:${token}`, "utf8").toString("base64")}`;
}

function oneOf(settings: Settings, key: string, allowed: readonly string[]): string | null {
  const value = settings.string(key);
  if (value === null || allowed.includes(value)) return value;
  settings.report(key, `expected one of ${allowed.join(", ")}`);
  return null;
}

function readTags(settings: Settings): readonly string[] {
  const tags = settings.strings("tags");
  if (tags.some((tag) => /[\s,]/.test(tag))) settings.report("tags", "expected tags without spaces and commas");
  return tags;
}
