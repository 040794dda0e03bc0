import { openReporter } from "../fake-reporter.ts";
import type { FakeReporter } from "../fake-reporter.ts";
import { startFakeServer } from "../fake-server.ts";
import type { FakeAnswer, FakeReply, FakeRequest, FakeServer } from "../fake-server.ts";
import { settingOf } from "../fake-vendor.ts";
import type { FakeVendor } from "../fake-vendor.ts";
import { vonageWebhooks } from "./fake-webhooks.ts";
import type { VonageSent } from "./fake-webhooks.ts";
import { signatureMethods } from "./sign.ts";

export interface VonageFake extends FakeServer {
  /** Every request that came, whatever became of it. */
  readonly calls: readonly FakeRequest[];
  /** The texts it took, oldest first. */
  readonly messages: readonly VonageSent[];
}

export interface VonageFakeOptions {
  readonly apiKey: string;
  readonly apiSecret: string;
  /** Besides key and secret, which authorization is right. */
  readonly isToken?: (token: string) => boolean;
  readonly port?: number;
  /** Of the first text, from which the others count on. */
  readonly firstId?: number;
  readonly reporter?: FakeReporter<VonageSent>;
}

/** Vonage on this machine, with the account that heed.yaml names. */
export const vonageFake: FakeVendor = {
  async start(context) {
    const { settings, clock, port } = context;
    const apiKey = settingOf(settings, ["api_key"], "abcd1234");
    const apiSecret = settingOf(settings, ["api_secret"], "secret-of-the-fake");
    const secret = settingOf(settings, ["webhook", "signature_secret"], "signature-of-the-fake");
    const given = settingOf(settings, ["webhook", "signature_method"], "md5hash");
    const method = signatureMethods.find((name) => name === given) ?? "md5hash";
    const reporter = openReporter(context, vonageWebhooks({ secret, method }));
    const firstId = clock.now() * 1_000;
    const fake = await startVonageFake({ apiKey, apiSecret, isToken: () => true, port, firstId, reporter });
    return {
      settings: {
        api_key: apiKey,
        api_secret: apiSecret,
        base_url: fake.url,
        webhook: { signature_secret: secret, signature_method: method },
      },
      async close() {
        await Promise.all([fake.close(), reporter.close()]);
      },
    };
  },
};

/** What one create looks like in each of Vonage's APIs. */
interface Create {
  readonly to: string;
  readonly from: string;
  readonly text: string;
  readonly reference: string | null;
  /** The code for a number that nobody has. */
  readonly invalid: number;
  accepted(id: string): FakeReply;
  refused(code: number): FakeReply;
}

/** Vonage's SMS API and Messages API: creates, with their authentication, their error bodies and scripted trouble. */
export async function startVonageFake(options: VonageFakeOptions): Promise<VonageFake> {
  const calls: FakeRequest[] = [];
  const messages: VonageSent[] = [];
  const server = await startFakeServer(
    (request, next) => {
      calls.push(request);
      const { pathname } = request.url;
      if (request.method === "GET" && pathname === "/account/get-balance") {
        if (!isAuthorized(request, options)) return { status: 401, headers: json, body: '{"error-code":"401"}' };
        return { status: 200, headers: json, body: '{"value":10.28,"autoReload":false}' };
      }
      if (request.method !== "POST" || (pathname !== "/sms/json" && pathname !== "/v1/messages"))
        return { status: 404 };
      const create = pathname === "/sms/json" ? ofSms(request) : ofMessages(request);
      if (!isAuthorized(request, options)) return create.refused(pathname === "/sms/json" ? 4 : 401);
      return answerTo(create, next(`+${create.to}`), () => {
        const number = messages.length + (options.firstId ?? 1);
        const id = number.toString(16).toUpperCase().padStart(16, "0");
        const { to, from, text, reference } = create;
        const message = { id, to, from, text, reference, api: pathname === "/sms/json" ? "sms" : "messages" } as const;
        messages.push(message);
        options.reporter?.taken(`+${to}`, message);
        return create.accepted(id);
      });
    },
    options.port,
    options.reporter,
  );
  return { ...server, calls, messages };
}

function isAuthorized({ headers, url }: FakeRequest, { apiKey, apiSecret, isToken }: VonageFakeOptions): boolean {
  const [scheme = "", token = ""] = (headers.authorization ?? "").split(" ");
  if (scheme === "Bearer") return url.pathname === "/v1/messages" && isToken?.(token) === true;
  return scheme === "Basic" && token === Buffer.from(`${apiKey}:${apiSecret}`).toString("base64");
}

function answerTo(create: Create, answer: FakeAnswer, take: () => FakeReply): FakeReply | "hang" | "reset" {
  if (typeof answer === "object") return create.refused(answer.code);
  if (answer === "401") return { status: 401, headers: json, body: JSON.stringify({ title: "Unauthorized" }) };
  if (answer === "429") return { status: 429, headers: { ...json, "retry-after": "2" }, body: "{}" };
  if (answer === "500") return { status: 500, headers: json, body: JSON.stringify({ title: "Internal Server Error" }) };
  if (answer === "html-200")
    return { status: 200, headers: { "content-type": "text/html" }, body: "<html>proxy</html>" };
  if (answer === "empty-200") return { status: 200 };
  if (answer === "hang") return "hang";
  if (answer === "invalid") return create.refused(create.invalid);
  if (create.to === "" || create.text === "") return create.refused(2);
  // An opt-out is found out after the message was taken.
  const reply = take();
  if (answer === "accept-then-hang") return "hang";
  if (answer === "accept-then-reset") return "reset";
  return reply;
}

const json = { "content-type": "application/json" };

/** The SMS API answers 200 to everything that it understood. */
function ofSms({ body }: FakeRequest): Create {
  const parameters = new URLSearchParams(body);
  const to = parameters.get("to") ?? "";
  const answer = (message: object): FakeReply => ({
    status: 200,
    headers: json,
    body: JSON.stringify({ "message-count": "1", messages: [message] }),
  });
  return {
    to,
    from: parameters.get("from") ?? "",
    text: parameters.get("text") ?? "",
    reference: parameters.get("client-ref"),
    invalid: 33,
    accepted: (id) => {
      const price = { "remaining-balance": "15.53590000", "message-price": "0.03330000", network: "310090" };
      return answer({ to, "message-id": id, status: "0", ...price });
    },
    refused: (code) => answer({ to, status: String(code), "error-text": "Scripted refusal" }),
  };
}

function ofMessages({ body }: FakeRequest): Create {
  const message: unknown = body === "" ? {} : JSON.parse(body);
  const field = (name: string): string => {
    const value: unknown = typeof message === "object" && message !== null ? Reflect.get(message, name) : null;
    return typeof value === "string" ? value : "";
  };
  return {
    to: field("to"),
    from: field("from"),
    text: field("text"),
    reference: field("client_ref"),
    invalid: 1170,
    accepted: (id) => ({ status: 202, headers: json, body: JSON.stringify({ message_uuid: id }) }),
    refused: (code) => ({
      status: code === 401 ? 401 : 422,
      headers: json,
      body: JSON.stringify({
        type: `https://developer.vonage.com/api-errors/messages#${code}`,
        title: String(code),
        detail: "Scripted refusal",
        instance: "bf0ca0bf-927b-44ad-9b97-00000000000a",
      }),
    }),
  };
}
