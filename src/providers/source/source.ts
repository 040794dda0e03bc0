import type { Json, JsonObject } from "../../core/model/json.ts";
import type { Configuration, ProviderDefinition } from "../definition.ts";
import type { Verification, WebhookRequest } from "../provider.ts";
import { basicOf, bearerOf, type Hmac, hmacOf, verifyHmac, verifyShared } from "../secret.ts";
import { newestSecret, type SignRequest } from "../signed-request.ts";
import { readSettings, type Settings } from "../settings.ts";
import { defaultToleranceMs, readWebhookKeys, rehearsedHeaders, verifyStandardWebhook } from "../standard-webhooks.ts";
import { type Mapping, readMapping } from "./mapping.ts";
import { normalizeSource } from "./normalize.ts";

/** A webhook that `sources:` of heed.yaml describes. What it needs of a vendor's folder is there: only its name is free. */
export function sourceDefinition(name: string): ProviderDefinition {
  return {
    name,
    title: name,
    capabilities: { kinds: [], idempotencyKey: false, lookup: false },
    sign: (settings, body, now) => signSource(name, settings, body, now),
    configure(raw: Json): Configuration {
      const { value: source, problems } = readSettings(raw, readSource);
      if (problems.length > 0) return { ok: false, problems };
      return {
        ok: true,
        create: async ({ readPhone }) => ({
          name,
          inbound: {
            contentTypes: ["application/json", "application/x-www-form-urlencoded"],
            verify: source.verify,
            normalize: (request, now) => normalizeSource(request, { name, ...source, readPhone }, now),
          },
          outbound: null,
        }),
      };
    },
  };
}

type Verify = (request: WebhookRequest, now: number) => Verification;

interface Source {
  readonly verify: Verify;
  readonly signsIds: boolean;
  readonly mapping: Mapping;
}

function readSource(settings: Settings): Source {
  const auth = settings.required("auth");
  const verify = readAuth(settings, auth);
  return { verify, signsIds: auth === "standard_webhooks", mapping: readMapping(settings) };
}

/** Reads what each kind of proof needs, and refuses what it has no use for, since that was meant otherwise. */
function readAuth(settings: Settings, auth: string): Verify {
  const secrets = settings.strings("secret");
  if (secrets.length === 0) settings.report("secret", "is required: what both sides know");
  switch (auth) {
    case "hmac_sha256": {
      const header = requiredHeader(settings);
      const kind: Hmac = { algorithm: "sha256", encoding: settings.string("encoding") === "base64" ? "base64" : "hex" };
      return ({ headers, body }) => verifyHmac(kind, headers[header]?.replace(/^sha256=/i, ""), secrets, [body]);
    }
    case "header": {
      const header = requiredHeader(settings);
      return ({ headers }) => verifyShared(headers[header], secrets);
    }
    case "basic":
      if (secrets.some((secret) => !secret.includes(":"))) settings.report("secret", "expected `user:password`");
      return (request) => verifyShared(basicOf(request), secrets);
    case "standard_webhooks": {
      const keys = readWebhookKeys(settings, "secret");
      const toleranceMs = settings.duration("tolerance", defaultToleranceMs);
      return (request, now) => verifyStandardWebhook(request, { keys, toleranceMs }, now);
    }
    case "bearer":
      return (request) => verifyShared(bearerOf(request), secrets);
  }
  settings.report("auth", "expected hmac_sha256, bearer, basic, header or standard_webhooks");
  return () => ({ ok: false, reason: "signature_invalid" });
}

function requiredHeader(settings: Settings): string {
  const header = settings.string("header");
  if (header === null) settings.report("header", "is required: the header in which the signature or the secret comes");
  return (header ?? "").toLowerCase();
}

/** JSON, or a form when it does not look like JSON, proven as `auth` says. */
function signSource(name: string, ...[settings, body, now]: Parameters<SignRequest>): ReturnType<SignRequest> {
  const secret = newestSecret(settings, "secret");
  if (secret === null) return null;
  const type = /^\s*[[{]/.test(body) ? "application/json" : "application/x-www-form-urlencoded";
  const proof = proofOf(settings, secret, body, now);
  return proof === null ? null : { path: `/webhooks/${name}`, headers: { ...proof, "content-type": type }, body };
}

function proofOf(
  settings: JsonObject,
  secret: string,
  body: string,
  now: number,
): Readonly<Record<string, string>> | null {
  const { auth, encoding, header } = settings;
  const named = typeof header === "string" ? header : "";
  switch (auth) {
    case "hmac_sha256": {
      const kind: Hmac = { algorithm: "sha256", encoding: encoding === "base64" ? "base64" : "hex" };
      return { [named]: hmacOf(kind, secret, [body]) };
    }
    case "header":
      return { [named]: secret };
    case "basic":
      return { authorization: `Basic ${Buffer.from(secret).toString("base64")}` };
    case "standard_webhooks":
      return rehearsedHeaders(body, now, secret);
    default:
      return { authorization: `Bearer ${secret}` };
  }
}
