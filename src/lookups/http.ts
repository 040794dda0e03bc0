import type { OutsideCall } from "../outgoing/call-outside.ts";
import { type GuardOptions, openGuardedAgent } from "../outgoing/guarded-agent.ts";
import { answerTo, failureOf, probeHttp } from "./http-call.ts";
import { readAnswer } from "./read-answer.ts";
import { filled, type HttpSettings } from "./settings.ts";
import { type LookupSource, NOTHING } from "./source.ts";

const CONNECTIONS = 16;

/** Asks a JSON service. Only a GET is repeated: what a POST does there, nobody here knows. */
export function httpSource(settings: HttpSettings, guard: Partial<GuardOptions> = {}): LookupSource {
  const agent = openGuardedAgent({ connections: CONNECTIONS, allowHosts: settings.allow_hosts ?? [], ...guard });
  return {
    repeatable: settings.method !== "POST",
    atOnce: CONNECTIONS,
    async fetch(texts, signal) {
      const answer = await answerTo(agent, callOf(filled({ ...settings }, "http", texts)), signal);
      if ("kind" in answer) return answer;
      const text = answer.body.toString("utf8");
      if (answer.status === 404) return isJson(text) ? NOTHING : failureOf(answer);
      if (answer.status === 204) return NOTHING;
      return answer.status === 200 ? readAnswer(text, settings.path) : failureOf(answer);
    },
    probe: (signal) =>
      probeHttp(agent, { ...callOf(settings), method: "GET", url: originOf(settings), body: null }, signal),
    close: () => agent.destroy(),
  };
}

/**
 * "Nobody like that here" is said by the service itself, in JSON. A 404 in words for people comes from whatever stands
 * in front of it when it is away, and must not be taken for an answer.
 */
function isJson(text: string): boolean {
  return readAnswer(text, undefined).kind === "value";
}

/** The place itself is asked, and no contact: its path may be made from one. */
function originOf({ url }: HttpSettings): string {
  return new URL("/", url).href;
}

function callOf({ url, method = "GET", headers = {}, auth, body }: HttpSettings): OutsideCall {
  const named = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  return {
    method,
    url,
    headers: {
      accept: "application/json",
      "user-agent": "heed",
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...(auth === undefined ? {} : { authorization: authorization(auth) }),
      ...named,
    },
    body: body === undefined ? null : JSON.stringify(body),
  };
}

function authorization(auth: NonNullable<HttpSettings["auth"]>): string {
  if ("bearer" in auth) return `Bearer ${auth.bearer}`;
  return `Basic ${Buffer.from(`${auth.basic.user}:${auth.basic.password}`).toString("base64")}`;
}
