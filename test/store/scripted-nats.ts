import { createServer } from "node:net";
import type { Socket } from "node:net";

/** A request as the scripted server got it. */
export interface ScriptedRequest {
  readonly subject: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** `silence` never answers, `nobody` is what NATS says when no one listens, `hang up` ends the connection; else JSON. */
export type ScriptedAnswer = "silence" | "nobody" | "hang up" | object;

export interface ScriptedNats {
  readonly url: string;
  readonly requests: ScriptedRequest[];
  /** Requests that came and were not answered yet because answering was paused. */
  readonly held: number;
  hold(): void;
  release(): void;
  close(): Promise<void>;
}

const INFO = { server_id: "scripted", server_name: "scripted", version: "2.11.4", headers: true, max_payload: 4_096 };

/**
 * As much of a NATS server as a client's requests need, which answers by a script: what a real one answers only while a
 * cluster elects its leader, or when its disk is full.
 */
export async function startScriptedNats(
  answerTo: (request: ScriptedRequest, before: number) => ScriptedAnswer,
): Promise<ScriptedNats> {
  const sockets = new Set<Socket>();
  const requests: ScriptedRequest[] = [];
  const held: (() => void)[] = [];
  let isHolding = false;

  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    socket.on("error", () => undefined);
    socket.write(`INFO ${JSON.stringify(INFO)}\r\n`);
    const subscriptions = new Map<string, string>();
    const requested = (reply: string, request: ScriptedRequest): void => {
      const answer = answerTo(request, requests.length);
      requests.push(request);
      const sid = [...subscriptions].find(([subject]) => reply.startsWith(subject.replace(/\*$/, "")))?.[1];
      // A word that asks for no answer, or for one to somebody else.
      if (sid === undefined) return;
      const say = (): void =>
        void (answer === "hang up" ? socket.destroy() : socket.write(encodeAnswer(`${reply} ${sid}`, answer)));
      if (isHolding) held.push(say);
      else say();
    };
    readCommands(socket, subscriptions, requested);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("expected a port");
  return {
    url: `nats://127.0.0.1:${address.port}`,
    requests,
    get held() {
      return held.length;
    },
    hold: () => void (isHolding = true),
    release() {
      isHolding = false;
      for (const say of held.splice(0)) say();
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function encodeAnswer(to: string, answer: Exclude<ScriptedAnswer, "hang up">): string {
  if (answer === "silence") return "";
  if (answer === "nobody") return `HMSG ${to} 16 16\r\nNATS/1.0 503\r\n\r\n\r\n`;
  const body = JSON.stringify(answer);
  return `MSG ${to} ${Buffer.byteLength(body)}\r\n${body}\r\n`;
}

function readCommands(
  socket: Socket,
  subscriptions: Map<string, string>,
  requested: (reply: string, request: ScriptedRequest) => void,
): void {
  let unread = Buffer.alloc(0);
  socket.on("data", (chunk) => {
    unread = Buffer.concat([unread, chunk]);
    for (;;) {
      const end = unread.indexOf("\r\n");
      if (end < 0) return;
      const [verb = "", ...words] = unread.toString("utf8", 0, end).split(" ");
      if (verb === "PUB" || verb === "HPUB") {
        const size = Number(words.at(-1));
        if (unread.length < end + 2 + size + 2) return;
        const payload = unread.subarray(end + 2, end + 2 + size);
        unread = unread.subarray(end + 2 + size + 2);
        const headerBytes = verb === "HPUB" ? Number(words.at(-2)) : 0;
        const subject = words[0] ?? "";
        const reply = words.length > (verb === "HPUB" ? 3 : 2) ? (words[1] ?? "") : "";
        const headers = readHeaders(payload.toString("utf8", 0, headerBytes));
        requested(reply, { subject, headers, body: payload.toString("utf8", headerBytes) });
        continue;
      }
      unread = unread.subarray(end + 2);
      if (verb === "PING") socket.write("PONG\r\n");
      if (verb === "SUB") subscriptions.set(words[0] ?? "", words.at(-1) ?? "");
    }
  });
}

function readHeaders(text: string): Readonly<Record<string, string>> {
  const lines = text.split("\r\n").slice(1);
  return Object.fromEntries(
    lines.flatMap((line) => {
      const colon = line.indexOf(": ");
      return colon < 0 ? [] : [[line.slice(0, colon), line.slice(colon + 2)]];
    }),
  );
}
