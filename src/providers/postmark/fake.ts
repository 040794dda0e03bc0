import type { JsonObject } from "../../core/model/json.ts";
import { isJsonObject, parseJson } from "../../core/model/parse-json.ts";
import { openReporter } from "../fake-reporter.ts";
import type { FakeReporter } from "../fake-reporter.ts";
import { startFakeServer } from "../fake-server.ts";
import type { FakeAnswer, FakeReply, FakeServer } from "../fake-server.ts";
import { settingOf } from "../fake-vendor.ts";
import type { FakeVendor } from "../fake-vendor.ts";
import { answerList } from "./fake-lists.ts";
import { guidOf, postmarkWebhooks } from "./fake-webhooks.ts";
import type { PostmarkFakeMessage } from "./fake-webhooks.ts";

export interface PostmarkFake extends FakeServer {
  /** Every request that came, whatever became of it. */
  readonly calls: readonly PostmarkFakeCall[];
  /** The mails it took, oldest first. */
  readonly messages: readonly PostmarkFakeMessage[];
}

export interface PostmarkFakeCall {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly body: JsonObject | null;
}

export interface PostmarkFakeOptions {
  readonly serverToken: string;
  /** Epoch milliseconds. */
  now(): number;
  readonly port?: number;
  /** Of the first mail, from which the others count on. */
  readonly firstId?: number;
  readonly reporter?: FakeReporter<PostmarkFakeMessage>;
  /** What happened, as webhooks tell it, oldest first; the lists are made of it. */
  readonly records?: JsonObject[];
  /** Mails that Postmark took before. */
  readonly messages?: PostmarkFakeMessage[];
}

/** Postmark on this machine. */
export const postmarkFake: FakeVendor = {
  async start(context) {
    const { settings, clock, port } = context;
    const serverToken = settingOf(settings, ["server_token"], "token-of-the-fake");
    const header = settingOf(settings, ["webhook", "header"], "");
    const secret = settingOf(settings, ["webhook", "secret"], "secret-of-the-fake");
    const username = settingOf(settings, ["webhook", "username"], "postmark");
    const password = settingOf(settings, ["webhook", "password"], "password-of-the-fake");
    const basic = Buffer.from(`${username}:${password}`).toString("base64");
    const records: JsonObject[] = [];
    const reporter = openReporter(
      context,
      postmarkWebhooks(header === "" ? { authorization: `Basic ${basic}` } : { [header]: secret }, (record) =>
        records.push(record),
      ),
    );
    const now = () => clock.now();
    const fake = await startPostmarkFake({ serverToken, now, port, firstId: now() * 1_000, reporter, records });
    return {
      settings: {
        server_token: serverToken,
        base_url: fake.url,
        webhook: header === "" ? { username, password } : { header, secret },
      },
      async close() {
        await Promise.all([fake.close(), reporter.close()]);
      },
    };
  },
};

/** Postmark's email and messages APIs, with their authentication, their error bodies and scripted trouble. */
export async function startPostmarkFake(options: PostmarkFakeOptions): Promise<PostmarkFake> {
  const calls: PostmarkFakeCall[] = [];
  const messages = options.messages ?? [];
  const records = options.records ?? [];

  const take = (mail: JsonObject): PostmarkFakeMessage => {
    const id = guidOf(String(messages.length + (options.firstId ?? 1)));
    const message = { id, takenAt: options.now(), mail };
    messages.push(message);
    options.reporter?.taken(recipientOf(mail), message);
    return message;
  };

  const server = await startFakeServer(
    ({ method, url, headers, body }, next) => {
      const parsed = parseJson(body);
      const mail = parsed.ok && isJsonObject(parsed.value) ? parsed.value : null;
      calls.push({ method, path: url.pathname, query: Object.fromEntries(url.searchParams), body: mail });
      if (headers["x-postmark-server-token"] !== options.serverToken) return unauthorized;
      if (method === "GET" && url.pathname === "/server")
        return { status: 200, headers: json, body: JSON.stringify({ DeliveryType: "Live" }) };
      if (method === "GET")
        return answerList({ messages, records }, url) ?? refusal(422, 701, "This message was not found.");
      if (url.pathname !== "/email" || method !== "POST") return refusal(404, 0, "Not found");
      if (mail === null) return refusal(422, 402, "Invalid JSON");
      return create(mail, next(recipientOf(mail)), () => take(mail));
    },
    options.port,
    options.reporter,
  );
  return { ...server, calls, messages };
}

function recipientOf(mail: JsonObject): string | null {
  return typeof mail["To"] === "string" ? mail["To"] : null;
}

function create(mail: JsonObject, answer: FakeAnswer, take: () => PostmarkFakeMessage): FakeReply | "hang" | "reset" {
  if (typeof answer === "object") return scripted(answer.code);
  if (answer === "401") return unauthorized;
  if (answer === "429") {
    return { ...refusal(429, 429, "Rate limit exceeded"), headers: { ...json, "retry-after": "2" } };
  }
  if (answer === "500") return refusal(500, 0, "Internal Server Error");
  if (answer === "html-200") {
    return { status: 200, headers: { "content-type": "text/html" }, body: "<html>proxy</html>" };
  }
  if (answer === "empty-200") return { status: 200 };
  if (answer === "hang") return "hang";
  const to = recipientOf(mail) ?? "";
  if (answer === "opted-out") return refusal(422, 406, inactive(to));
  if (answer === "invalid" || !to.includes("@")) {
    return refusal(422, 300, `Error parsing 'To': Illegal email address '${to}'. It must contain the '@' symbol.`);
  }
  if (mail["TextBody"] === undefined && mail["HtmlBody"] === undefined) {
    return refusal(422, 300, "Provide either email TextBody or HtmlBody or both.");
  }
  const { id, takenAt } = take();
  if (answer === "accept-then-hang") return "hang";
  if (answer === "accept-then-reset") return "reset";
  const body = { To: to, SubmittedAt: new Date(takenAt).toISOString(), MessageID: id, ErrorCode: 0, Message: "OK" };
  return { status: 200, headers: json, body: JSON.stringify(body) };
}

/** Statuses that stand for no code of Postmark's; everything else is one. */
const statuses: ReadonlySet<number> = new Set([302, 404, 408, 502, 503, 504]);

function scripted(code: number): FakeReply {
  return statuses.has(code) ? refusal(code, 0, "Scripted refusal") : refusal(422, code, "Scripted refusal");
}

function inactive(to: string): string {
  return `You tried to send to recipient(s) that have been marked as inactive. Found inactive addresses: ${to}. Inactive recipients are ones that have generated a hard bounce, a spam complaint, or a manual suppression.`;
}

const json = { "content-type": "application/json" };
const unauthorized = refusal(401, 10, "Request does not contain a valid Server token.");

function refusal(status: number, code: number, message: string): FakeReply {
  return { status, headers: json, body: JSON.stringify({ ErrorCode: code, Message: message }) };
}
