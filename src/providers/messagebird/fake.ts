import type { JsonObject } from "../../core/model/json.ts";
import { isList } from "../../core/model/path.ts";
import { isJsonObject, parseJson } from "../../core/model/parse-json.ts";
import { openReporter } from "../fake-reporter.ts";
import type { FakeReporter } from "../fake-reporter.ts";
import { startFakeServer } from "../fake-server.ts";
import type { FakeAnswer, FakeReply, FakeRequest, FakeServer } from "../fake-server.ts";
import { settingOf } from "../fake-vendor.ts";
import type { FakeVendor } from "../fake-vendor.ts";
import { messageBirdWebhooks } from "./fake-webhooks.ts";
import type { MessageBirdSent } from "./fake-webhooks.ts";

export interface MessageBirdFake extends FakeServer {
  /** Every request that came, whatever became of it. */
  readonly calls: readonly FakeRequest[];
  /** The texts it took, oldest first. */
  readonly messages: readonly MessageBirdSent[];
}

export interface MessageBirdFakeOptions {
  readonly accessKey: string;
  /** Epoch milliseconds. */
  now(): number;
  readonly port?: number;
  /** Of the first text, from which the others count on. */
  readonly firstId?: number;
  readonly reporter?: FakeReporter<MessageBirdSent>;
}

/** MessageBird and Bird on this machine, with the account that heed.yaml names. */
export const messageBirdFake: FakeVendor = {
  async start(context) {
    const { settings, clock, port } = context;
    const accessKey = settingOf(settings, ["access_key"], "key-of-the-fake");
    const key = settingOf(settings, ["webhook", "signing_key"], "signature-of-the-fake");
    const publicUrl = settingOf(settings, ["webhook", "public_url"], "https://hooks.example.com");
    const reporter = openReporter(context, messageBirdWebhooks({ key, publicUrl }));
    const firstId = clock.now() * 1_000;
    const fake = await startMessageBirdFake({ accessKey, now: () => clock.now(), port, firstId, reporter });
    return {
      settings: {
        access_key: accessKey,
        workspace_id: settingOf(settings, ["workspace_id"], "workspace-of-the-fake"),
        base_url: fake.url,
        webhook: { public_url: publicUrl, signing_key: key },
      },
      async close() {
        await Promise.all([fake.close(), reporter.close()]);
      },
    };
  },
};

/** Both APIs: create and list, with their authentication, their error bodies and scripted trouble. */
export async function startMessageBirdFake(options: MessageBirdFakeOptions): Promise<MessageBirdFake> {
  const calls: FakeRequest[] = [];
  const messages: MessageBirdSent[] = [];
  const server = await startFakeServer(
    (request, next) => {
      calls.push(request);
      const platform = platformOf(request.url.pathname);
      if (request.headers.authorization !== `AccessKey ${options.accessKey}`) return refusals[platform](401, 2);
      const { pathname } = request.url;
      if (pathname === "/balance") return { status: 200, headers: json, body: '{"payment":"prepaid","amount":9.1}' };
      if (pathname.endsWith("/channels")) return { status: 200, headers: json, body: '{"results":[]}' };
      if (request.method === "GET") return list(messages, request, platform);
      const asked = platform === "bird" ? ofBird(request) : ofClassic(request);
      return create(asked, next(asked.to), platform, () => {
        const id = (messages.length + (options.firstId ?? 1)).toString(16).padStart(32, "0");
        const message: MessageBirdSent = { ...asked, id, platform, createdAt: options.now() };
        messages.push(message);
        options.reporter?.taken(asked.to, message);
        return message;
      });
    },
    options.port,
    options.reporter,
  );
  return { ...server, calls, messages };
}

type Platform = MessageBirdSent["platform"];
type Asked = Pick<MessageBirdSent, "to" | "from" | "text" | "reference">;

function platformOf(path: string): Platform {
  return path.startsWith("/workspaces/") ? "bird" : "classic";
}

