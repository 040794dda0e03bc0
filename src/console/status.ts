import { type Response, Router } from "express";
import type { Metrics } from "../observe/metrics.ts";
import type { Store } from "../store/store.ts";

export interface StatusParts {
  readonly store: Store;
  readonly metrics: Metrics;
  readonly roles: Iterable<string>;
  /** The digest of the rules that this process judges by, and what troubles it while it is ready all the same. */
  readonly running: () => { readonly rulebook: string; readonly troubles: readonly string[] } | null;
}

/** For load balancers and Prometheus: alive, ready, and the numbers. Nothing here is personal, so no token is asked. */
export function statusRoutes({ store, metrics, roles, running }: StatusParts): Router {
  const router = Router();
  router.get("/healthz", (_request, response: Response) => {
    response.json({ status: "alive" });
  });
  router.get("/readyz", async (_request, response: Response) => {
    const health = await store
      .health()
      .catch(() => ({ ok: false, problems: ["the store does not answer"], depth: {} }));
    const status = health.ok ? "ready" : "not ready";
    const { rulebook = null, troubles = [] } = running() ?? {};
    const problems = [...health.problems, ...troubles];
    response.status(health.ok ? 200 : 503).json({ status, roles: [...roles], rulebook, ...health, problems });
  });
  router.get("/metrics", async (_request, response: Response) => {
    response.type(metrics.registry.contentType).send(await metrics.registry.metrics());
  });
  return router;
}
