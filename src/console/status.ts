import { type Response, Router } from "express";
import type { Metrics } from "../observe/metrics.ts";
import type { Store } from "../store/store.ts";

/** For load balancers and Prometheus: alive, ready, and the numbers. Nothing here is personal, so no token is asked. */
export function statusRoutes(store: Store, metrics: Metrics, roles: Iterable<string>): Router {
  const router = Router();
  router.get("/healthz", (_request, response: Response) => {
    response.json({ status: "alive" });
  });
  router.get("/readyz", async (_request, response: Response) => {
    const health = await store
      .health()
      .catch(() => ({ ok: false, problems: ["the store does not answer"], depth: {} }));
    const status = health.ok ? "ready" : "not ready";
    response.status(health.ok ? 200 : 503).json({ status, roles: [...roles], ...health });
  });
  router.get("/metrics", async (_request, response: Response) => {
    response.type(metrics.registry.contentType).send(await metrics.registry.metrics());
  });
  return router;
}
