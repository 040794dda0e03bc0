import type { IncomingMessage } from "node:http";
import { type Request, type Response, Router } from "express";
import type { Clock } from "../core/model/clock.ts";
import { html, type Html } from "./html.ts";
import { ASSETS, CONTENT_SECURITY_POLICY, layout } from "./layout.ts";
import { streamNews } from "./news.ts";
import { readForm } from "./read-form.ts";
import {
  COOKIE,
  type ConsoleRole,
  createSessions,
  type EndedSessions,
  isOfSession,
  MOST_NAME,
  type Session,
  type Sessions,
  signedIn,
} from "./session.ts";

/** What a page is told of who asks for it. */
export interface Asked {
  readonly session: Session;
  /** Of the path's places, decoded. */
  readonly params: Readonly<Record<string, string>>;
  /** Of the query, the first of each name; at most 200 characters each. */
  readonly query: ReadonlyMap<string, string>;
}

export interface Shown {
  readonly title: string;
  readonly body: Html;
  /** 200 unless given. */
  readonly status?: number;
}

/**
 * One page. To add one: a file in this folder that makes it of the ports it needs, and its line where the pages are
 * composed (`cli/http-app.ts`).
 */
export interface Page {
  /** As express reads it: `/rules/:rule`. */
  readonly path: string;
  /** In the navigation, where it has a place there. */
  readonly label?: string;
  /** Who may see it; viewers, unless given. */
  readonly role?: ConsoleRole;
  show(asked: Asked): Promise<Shown>;
}

/** What a form does. It ends in the same ports as commands and the API. */
export interface Deed {
  readonly path: string;
  /** Who may do it; operators, unless given: a search changes nothing. */
  readonly role?: ConsoleRole;
  do(form: ReadonlyMap<string, string>, asked: Asked): Promise<Done>;
}

/** Where to go on, and what came of it in one sentence for a person. */
export interface Done {
  readonly to: string;
  readonly said: string;
}

export interface ConsoleParts {
  readonly clock: Clock;
  readonly ended: EndedSessions;
  /** By role; an empty one lets nobody in. */
  readonly tokens: Readonly<Partial<Record<ConsoleRole, string>>>;
  readonly pages: readonly Page[];
  readonly deeds: readonly Deed[];
  /** A fault that is ours, with the id that the page shows. */
  readonly onFault: (id: string, fault: unknown) => void;
  readonly newId: () => string;
  /** Calls back whenever something changed that pages show; returns how to end that. */
  readonly onNews: (tell: () => void) => () => void;
}

const MOST_QUERY = 200;
const ASSET_CACHE = "public, max-age=31536000, immutable";

/** The pages for people. Everything but the log-in asks for a session; every change asks for the form's own word as well. */
export function consoleRoutes(parts: ConsoleParts): Router {
  const router = Router({ caseSensitive: true });
  const sessions = createSessions(parts);
  const links = parts.pages.flatMap(({ path, label }) => (label === undefined ? [] : [{ path, label }]));
  const send: Desk["send"] = (response, session, current, shown, said = null) => {
    const page = layout({ ...shown, session, links, current, said });
    response
      .status(shown.status ?? 200)
      .set(HEADERS)
      .type("html")
      .send(page);
  };
  const desk: Desk = { ...parts, sessions, send };
  serveAssets(router);
  serveLogIn(router, desk);
  for (const page of parts.pages) servePage(router, page, desk);
  for (const deed of parts.deeds) serveDeed(router, deed, desk);
  // Last: whoever has a session and mistyped gets a page; everybody else is told no more than elsewhere.
  router.get("/{*path}", async (request: Request, response: Response, next) => {
    const session = request.accepts("html") === "html" ? await sessions.read(request.headers.cookie) : null;
    if (session === null) return next();
    send(response, session, "", nowhere);
  });
  return router;
}

/** What every route of the console has at hand. */
interface Desk extends ConsoleParts {
  readonly sessions: Sessions;
  readonly send: (
    response: Response,
    session: Session | null,
    current: string,
    shown: Shown,
    said?: string | null,
  ) => void;
}

function serveAssets(router: Router): void {
  for (const [path, { type, body }] of ASSETS) {
    router.get(path, (_request, response) => {
      response
        .set({ "Content-Type": type, "Cache-Control": ASSET_CACHE, "X-Content-Type-Options": "nosniff" })
        .send(body);
    });
  }
}

