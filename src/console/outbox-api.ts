import { type Request, type Response, Router } from "express";

const DEFAULT_LIMIT = 50;
const MOST = 1_000;

/** `GET /api/outbox`: the messages that the `outbox` provider kept, newest first. */
export function outboxApi(readOutbox: (page: { readonly limit: number }) => Promise<readonly unknown[]>): Router {
  const router = Router();
  router.get("/outbox", async (request: Request, response: Response) => {
    const limit = Number(new URL(request.url, "http://localhost").searchParams.get("limit") ?? DEFAULT_LIMIT);
    if (!Number.isInteger(limit) || limit < 1 || limit > MOST) {
      response.status(400).type("application/problem+json");
      response.json({ type: "about:blank", title: `limit: expected a whole number from 1 to ${MOST}`, status: 400 });
      return;
    }
    response.set("Cache-Control", "no-store").json({ messages: await readOutbox({ limit }) });
  });
  return router;
}
