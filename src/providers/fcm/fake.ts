import { createPublicKey, generateKeyPairSync, verify } from "node:crypto";
import type { JsonObject } from "../../core/model/json.ts";
import { isJsonObject, parseJson } from "../../core/model/parse-json.ts";
import { openSilentReporter } from "../fake-reporter.ts";
import {
  type FakeAnswer,
  type FakeRecipients,
  type FakeReply,
  type FakeRequest,
  type FakeServer,
  startFakeServer,
} from "../fake-server.ts";
import { type FakeVendor, settingOf } from "../fake-vendor.ts";

export interface FcmFake extends FakeServer {
  /** The messages it took, oldest first. */
  readonly messages: readonly JsonObject[];
  /** How many access tokens it gave. */
  readonly tokens: () => number;
  /** The answers to the next requests for a token; a good one when they are used up. */
  scriptTokens(...answers: readonly (401 | 503 | "hang")[]): void;
  /** No token that it gave until now is good any more. */
  expireTokens(): void;
}

export interface FcmFakeOptions {
  readonly projectId: string;
  readonly clientEmail: string;
  /** Of the service account, in PEM. */
  readonly publicKey: string;
  /** Epoch milliseconds. */
  now(): number;
  readonly port?: number;
  readonly recipients?: FakeRecipients;
}

/** With a key of its own, of which Google would have the other half. */
export const fcmFake: FakeVendor = {
  async start(context) {
    const { settings, clock, port } = context;
    const projectId = settingOf(settings, ["project_id"], "project-of-the-fake");
    const clientEmail = settingOf(settings, ["client_email"], "heed@project-of-the-fake.example");
    const { publicKey, privateKey } = generateKeyPairSync("rsa", {
      modulusLength: 2_048,
      publicKeyEncoding: { type: "spki", format: "pem" },
      privateKeyEncoding: { type: "pkcs8", format: "pem" },
    });
    const recipients = openSilentReporter(context);
    const now = (): number => clock.now();
    const fake = await startFcmFake({ projectId, clientEmail, publicKey, now, port, recipients });
    const account = { project_id: projectId, client_email: clientEmail, private_key: privateKey };
    return {
      settings: {
        service_account: JSON.stringify(account),
        ...account,
        token_url: `${fake.url}/token`,
        base_url: fake.url,
      },
      async close() {
        await Promise.all([fake.close(), recipients.close()]);
      },
    };
  },
};

/** FCM's HTTP v1 API and Google's token endpoint, with their signatures, error bodies and scripted trouble. */
export async function startFcmFake(options: FcmFakeOptions): Promise<FcmFake> {
  const messages: JsonObject[] = [];
  const scripted: (401 | 503 | "hang")[] = [];
  let given = 0;
  let oldest = 1;
  const token = (request: FakeRequest): FakeReply | "hang" => {
    const scriptedAnswer = scripted.shift();
    if (scriptedAnswer === "hang") return "hang";
    if (scriptedAnswer === 503) return json(503, {});
    const assertion = new URLSearchParams(request.body).get("assertion") ?? "";
    if (scriptedAnswer === 401 || !isGenuine(assertion, options)) {
      return json(400, { error: "invalid_grant", error_description: "Invalid JWT Signature." });
    }
    given += 1;
    return json(200, { access_token: `token-${given}`, expires_in: 3_599, token_type: "Bearer" });
  };
  const server = await startFakeServer(
    (request, next) => {
      if (request.url.pathname === "/token") return token(request);
      const number = Number(/^Bearer token-(\d+)$/.exec(request.headers.authorization ?? "")?.[1] ?? 0);
      if (number < oldest || number > given) return refusal(401, "UNAUTHENTICATED", null);
      if (request.url.pathname !== `/v1/projects/${options.projectId}/messages:send`)
        return refusal(404, "NOT_FOUND", null);
      const parsed = parseJson(request.body);
      const message = parsed.ok && isJsonObject(parsed.value) ? parsed.value["message"] : undefined;
      if (!isJsonObject(message) || typeof message["token"] !== "string") return refusal(400, "INVALID_ARGUMENT", null);
      return create(next(message["token"]), () => messages.push(message));
    },
    options.port,
    options.recipients,
  );
  return {
    ...server,
    messages,
    tokens: () => given,
    scriptTokens: (...answers) => void scripted.push(...answers),
    expireTokens: () => void (oldest = given + 1),
  };
}

function isGenuine(assertion: string, options: FcmFakeOptions): boolean {
  const [head = "", body = "", signature = ""] = assertion.split(".");
  const key = createPublicKey(options.publicKey);
  if (!verify("RSA-SHA256", Buffer.from(`${head}.${body}`), key, Buffer.from(signature, "base64url"))) return false;
  const parsed = parseJson(Buffer.from(body, "base64url").toString("utf8"));
  if (!parsed.ok || !isJsonObject(parsed.value)) return false;
  const { iss, aud, exp, iat, scope } = parsed.value;
  const now = Math.floor(options.now() / 1_000);
  return (
    iss === options.clientEmail &&
    typeof aud === "string" &&
    aud.endsWith("/token") &&
    scope === "https://www.googleapis.com/auth/firebase.messaging" &&
    Number(iat) <= now + 60 &&
    Number(exp) > now &&
    Number(exp) - Number(iat) <= 3_600
  );
}

/** FCM's own codes by the status they come with. */
const codes: Readonly<Record<number, string>> = {
  400: "INVALID_ARGUMENT",
  403: "SENDER_ID_MISMATCH",
  404: "UNREGISTERED",
};

function create(answer: FakeAnswer, take: () => number): FakeReply | "hang" | "reset" {
  if (typeof answer === "object") return refusal(answer.code, "FAILED", codes[answer.code] ?? null);
  if (answer === "invalid") return refusal(404, "NOT_FOUND", "UNREGISTERED");
  if (answer === "401") return refusal(401, "UNAUTHENTICATED", "THIRD_PARTY_AUTH_ERROR");
  if (answer === "429") return refusal(429, "RESOURCE_EXHAUSTED", "QUOTA_EXCEEDED", { "retry-after": "2" });
  if (answer === "500") return refusal(500, "INTERNAL", "INTERNAL");
  if (answer === "html-200")
    return { status: 200, headers: { "content-type": "text/html" }, body: "<html>proxy</html>" };
  if (answer === "empty-200") return { status: 200 };
  if (answer === "hang") return "hang";
  const count = take();
  if (answer === "accept-then-hang") return "hang";
  if (answer === "accept-then-reset") return "reset";
  return json(200, { name: `projects/acme-app/messages/0:${1_500_415_314_455_276 + count}%31bd1c9631bd1c96` });
}

function refusal(
  status: number,
  word: string,
  code: string | null,
  headers: Readonly<Record<string, string>> = {},
): FakeReply {
  const type = "type.googleapis.com/google.firebase.fcm.v1.FcmError";
  const details = code === null ? [] : [{ "@type": type, errorCode: code }];
  const reply = json(status, { error: { code: status, message: "Scripted refusal", status: word, details } });
  return { ...reply, headers: { ...reply.headers, ...headers } };
}

function json(status: number, body: JsonObject): FakeReply {
  return { status, headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
}
