import { createServer } from "node:net";
import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import { behaviourOf } from "../fake-behaviours.ts";
import { settingOf } from "../fake-vendor.ts";
import type { FakeVendor } from "../fake-vendor.ts";

/** Where in the conversation the fake does something else than agree. `message` is the end of its content. */
export type SmtpStage = "greeting" | "EHLO" | "STARTTLS" | "AUTH" | "MAIL" | "RCPT" | "DATA" | "message";

/** A reply such as `450 4.7.1 Later`, or none at all. */
export interface SmtpTrouble {
  readonly at: SmtpStage;
  readonly says: string | "hang" | "reset";
}

export interface SmtpFakeMessage {
  readonly from: string;
  readonly to: readonly string[];
  /** As it came, with its headers. */
  readonly content: string;
  readonly encrypted: boolean;
}

export interface SmtpFake {
  /** `smtp://127.0.0.1:<port>` */
  readonly url: string;
  /** The mails it took, whatever it answered then. */
  readonly messages: readonly SmtpFakeMessage[];
  /** Connections that were opened. */
  readonly connections: () => number;
  /** From now on; null for none. */
  trouble(next: SmtpTrouble | null): void;
  close(): Promise<void>;
}

export interface SmtpFakeOptions {
  readonly port?: number;
  readonly login?: { readonly user: string; readonly password: string };
  /** Offers STARTTLS with this certificate and its key, both PEM. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** Told of each recipient: what happens to mail for it, and that a mail was taken. */
  readonly troubleFor?: (recipient: string) => SmtpTrouble | null;
}

/** A mail server on this machine. It takes everything and reports nothing, as mail servers do. */
export const smtpFake: FakeVendor = {
  async start({ settings, port, tell }) {
    const user = settingOf(settings, ["user"], "heed");
    const password = settingOf(settings, ["password"], "password-of-the-fake");
    const refused = new Set<string>();
    const troubleFor = (recipient: string): SmtpTrouble | null => {
      const { word, answer } = behaviourOf(recipient);
      // Who was one message too many is not any more.
      const isNext = answer === "429" && refused.delete(recipient);
      if (answer === "429" && !isNext) refused.add(recipient);
      const trouble = isNext ? null : (troubles[typeof answer === "string" ? answer : ""] ?? null);
      tell({ what: "message", behaviour: word, answer: trouble === null ? "taken" : trouble.says });
      return trouble;
    };
    const fake = await startSmtpFake({ port, login: { user, password }, troubleFor });
    return { settings: { url: fake.url, starttls: "never", user, password }, close: () => fake.close() };
  },
};

/** What mail servers say in the place of an answer of HTTP. */
const troubles: Readonly<Record<string, SmtpTrouble>> = {
  "429": { at: "RCPT", says: "450 4.7.1 Too many messages, try again later" },
  "500": { at: "message", says: "451 4.3.0 Local error in processing" },
  invalid: { at: "RCPT", says: "550 5.1.1 User unknown" },
  "accept-then-hang": { at: "message", says: "hang" },
};

const crlf = "\r\n";
const endOfContent = "\r\n.\r\n";

