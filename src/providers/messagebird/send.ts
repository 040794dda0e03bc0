import type { Json, JsonObject } from "../../core/model/json.ts";
import { isList } from "../../core/model/path.ts";
import { isJsonObject, parseJson } from "../../core/model/parse-json.ts";
import type { Reconciliation, SendOutcome } from "../provider.ts";
import { retryAfterMs } from "../retry-after.ts";
import type { Text, TextApi } from "../text-sender.ts";
import type { HttpAnswer } from "../vendor-http.ts";
import type { VendorCodes } from "../vendor-codes.ts";
import { outcomeOfRefusal } from "./codes.ts";
import type { MessageBirdSettings } from "./settings.ts";

export const classicHost = "https://rest.messagebird.com";
export const birdHost = "https://api.bird.com";
/** Messages that a reconciliation looks at. */
const listed = 100;

export function headersOf({ accessKey }: MessageBirdSettings): Readonly<Record<string, string>> {
  return { authorization: `AccessKey ${accessKey}`, "content-type": "application/json" };
}

/** MessageBird as it was. Without a reference of ours it would send no reports. */
export function classicApi(settings: MessageBirdSettings): TextApi {
  const headers = headersOf(settings);
  const url = `${settings.baseUrl ?? classicHost}/messages`;
  const reportUrl = settings.webhook === null ? null : `${settings.webhook.publicUrl}/webhooks/messagebird`;
  return {
    create({ to, from, text, intentId }) {
      const message = {
        recipients: [to.slice(1)],
        originator: from.replace(/^\+/, ""),
        body: text,
        datacoding: "auto",
        reference: intentId,
        ...(reportUrl !== null && { reportUrl }),
      };
      return { method: "POST", url, headers, body: JSON.stringify(message) };
    },
    outcome: (answer, now) => outcomeOf(answer, 201, settings.codes, now),
    lookup: {
      request: ({ to }) => ({
        method: "GET",
        url: `${url}?recipient=${to.slice(1)}&limit=${listed}&offset=0`,
        headers,
      }),
      find: (answer, text) => {
        const { items, totalCount } = bodyOf(answer) ?? {};
        return findIn(items, text, (found) => typeof totalCount === "number" && found >= totalCount);
      },
    },
  };
}

/** Bird as it is: a text is sent by a channel of a workspace, which is what `from` names. */
export function birdApi(settings: MessageBirdSettings): TextApi {
  const headers = headersOf(settings);
  const messages = (channel: string) =>
    `${settings.baseUrl ?? birdHost}/workspaces/${encodeURIComponent(settings.workspaceId)}/channels/${encodeURIComponent(channel)}/messages`;
  return {
    create({ to, from, text, intentId }) {
      const message = {
        receiver: { contacts: [{ identifierKey: "phonenumber", identifierValue: to }] },
        reference: intentId,
        body: { type: "text", text: { text } },
      };
      return { method: "POST", url: messages(from), headers, body: JSON.stringify(message) };
    },
    outcome: (answer, now) => outcomeOf(answer, 202, settings.codes, now),
    lookup: {
      request: ({ from }) => ({ method: "GET", url: `${messages(from)}?limit=${listed}`, headers }),
      find: (answer, text) => {
        const { results, nextPageToken } = bodyOf(answer) ?? {};
        return findIn(results, text, () => typeof nextPageToken !== "string" || nextPageToken === "");
      },
    },
  };
}

/**
 * A message with our reference is the lost attempt, whatever else is listed. That there is none is only sure when all of
 * them were listed: then nothing was taken. Otherwise nobody knows, and nothing is sent twice.
 */
function findIn(items: Json | undefined, text: Text, isAll: (found: number) => boolean): Reconciliation | null {
  if (!isList(items)) return null;
  const ours = items.filter(isJsonObject).find(({ reference }) => reference === text.intentId);
  if (typeof ours?.["id"] === "string") return { kind: "found", providerMessageId: ours["id"] };
  return isAll(items.length) ? { kind: "not_found" } : { kind: "unavailable", code: "too_many_messages" };
}

function outcomeOf(answer: HttpAnswer, created: number, codes: VendorCodes, now: number): SendOutcome {
  const body = bodyOf(answer);
  const id = answer.status === created ? body?.["id"] : undefined;
  if (typeof id === "string" && id !== "") return { kind: "accepted", providerMessageId: id };
  // A success that is none of theirs: an intermediary answered, or the answer was cut.
  if (answer.status < 300) return { kind: "ambiguous", code: "unexpected_answer" };
  const afterMs = retryAfterMs(answer.headers["retry-after"], now);
  return outcomeOfRefusal({ status: answer.status, code: codeOf(body), afterMs }, codes);
}

/** `{errors: [{code, parameter}]}` of MessageBird; Bird's `{code: "InvalidPayload"}`. */
function codeOf(body: JsonObject | null): string | null {
  const { errors, code: word } = body ?? {};
  const first = isList(errors) ? errors[0] : undefined;
  if (!isJsonObject(first)) return typeof word === "string" && /^\w{1,60}$/.test(word) ? word : null;
  const { code, parameter } = first;
  if (typeof code !== "number") return null;
  const isAboutParameter = code === 9 || code === 10;
  return isAboutParameter && typeof parameter === "string" && /^\w{1,40}$/.test(parameter)
    ? `${code}:${parameter}`
    : String(code);
}

function bodyOf({ body }: HttpAnswer): JsonObject | null {
  const parsed = parseJson(body);
  return parsed.ok && isJsonObject(parsed.value) ? parsed.value : null;
}