function serveLogIn(router: Router, desk: Desk): void {
  const { sessions, send, tokens, ended, newId, onFault } = desk;
  router.get("/log-in", (request, response) => {
    const { searchParams } = new URL(request.originalUrl, HERE);
    send(response, null, "", logInPage(tokens, searchParams.get("said") ?? "", searchParams.get("to") ?? ""));
  });
  router.post("/log-in", async (request: Request, response: Response) => {
    if (!isFromHere(request)) return send(response, null, "", forbidden("this form was sent by another site"));
    const form = await readForm(request);
    const to = pathHere(form?.get("to") ?? "");
    const from = request.socket.remoteAddress ?? "";
    const cookie = sessions.logIn((form?.get("token") ?? "").trim(), from, form?.get("actor"));
    if (cookie === "later") return send(response, null, "", later);
    if (cookie === null) return response.set(HEADERS).redirect(303, logInPath(to, "wrong"));
    response
      .set(HEADERS)
      .set("Set-Cookie", cookieOf(request, cookie, ""))
      .redirect(303, to ?? "/");
  });
  router.post("/log-out", async (request: Request, response: Response) => {
    if (isFromHere(request)) {
      const session = await sessions.read(request.headers.cookie);
      // Here it has ended, even if the store is away and other processes can't be told.
      if (session !== null)
        await ended.end(session.id, session.until).catch((fault: unknown) => onFault(newId(), fault));
      response.set("Set-Cookie", cookieOf(request, "", "; Max-Age=0"));
    }
    response.set(HEADERS).redirect(303, "/log-in");
  });
  router.get("/news", async (request, response) => {
    if ((await sessions.read(request.headers.cookie)) === null) return void response.status(401).end();
    // Express takes GET for HEAD as well, and a stream has no end.
    if (request.method === "HEAD") return void response.status(200).end();
    streamNews(desk, response);
  });
}

/** Whatever has only a path is read as if it stood here. */
const HERE = "http://localhost";
const MOST_PATH = 1_000;

/** A path of this console with its query, as an address would have it; null for anything that leads elsewhere. */
function pathHere(text: string): string | null {
  if (!text.startsWith("/") || text.length > MOST_PATH || !URL.canParse(text, HERE)) return null;
  const { origin, pathname, search } = new URL(text, HERE);
  return origin === HERE && !pathname.startsWith("//") && pathname !== "/log-in" ? pathname + search : null;
}

/** Where to log in, and then go on. */
function logInPath(to: string | null, said = ""): string {
  const query = new URLSearchParams({ ...(said !== "" && { said }), ...(to !== null && to !== "/" && { to }) });
  return query.size === 0 ? "/log-in" : `/log-in?${query.toString()}`;
}

function servePage(router: Router, page: Page, desk: Desk): void {
  const { sessions, send } = desk;
  router.get(page.path, async (request: Request, response: Response) => {
    const session = await sessions.read(request.headers.cookie);
    if (session === null) return response.set(HEADERS).redirect(303, logInPath(pathHere(request.originalUrl)));
    if (page.role === "operator" && session.role !== "operator") {
      return send(response, session, page.path, forbidden("this page is for operators"));
    }
    const said = request.method === "HEAD" ? null : takeSaid(request, response, session);
    await guarded(
      desk,
      (shown) => send(response, session, page.path, shown, said),
      () => page.show(askedOf(request, session)),
    );
  });
}

function serveDeed(router: Router, deed: Deed, desk: Desk): void {
  const { sessions, send } = desk;
  router.post(deed.path, async (request: Request, response: Response) => {
    const session = await sessions.read(request.headers.cookie);
    if (session === null) return response.set(HEADERS).redirect(303, logInPath(pageOfForm(request), "ended"));
    const form = await readForm(request);
    const refusal = whyRefused(request, session, form, deed.role ?? "operator");
    if (refusal !== null || form === null)
      return send(response, session, "", forbidden(refusal ?? "the form is too large"));
    await guarded(
      desk,
      (shown) => send(response, session, "", shown),
      async () => {
        const { to, said } = await deed.do(form, askedOf(request, session));
        response.set(HEADERS).set("Set-Cookie", saidCookie(said, session)).redirect(303, to);
        return null;
      },
    );
  });
}

const nowhere: Shown = {
  title: "No such page",
  body: html`<p>There is nothing under this address. <a href="/">Overview</a></p>`,
  status: 404,
};

const HEADERS = {
  "Content-Security-Policy": CONTENT_SECURITY_POLICY,
  "X-Content-Type-Options": "nosniff",
  // Not `no-referrer`: with it, browsers send forms without an origin.
  "Referrer-Policy": "same-origin",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cache-Control": "no-store",
} as const;

function whyRefused(
  request: Request,
  session: Session,
  form: ReadonlyMap<string, string> | null,
  role: ConsoleRole,
): string | null {
  if (!isFromHere(request)) return "this form was sent by another site";
  if (role === "operator" && session.role !== "operator")
    return "only operators change something, and this is a viewer's session";
  if (form !== null && !isOfSession(session, form.get("csrf") ?? ""))
    return "this form is of another session: load the page again";
  return null;
}

