import { type Dispatcher, request } from "undici";

export interface OutsideCall {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** http or https, without credentials in it. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
}

export interface OutsideAnswer {
  readonly status: number;
  /** By name in lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: Buffer;
}

/** An answer, or an address, of which nothing can be made. */
export class UnusableCall extends Error {
  override readonly name = "UnusableCall";
  readonly code: "url_unusable" | "answer_compressed";

  constructor(code: UnusableCall["code"], message: string) {
    super(message);
    this.code = code;
  }
}

/**
 * One call through a guarded agent, with the whole of its answer; the signal ends it at any point. Rejects when there is
 * no whole answer. An answer that is compressed although nobody asked for that is not read: a few bytes of it could be a
 * gigabyte.
 */
export async function callOutside(agent: Dispatcher, call: OutsideCall, signal: AbortSignal): Promise<OutsideAnswer> {
  const { method, body } = call;
  const headers = { "accept-encoding": "identity", ...call.headers };
  const answer = await request(callable(call.url), { dispatcher: agent, method, headers, body, signal });
  const encoding = answer.headers["content-encoding"];
  if (encoding !== undefined && encoding !== "identity") {
    // What is destroyed halfway says so once more, to nobody.
    answer.body.on("error", () => undefined).destroy();
    throw new UnusableCall("answer_compressed", "the answer is compressed, which was not asked for");
  }
  return { status: answer.statusCode, headers: answer.headers, body: Buffer.from(await answer.body.arrayBuffer()) };
}

function callable(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new UnusableCall("url_unusable", "expected an address that begins with http:// or https://");
  }
  // A contact whose id is ".." would make another address of it.
  if (/\/(?:\.|%2e){1,2}(?:[/?#]|$)/i.test(text)) {
    throw new UnusableCall("url_unusable", "the address has a part that leads up, such as /../");
  }
  if (url.username !== "" || url.password !== "") {
    throw new UnusableCall("url_unusable", "credentials belong into the settings, not into the address");
  }
  return url;
}