function create(
  asked: Asked,
  answer: FakeAnswer,
  platform: Platform,
  take: () => MessageBirdSent,
): FakeReply | "hang" | "reset" {
  const refused = refusals[platform];
  if (typeof answer === "object") return refused(422, answer.code);
  if (answer === "401") return refused(401, 2);
  if (answer === "429") return { status: 429, headers: { ...json, "retry-after": "2" }, body: "{}" };
  if (answer === "500") return refused(500, 99);
  if (answer === "html-200")
    return { status: 200, headers: { "content-type": "text/html" }, body: "<html>proxy</html>" };
  if (answer === "empty-200") return { status: 200 };
  if (answer === "hang") return "hang";
  if (answer === "invalid") return refused(422, 10, "recipients");
  if (asked.to === "+" || asked.text === "") return refused(422, 9, asked.text === "" ? "body" : "recipients");
  // An opt-out is found out after the message was taken.
  const body = shape(take());
  if (answer === "accept-then-hang") return "hang";
  if (answer === "accept-then-reset") return "reset";
  return { status: platform === "bird" ? 202 : 201, headers: json, body: JSON.stringify(body) };
}

const json = { "content-type": "application/json" };

const refusals: Readonly<Record<Platform, (status: number, code: number, parameter?: string) => FakeReply>> = {
  classic: (status, code, parameter = "access_key") => {
    const errors = [{ code, description: "Scripted refusal", parameter }];
    return { status, headers: json, body: JSON.stringify({ errors }) };
  },
  bird: (status) => {
    const code = status === 401 ? "Unauthenticated" : status === 500 ? "InternalServerError" : "InvalidPayload";
    return { status, headers: json, body: JSON.stringify({ code, message: "Scripted refusal" }) };
  },
};

function ofClassic({ body }: FakeRequest): Asked {
  const message = bodyOf(body);
  const { recipients } = message;
  return {
    to: `+${textOf(isList(recipients) ? recipients[0] : null)}`,
    from: textOf(message["originator"]),
    text: textOf(message["body"]),
    reference: textOf(message["reference"]),
  };
}

function ofBird({ body, url }: FakeRequest): Asked {
  const { receiver, reference, body: words } = bodyOf(body);
  const contacts = isJsonObject(receiver) ? receiver["contacts"] : undefined;
  const contact = isList(contacts) ? contacts[0] : undefined;
  const text = isJsonObject(words) ? words["text"] : undefined;
  return {
    to: isJsonObject(contact) ? textOf(contact["identifierValue"]) : "+",
    from: url.pathname.split("/")[4] ?? "",
    text: isJsonObject(text) ? textOf(text["text"]) : "",
    reference: textOf(reference),
  };
}

function bodyOf(body: string): JsonObject {
  const parsed = parseJson(body);
  return parsed.ok && isJsonObject(parsed.value) ? parsed.value : {};
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** A message as its API shows it. */
function shape({ id, platform, to, from, text, reference, createdAt }: MessageBirdSent): object {
  const at = new Date(createdAt).toISOString();
  if (platform === "bird") {
    const receiver = { contacts: [{ id: `contact-${id}`, identifierKey: "phonenumber", identifierValue: to }] };
    const body = { type: "text", text: { text } };
    return { id, channelId: from, receiver, body, reference, status: "accepted", direction: "outgoing", createdAt: at };
  }
  const recipient = { recipient: Number(to.slice(1)), status: "sent", statusDatetime: at };
  const counts = { totalCount: 1, totalSentCount: 1, totalDeliveredCount: 0, totalDeliveryFailedCount: 0 };
  const recipients = { ...counts, items: [recipient] };
  return { id, direction: "mt", type: "sms", originator: from, body: text, reference, createdDatetime: at, recipients };
}

function list(messages: readonly MessageBirdSent[], { url }: FakeRequest, platform: Platform): FakeReply {
  const limit = Number(url.searchParams.get("limit") ?? 20);
  const recipient = url.searchParams.get("recipient");
  const all = messages.filter((message) =>
    platform === "bird"
      ? message.from === url.pathname.split("/")[4]
      : recipient === null || message.to === `+${recipient}`,
  );
  const items = all.slice(0, limit).map(shape);
  const body =
    platform === "bird"
      ? { results: items, ...(all.length > limit && { nextPageToken: "next" }) }
      : { offset: 0, limit, count: items.length, totalCount: all.length, items };
  return { status: 200, headers: json, body: JSON.stringify(body) };
}
