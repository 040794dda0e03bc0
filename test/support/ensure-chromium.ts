import { ensureChromium } from "./chromium.ts";

/** vitest's global setup, as for nats-server: looks once, installs where it can, and fails only the tests that need it. */
export function setup(): void {
  try {
    ensureChromium();
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  }
}
