import { readAnswersTo } from "../answers-to.ts";
import type { Settings } from "../settings.ts";

export interface SmtpSettings {
  readonly host: string;
  readonly port: number;
  readonly tls: SmtpTls;
  /** Certificates of an authority of one's own, PEM, in the place of those that everybody knows. */
  readonly ca: string | null;
  /** Null for servers that know us by our address. */
  readonly login: { readonly user: string; readonly password: string } | null;
  readonly timeoutMs: number;
  /** Where people's answers are received; null when they go to the sender. */
  readonly answersTo: string | null;
}

/** From the first byte, after a greeting in clear (without which nothing is sent), or not at all. */
export type SmtpTls = "implicit" | "starttls" | "none";

/** RFC 8314: submission over TLS, and submission that begins in clear. */
const ports = { "smtps:": 465, "smtp:": 587 } as const;

export function readSmtpSettings(settings: Settings): SmtpSettings {
  const server = readServer(settings);
  const user = settings.string("user");
  const password = settings.string("password");
  if (user === null && password !== null) settings.report("user", "is required beside `password`");
  if (user !== null && password === null) settings.report("password", "is required beside `user`");
  const tls = readTls(settings, server.implicit);
  if (tls === "none" && password !== null && !isLocal(server.host)) {
    settings.report("starttls", "expected `required`: without encryption the password could be read on its way");
  }
  return {
    host: server.host,
    port: server.port,
    tls,
    ca: settings.string("ca"),
    login: user === null || password === null ? null : { user, password },
    timeoutMs: settings.duration("timeout"),
    answersTo: readAnswersTo(settings, "answers@mail.example.com"),
  };
}

function readServer(settings: Settings): { readonly host: string; readonly port: number; readonly implicit: boolean } {
  const text = settings.required("url");
  const url = URL.canParse(text) ? new URL(text) : null;
  const usual = url?.protocol === "smtp:" || url?.protocol === "smtps:" ? ports[url.protocol] : null;
  if (url !== null && usual !== null && url.hostname !== "" && url.username === "" && /^\/?$/.test(url.pathname)) {
    const port = url.port === "" ? usual : Number(url.port);
    return { host: url.hostname.replace(/^\[|\]$/g, ""), port, implicit: url.protocol === "smtps:" };
  }
  if (text !== "") settings.report("url", "expected smtp://<host>:<port> or smtps://<host>:<port>, without a user");
  return { host: "", port: 0, implicit: false };
}

function readTls(settings: Settings, implicit: boolean): SmtpTls {
  const starttls = settings.string("starttls") ?? "required";
  if (starttls !== "required" && starttls !== "never") settings.report("starttls", "expected `required` or `never`");
  if (implicit) return "implicit";
  return starttls === "never" ? "none" : "starttls";
}

function isLocal(host: string): boolean {
  return ["localhost", "127.0.0.1", "::1"].includes(host);
}