/** Browsers say where a form comes from. One that says nothing is no browser of today. */
function isFromHere({ headers }: IncomingMessage): boolean {
  const site = headers["sec-fetch-site"];
  if (site !== undefined && site !== "same-origin" && site !== "none") return false;
  const { origin, host } = headers;
  if (origin === undefined) return site === "same-origin";
  return URL.canParse(origin) && new URL(origin).host === host;
}

/** The page that a form stands on; null where the browser does not say. */
function pageOfForm({ headers }: IncomingMessage): string | null {
  const { referer, host } = headers;
  if (referer === undefined || !URL.canParse(referer)) return null;
  const { pathname, search, host: its } = new URL(referer);
  return its === host ? pathHere(pathname + search) : null;
}

function askedOf(request: Request, session: Session): Asked {
  const { searchParams } = new URL(request.originalUrl, HERE);
  const query = new Map<string, string>();
  for (const [name, value] of searchParams) if (!query.has(name)) query.set(name, value.slice(0, MOST_QUERY));
  const params: Readonly<Record<string, string>> = Object.fromEntries(
    Object.entries(request.params).map(([name, value]): [string, string] => [name, String(value)]),
  );
  return { session, params, query };
}

async function guarded(
  { newId, onFault }: ConsoleParts,
  send: (shown: Shown) => void,
  work: () => Promise<Shown | null>,
): Promise<void> {
  try {
    const shown = await work();
    if (shown !== null) send(shown);
  } catch (fault) {
    const id = newId();
    onFault(id, fault);
    const body = html`<p>The page could not be made just now. The log tells why under <code>${id}</code>.</p>`;
    send({ title: "Something went wrong", body, status: 500 });
  }
}

const SAID = "heed_said";

/**
 * What a deed said goes with the redirect, in a cookie that the next page takes away. It is signed: cookies know no ports,
 * so whatever else runs on this host could write one.
 */
function saidCookie(said: string, session: Session): string {
  const text = encodeURIComponent(truncated(said));
  return `${SAID}=${text}.${signedIn(session, text)}; HttpOnly; SameSite=Strict; Path=/; Max-Age=60`;
}

function takeSaid(request: Request, response: Response, session: Session): string | null {
  const found = new RegExp(`(?:^|; *)${SAID}=([^;]*)`).exec(request.headers.cookie ?? "")?.[1];
  if (found === undefined) return null;
  response.append("Set-Cookie", `${SAID}=; HttpOnly; SameSite=Strict; Path=/; Max-Age=0`);
  const end = found.lastIndexOf(".");
  const text = found.slice(0, Math.max(0, end));
  return signedIn(session, text) === found.slice(end + 1) ? decodeURIComponent(text) : null;
}

const MOST_SAID = 300;

/** Half of a pair of surrogates could not be encoded. */
function truncated(said: string): string {
  return said.slice(0, MOST_SAID).replace(/\p{Cs}/gu, "\uFFFD");
}

/** `Secure` behind a proxy that encrypts; on plain loopback it would keep the cookie from coming back. */
function cookieOf({ headers }: IncomingMessage, value: string, more: string): string {
  const secure = headers["x-forwarded-proto"] === "https" ? "; Secure" : "";
  return `${COOKIE}=${value}; HttpOnly; SameSite=Strict; Path=/${secure}${more}`;
}

const SAID_AT_LOG_IN: Readonly<Record<string, string>> = {
  wrong: "That token is not the one of this system.",
  ended: "Your session has ended, and nothing was changed: log in, and do it once more.",
};

function logInPage(tokens: ConsoleParts["tokens"], said: string, to: string): Shown {
  const viewer =
    tokens.viewer === undefined ? null : html` <code>HEED_VIEWER_TOKEN</code> shows all and changes nothing.`;
  const told = Object.hasOwn(SAID_AT_LOG_IN, said) ? SAID_AT_LOG_IN[said] : undefined;
  const body = html` ${told !== undefined && html`<p class="said bad" role="alert">${told}</p>`}
    <form method="post" action="/log-in" class="line">
      <input type="hidden" name="to" value="${pathHere(to) ?? ""}" />
      <label>Token <input type="password" name="token" required autofocus autocomplete="current-password" /></label>
      <label>Your name <input name="actor" maxlength="${MOST_NAME}" autocomplete="name" /></label>
      <button>Log in</button>
    </form>
    <p class="quiet">
      The operator's token is <code>HEED_API_TOKEN</code>, or the one that <code>heed run</code> wrote at its first
      start: it says where.${viewer} Your name stands in the account beside what you do.
    </p>`;
  return { title: "Log in", body };
}

const later: Shown = {
  title: "Too many wrong tokens",
  body: html`<p>Wait a minute, then <a href="/log-in">try again</a>.</p>`,
  status: 429,
};

function forbidden(why: string): Shown {
  return { title: "Not allowed", body: html`<p>Nothing was changed: ${why}.</p>`, status: 403 };
}
