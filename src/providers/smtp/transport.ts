import { createTransport, type Transporter } from "nodemailer";
import type { SmtpFailure } from "./outcome.ts";
import type { SmtpSettings } from "./settings.ts";

/** Mail servers take few connections from one client; how many messages there are is for the channel's rate to say. */
const maxConnections = 5;
/** How long a connection may be silent after its last message: most servers close it after five minutes. */
const idleMs = 60_000;

/** nodemailer over connections that are kept. It repeats nothing, and reads no file and no address that a mail names. */
export function openTransport(settings: SmtpSettings): Transporter {
  return createTransport({
    pool: true,
    maxConnections,
    maxRequeues: 0,
    host: settings.host,
    port: settings.port,
    secure: settings.tls === "implicit",
    requireTLS: settings.tls === "starttls",
    ignoreTLS: settings.tls === "none",
    ...(settings.ca !== null && { tls: { ca: settings.ca } }),
    ...(settings.login !== null && { auth: { user: settings.login.user, pass: settings.login.password } }),
    connectionTimeout: settings.timeoutMs,
    greetingTimeout: settings.timeoutMs,
    socketTimeout: Math.max(idleMs, settings.timeoutMs),
    disableFileAccess: true,
    disableUrlAccess: true,
  });
}

/** What nodemailer says of a failure; the error itself never leaves here, because it may quote the message. */
export function readFailure(error: unknown): Omit<SmtpFailure, "written"> {
  const original = read(error, "originalCode");
  const code = read(error, "code");
  const replyCode = read(error, "responseCode");
  const reply = read(error, "response");
  const command = read(error, "command");
  const named = typeof original === "string" && /^E[A-Z]{3,30}$/.test(original) ? original : code;
  return {
    code: named === "ETIMEDOUT" ? "timeout" : typeof named === "string" ? named : "unexpected_failure",
    replyCode: typeof replyCode === "number" ? replyCode : null,
    reply: typeof reply === "string" ? reply : "",
    command: typeof command === "string" ? command : "",
  };
}

function read(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}
