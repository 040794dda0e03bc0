import { json, type Request, type Response, Router } from "express";
import type { Json } from "../core/model/json.ts";

/** A dead letter as the API tells it. */
export interface LetterView {
  /** Names it for as long as it lies there. */
  readonly id: number;
  /** When what it is about came in: RFC 3339. */
  readonly at: string;
  readonly kind: "message" | "event" | "handed" | "job" | "wake-up" | "unreadable";
  readonly reason: string;
  /** Whom it concerns. May be an address. */
  readonly key: string;
  /** In words, without anything personal. */
  readonly about: string;
}

export interface WholeLetterView extends LetterView {
  /** All that is in it: may be personal. Null when it cannot be read. */
  readonly body: Json;
}

export interface LetterPageView {
  readonly dead_letters: readonly LetterView[];
  /** What to give as `after` for the next page; null at the end. */
  readonly next: number | null;
}

export type ReplayedView =
  | { readonly kind: "replayed" }
  /** There was nothing left to do, and the letter is gone. */
  | { readonly kind: "settled"; readonly why: string }
  /** There is none of this number, or no longer: somebody else has dealt with it. */
  | { readonly kind: "gone" }
  /** The letter stays. `doubt`: `may_double` would decide it. */
  | { readonly kind: "refused"; readonly why: string; readonly doubt: boolean };

/** What the API does, whoever does it. */
export interface DeadLettersPort {
  list(page: { readonly after?: number; readonly limit: number }): Promise<LetterPageView>;
  show(id: number): Promise<WholeLetterView | null>;
  /** `by`: who asks for it, for the account. */
  replay(id: number, wish: { readonly mayDouble: boolean; readonly by: string }): Promise<ReplayedView>;
  /** False when there is none. */
  discard(id: number, wish: { readonly note: string; readonly by: string }): Promise<boolean>;
}

const DEFAULT_LIMIT = 50;
const MOST = 500;
const MOST_NOTE = 500;
const MOST_NAME = 200;
/** Somebody with the token, who does not say who. */
const OPERATOR = "operator";

/**
 * `GET /api/dead-letters?after&limit`, `GET /api/dead-letters/<id>`, `POST /api/dead-letters/<id>/replay` with
 * `{ "may_double", "by" }`, `DELETE /api/dead-letters/<id>` with `{ "note", "by" }`.
 */
export function deadLettersApi(port: DeadLettersPort): Router {
  const router = Router();
  router.get("/dead-letters", async (request: Request, response: Response) => {
    const query = new URL(request.url, "http://localhost").searchParams;
    const limit = wholeNumber(query.get("limit") ?? String(DEFAULT_LIMIT));
    const after = wholeNumber(query.get("after") ?? "0");
    if (limit === null || limit < 1 || limit > MOST)
      return refuse(response, `limit: expected a whole number from 1 to ${MOST}`);
    if (after === null) return refuse(response, "after: expected the id of a dead letter");
    response.set("Cache-Control", "no-store").json(await port.list({ after, limit }));
  });
  router.get("/dead-letters/:id", async (request: Request, response: Response) => {
    const id = idOf(request);
    if (id === null) return refuse(response, NO_ID);
    response.set("Cache-Control", "no-store").json({ dead_letter: await port.show(id) });
  });
  router.post("/dead-letters/:id/replay", json({ limit: "8kb" }), async (request: Request, response: Response) => {
    const id = idOf(request);
    if (id === null) return refuse(response, NO_ID);
    const mayDouble = field(request.body, "may_double", false);
    if (typeof mayDouble !== "boolean") return refuse(response, "may_double: expected true or false");
    const by = byOf(request.body);
    if (by === null) return refuse(response, NO_NAME);
    response.json(await port.replay(id, { mayDouble, by }));
  });
  router.delete("/dead-letters/:id", json({ limit: "8kb" }), async (request: Request, response: Response) => {
    const id = idOf(request);
    if (id === null) return refuse(response, NO_ID);
    const note = field(request.body, "note", "");
    if (typeof note !== "string" || note.length > MOST_NOTE)
      return refuse(response, `note: expected a text of at most ${MOST_NOTE} characters`);
    const by = byOf(request.body);
    if (by === null) return refuse(response, NO_NAME);
    response.json({ discarded: await port.discard(id, { note, by }) });
  });
  return router;
}

const NO_ID = "expected the id of a dead letter, which is a whole number";

const NO_NAME = `by: expected a name of at most ${MOST_NAME} characters`;

function byOf(body: unknown): string | null {
  const by = field(body, "by", OPERATOR);
  if (typeof by !== "string" || by.length > MOST_NAME) return null;
  return by.trim() === "" ? OPERATOR : by.trim();
}

function idOf({ params }: Request): number | null {
  const { id } = params;
  return typeof id === "string" ? wholeNumber(id) : null;
}

function wholeNumber(text: string): number | null {
  return /^\d{1,15}$/.test(text) ? Number(text) : null;
}

function field(body: unknown, name: string, otherwise: unknown): unknown {
  if (typeof body !== "object" || body === null) return otherwise;
  const value: unknown = Reflect.get(body, name);
  return value ?? otherwise;
}

function refuse(response: Response, title: string): void {
  response.status(400).type("application/problem+json").json({ type: "about:blank", title, status: 400 });
}
