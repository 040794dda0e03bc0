import type { IncomingMessage, ServerResponse } from "node:http";
import type { Clock } from "../core/model/clock.ts";
import { problemBody } from "./problem.ts";
import type { Problem } from "./problem.ts";

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly contentType?: string;
  readonly body?: string;
}

export function problemAnswer(found: Problem, id: string, headers: Readonly<Record<string, string>> = {}): Answer {
  return { status: found.status, headers, contentType: "application/problem+json", body: problemBody(found, id) };
}

/**
 * Writes an answer. When the request's body has not been read to its end, the connection closes after this answer, and
 * what still comes is thrown away for `lingerMs`: closing at once would make the kernel reset the connection, and the
 * answer with it, before a client that is still writing has read it.
 */
export function sendAnswer(
  request: IncomingMessage,
  response: ServerResponse,
  answer: Answer,
  clock: Clock,
  lingerMs: number,
): void {
  if (response.headersSent || response.destroyed) return;
  const body = answer.body ?? "";
  const unread = !request.complete;
  response.writeHead(answer.status, {
    ...answer.headers,
    ...(answer.contentType === undefined ? {} : { "content-type": answer.contentType }),
    ...(unread ? { connection: "close" } : {}),
    "content-length": Buffer.byteLength(body),
  });
  if (!unread) {
    // As text it goes out in one piece with the headers; bytes, even none, would be a piece of their own.
    response.end(body);
    return;
  }
  response.write(body);
  const end = () => {
    cancel();
    response.end();
  };
  const cancel = clock.after(lingerMs, end);
  request.once("end", end).once("close", end).once("error", end);
  request.resume();
}
