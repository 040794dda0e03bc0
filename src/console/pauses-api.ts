import { json, type Request, type Response, Router } from "express";
import { parseInstant } from "../core/time/instant.ts";

/** A pause as the API tells it. Times are RFC 3339. */
export interface PauseView {
  readonly target: string;
  /** `paused` by a person, or `self_paused`. */
  readonly reason: string;
  readonly note: string;
  /** Who paused it, where that is known. */
  readonly by?: string;
  readonly since: string;
  /** Null is until somebody resumes it. */
  readonly until: string | null;
}

/** What the API does, whoever does it. `pause` and `resume` give null when the target is none. */
export interface PausesPort {
  list(): Promise<readonly PauseView[]>;
  pause(target: string, note: string, untilMs: number | null, by?: string): Promise<void> | null;
  resume(target: string, said?: SaidBy): Promise<Resumed> | null;
}

/** Who, and why; both may be empty. */
export interface SaidBy {
  readonly by: string;
  readonly note: string;
}

/** `needed`: what paused itself goes on for a reason, and none was given; in words. */
export type Resumed = { readonly resumed: boolean } | { readonly needed: string };

const MOST_NOTE = 500;
const MOST_NAME = 200;

/**
 * `GET /api/pauses`, `PUT /api/pauses/<target>` with `{ "note", "until", "by" }`, `DELETE /api/pauses/<target>` with
 * `{ "note", "by" }` or nothing. The port is null while the system is starting.
 */
export function pausesApi(port: () => PausesPort | null): Router {
  const router = Router();
  const starting = (response: Response): void => refuse(response, 503, "the system is starting: ask again in a second");
  const noTarget = (response: Response): void =>
    refuse(response, 400, "target: expected all, rule:<id> or channel:<name>");

  router.get("/pauses", async (_request, response: Response) => {
    const pauses = await port()?.list();
    if (pauses === undefined) return starting(response);
    response.set("Cache-Control", "no-store").json({ pauses });
  });
  router.put("/pauses/:target", json({ limit: "8kb" }), async (request: Request, response: Response) => {
    const wish = readWish(request.body);
    if (typeof wish === "string") return refuse(response, 400, wish);
    const open = port();
    if (open === null) return starting(response);
    const paused = open.pause(targetOf(request), wish.note, wish.until, wish.by);
    if (paused === null) return noTarget(response);
    await paused;
    response.json({ paused: true });
  });
  router.delete("/pauses/:target", json({ limit: "8kb" }), async (request: Request, response: Response) => {
    const said = readSaid(request.body ?? {});
    if (typeof said === "string") return refuse(response, 400, said);
    const open = port();
    if (open === null) return starting(response);
    const resuming = open.resume(targetOf(request), said);
    if (resuming === null) return noTarget(response);
    const resumed = await resuming;
    if ("needed" in resumed) return refuse(response, 400, resumed.needed);
    response.json(resumed);
  });
  return router;
}

function targetOf({ params }: Request): string {
  const { target } = params;
  return typeof target === "string" ? target : "";
}

/** What is wished, or what is wrong with it. */
function readWish(body: unknown): (SaidBy & { readonly until: number | null }) | string {
  if (typeof body !== "object" || body === null) return "expected a JSON body such as {}";
  const said = readSaid(body);
  if (typeof said === "string") return said;
  const until: unknown = "until" in body ? body.until : null;
  if (until === null) return { ...said, until };
  const moment = typeof until === "string" ? parseInstant(until) : null;
  return moment === null
    ? "until: expected a moment such as 2026-03-06T16:00:00Z, or null"
    : { ...said, until: moment };
}

function readSaid(body: unknown): SaidBy | string {
  if (typeof body !== "object" || body === null) return "expected a JSON body such as {}";
  const note: unknown = "note" in body ? body.note : "";
  const by: unknown = "by" in body ? body.by : "";
  if (typeof note !== "string" || note.length > MOST_NOTE)
    return `note: expected a text of at most ${MOST_NOTE} characters`;
  if (typeof by !== "string" || by.length > MOST_NAME) return `by: expected a name of at most ${MOST_NAME} characters`;
  return { by, note };
}

function refuse(response: Response, status: number, title: string): void {
  response.status(status).type("application/problem+json").json({ type: "about:blank", title, status });
}
