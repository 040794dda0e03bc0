import { ensureNewerNatsServer } from "./newer-nats-server.ts";

/** vitest's global setup of what runs on a newer nats-server: fetches it once. Without it those tests are skipped, and this says why. */
export function setup(): void {
  try {
    ensureNewerNatsServer();
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    if (process.env["HEED_TEST_THOROUGH"] !== undefined) throw error;
  }
}