/** The part of RFC 5321 that clients use, with STARTTLS and AUTH PLAIN. */
export async function startSmtpFake(options: SmtpFakeOptions = {}): Promise<SmtpFake> {
  const messages: SmtpFakeMessage[] = [];
  const sockets = new Set<Socket>();
  const state: { trouble: SmtpTrouble | null; connections: number } = { trouble: null, connections: 0 };
  const server = createServer((socket) => {
    state.connections += 1;
    sockets.add(socket);
    socket.on("error", () => undefined).on("close", () => sockets.delete(socket));
    converse(socket, { options, state, take: (message) => void messages.push(message) }, "220 fake ESMTP");
  });
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" ? address?.port : options.port;
  return {
    url: `smtp://127.0.0.1:${port}`,
    messages,
    connections: () => state.connections,
    trouble(next) {
      state.trouble = next;
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

interface Talk {
  readonly options: SmtpFakeOptions;
  readonly state: { readonly trouble: SmtpTrouble | null };
  readonly take: (message: SmtpFakeMessage) => void;
}

/** One connection, from its greeting on. */
function converse(socket: Socket, talk: Talk, greeting: string | null): void {
  const { options } = talk;
  const encrypted = socket instanceof TLSSocket;
  let mail = { from: "", to: [] as string[] };
  let own: SmtpTrouble | null = null;
  let reading: "commands" | "content" = "commands";
  let buffer = "";

  const reply = (at: SmtpStage, usual: string): void => {
    const trouble = [talk.state.trouble, own].find((one) => one?.at === at);
    if (trouble?.says === "reset") socket.resetAndDestroy();
    else if (trouble?.says !== "hang") socket.write((trouble?.says ?? usual) + crlf);
  };
  const accepts = (at: SmtpStage): boolean => [talk.state.trouble, own].every((one) => one?.at !== at);
  const extensions = (): string => {
    const offered = ["PIPELINING", ...(options.tls !== undefined && !encrypted ? ["STARTTLS"] : []), "AUTH PLAIN"];
    return ["fake", ...offered].map((name, at) => `250${at === offered.length ? " " : "-"}${name}`).join(crlf);
  };
  const command = (line: string): void => {
    const verb = line.slice(0, 4).toUpperCase();
    if (verb === "EHLO" || verb === "HELO") return reply("EHLO", extensions());
    if (verb === "STAR") {
      reply("STARTTLS", options.tls === undefined ? "502 5.5.1 Not implemented" : "220 2.0.0 Ready");
      if (options.tls !== undefined && accepts("STARTTLS")) upgrade(socket, talk, options.tls);
      return;
    }
    if (verb === "AUTH")
      return reply("AUTH", isLogin(line, options) ? "235 2.7.0 Welcome" : "535 5.7.8 Wrong password");
    if (verb === "MAIL") {
      mail = { from: pathIn(line), to: [] };
      return reply("MAIL", "250 2.1.0 Ok");
    }
    if (verb === "RCPT") {
      own = options.troubleFor?.(pathIn(line)) ?? null;
      if (accepts("RCPT")) mail.to.push(pathIn(line));
      return reply("RCPT", "250 2.1.5 Ok");
    }
    if (verb === "DATA") {
      // Clients that do not wait for each answer send this after a recipient that was refused.
      const isFor = mail.to.length > 0;
      reply("DATA", isFor ? "354 Go on" : "554 5.5.1 No valid recipients");
      if (isFor && accepts("DATA")) reading = "content";
      return;
    }
    if (verb === "QUIT") return void socket.end(`221 2.0.0 Bye${crlf}`);
    socket.write(`250 2.0.0 Ok${crlf}`);
  };
  /** False when more has to come first. */
  const step = (): boolean => {
    const end = buffer.indexOf(reading === "content" ? endOfContent : crlf);
    if (end === -1) return false;
    const part = buffer.slice(0, end);
    buffer = buffer.slice(end + (reading === "content" ? endOfContent : crlf).length);
    if (reading === "commands") command(part);
    else {
      reading = "commands";
      talk.take({ ...mail, content: part.replaceAll(`${crlf}..`, `${crlf}.`), encrypted });
      reply("message", "250 2.0.0 Queued");
    }
    return true;
  };

  if (greeting !== null) reply("greeting", greeting);
  socket.on("data", (chunk: Buffer) => {
    buffer += chunk.toString("latin1");
    while (step());
  });
}

/** What comes from now on is encrypted, and begins with a new EHLO. */
function upgrade(socket: Socket, talk: Talk, { cert, key }: NonNullable<SmtpFakeOptions["tls"]>): void {
  socket.removeAllListeners("data");
  const secure = new TLSSocket(socket, { isServer: true, cert, key });
  secure.on("error", () => undefined);
  converse(secure, talk, null);
}

function isLogin(line: string, { login }: SmtpFakeOptions): boolean {
  const [, user, password] = Buffer.from(line.split(" ")[2] ?? "", "base64")
    .toString("utf8")
    .split("\0");
  return login === undefined || (user === login.user && password === login.password);
}

function pathIn(line: string): string {
  return /<([^<>]*)>/.exec(line)?.[1] ?? "";
}
