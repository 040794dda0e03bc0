import type { WebhookRequest } from "../provider.ts";

/** Bytes of one call, and of a batch, as Segment's HTTP API takes them. */
export const maxCallBytes = 32 * 1024;
const maxBatchBytes = 500 * 1024;

const calls = ["identify", "track", "page", "screen", "group", "alias"];
/** Some libraries call a batch an import. */
const batches = ["batch", "import"];

export const apiPaths: ReadonlyMap<string, number> = new Map([
  ...calls.map((call) => [`/v1/${call}`, maxCallBytes] as const),
  ...batches.map((call) => [`/v1/${call}`, maxBatchBytes] as const),
]);

/** The call that a request of the HTTP API makes, `batch` among them; null when the request is a webhook. */
export function apiCallOf({ url }: WebhookRequest): string | null {
  const path = url.split("?", 1)[0] ?? "";
  if (!apiPaths.has(path)) return null;
  const call = path.slice("/v1/".length);
  return batches.includes(call) ? "batch" : call;
}
