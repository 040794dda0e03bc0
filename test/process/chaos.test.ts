import { expect, test } from "vitest";
import { replayCommand, runChaos } from "../chaos/run-chaos.ts";
import { ensureNatsServer } from "../support/nats-server.ts";
import { findNewerNatsServer } from "../support/newer-nats-server.ts";
import { seed } from "../support/seed.ts";

const SECONDS = 30;

test(
  `through ${SECONDS} s of dying, standing and cut-off processes and servers, the account stays perfect (seed ${seed})`,
  // Much of it is waiting: for processes to come up, and for the leases of those that were killed to end.
  { timeout: 400_000 },
  async () => {
    const options = { seed, seconds: SECONDS, binary: findNewerNatsServer() ?? ensureNatsServer() };
    const said: string[] = [];
    const { violations, counts, faults, output } = await runChaos({ ...options, tell: (line) => said.push(line) });
    const story = [...said, JSON.stringify({ ...faults, ...counts }), output.slice(-10_000)].join("\n");
    expect(violations, `${replayCommand(options)}\n${story}`).toEqual([]);
    // Silence means something only where there was noise.
    expect(counts["messages that vendors took"]).toBeGreaterThan(100);
    expect(faults["kill worker"]).toBeGreaterThan(3);
  },
);
