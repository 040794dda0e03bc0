import { ensureDatabaseServers } from "./database-servers.ts";

/** vitest's global setup, as for nats-server: looks once, installs where it can, and fails only the tests that need them. */
export function setup(): void {
  try {
    ensureDatabaseServers();
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  }
}
