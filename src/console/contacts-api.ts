import { json, type Request, type Response, Router } from "express";

/** A run that is under way. */
export interface RunView {
  /** Its own id. */
  readonly run: string;
  readonly rule: string;
}

export interface CancelWish {
  /** One run by its id, or all of a rule by the rule's. */
  readonly run: string;
  readonly actor: string;
  readonly reason: string;
}

export type CancelledView =
  /** They end within a moment. */
  | { readonly kind: "cancelled"; readonly runs: readonly RunView[] }
  /** Nothing of that name is under way; `live` is. */
  | { readonly kind: "none"; readonly live: readonly RunView[] }
  | { readonly kind: "nobody" };

export interface CancelPort {
  /** `contact` is an id, or `id:`, `email:`, `phone:` or `anon:` with what follows. */
  cancel(contact: string, wish: CancelWish): Promise<CancelledView>;
}

/** Who and why are kept in the account for ever. */
export const MOST_WORDS = { actor: 100, reason: 500, name: 300 } as const;

/** `POST /api/contacts/cancel` with `{ "contact", "run", "reason", "actor" }`: not in the path, because addresses are personal. */
export function contactsApi(port: CancelPort): Router {
  const router = Router();
  router.post("/contacts/cancel", json({ limit: "8kb" }), async (request: Request, response: Response) => {
    const read = readWish(request.body);
    if (typeof read === "string") {
      response.status(400).type("application/problem+json").json({ type: "about:blank", title: read, status: 400 });
      return;
    }
    response.json(await port.cancel(read.contact, read.wish));
  });
  return router;
}

/** What is wished, or what is wrong with it. */
function readWish(body: unknown): { readonly contact: string; readonly wish: CancelWish } | string {
  const contact = text(body, "contact", "");
  const run = text(body, "run", "");
  const actor = text(body, "actor", "operator");
  const reason = text(body, "reason", "");
  if (contact === null || contact === "" || contact.length > MOST_WORDS.name)
    return "contact: expected its id, or email:<address>, phone:<number> or anon:<id>";
  if (run === null || run === "" || run.length > MOST_WORDS.name) return "run: expected the id of a run, or of a rule";
  if (actor === null || actor === "" || actor.length > MOST_WORDS.actor)
    return `actor: expected a name of at most ${MOST_WORDS.actor} characters`;
  if (reason === null || reason.trim() === "" || reason.length > MOST_WORDS.reason)
    return `reason: expected a text of at most ${MOST_WORDS.reason} characters`;
  return { contact, wish: { run, actor, reason } };
}

/** Null when it is no text. */
function text(body: unknown, name: string, otherwise: string): string | null {
  const value: unknown = typeof body === "object" && body !== null ? Reflect.get(body, name) : undefined;
  if (value === undefined) return otherwise;
  return typeof value === "string" ? value : null;
}
