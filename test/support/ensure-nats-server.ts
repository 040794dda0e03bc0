import { ensureNatsServer } from "./nats-server.ts";

/**
 * vitest's global setup: looks for nats-server once, before any test runs, so that test files in parallel do not
 * install it at the same time. Its absence fails the tests that need it, with the command to run, and no others.
 */
export function setup(): void {
  try {
    ensureNatsServer();
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  }
}
