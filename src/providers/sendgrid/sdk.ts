import type { HttpAnswer } from "../vendor-http.ts";

/**
 * The part of SendGrid's SDK that is used here. Its own declarations export a value and names at once behind
 * `@ts-ignore`, which type-aware tools read as errors, so the boundary is declared here and checked when it is loaded.
 */
export interface SendGridSdk {
  readonly Client: new () => SendGridClient;
  readonly MailService: new () => SendGridMailService;
}

export interface SendGridClient {
  setApiKey(apiKey: string): void;
  setDefaultRequest(name: "baseUrl", baseUrl: string): void;
  /** With credentials, and what else the SDK says of itself, in the headers. */
  createRequest(request: SendGridRequest): SendGridHttpRequest;
}

/** The one thing that the mail service asks of a client. */
export interface SendGridCaller {
  request(request: SendGridRequest): Promise<HttpAnswer>;
}

export interface SendGridMailService {
  setClient(client: SendGridCaller): void;
  /** Ends as the client's `request` does. */
  send(mail: SendGridMail): Promise<HttpAnswer>;
}

export interface SendGridRequest {
  readonly method: string;
  /** The path. */
  readonly url: string;
  readonly body: unknown;
}

export interface SendGridHttpRequest {
  readonly baseURL: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface SendGridMail {
  readonly to: { readonly email: string };
  readonly from: { readonly name?: string; readonly email: string };
  readonly replyTo?: { readonly email: string };
  readonly subject: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly content: readonly { readonly type: string; readonly value: string }[];
  readonly customArgs: Readonly<Record<string, string>>;
}

/** Rejects when the installed package is not the SDK that this was written for. */
export async function loadSendGridSdk(): Promise<SendGridSdk> {
  const client: unknown = await import("@sendgrid/client");
  const mail: unknown = await import("@sendgrid/mail");
  const sdk: unknown = { Client: read(client, "Client"), MailService: read(mail, "MailService") };
  if (!isSdk(sdk))
    throw new Error("expected @sendgrid/client to export Client and @sendgrid/mail to export MailService");
  return sdk;
}

function isSdk(value: unknown): value is SendGridSdk {
  return typeof read(value, "Client") === "function" && typeof read(value, "MailService") === "function";
}

function read(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}
