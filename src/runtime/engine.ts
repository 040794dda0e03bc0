import { startDecider } from "./decider.ts";
import { createDecodedContacts } from "./decoded-contacts.ts";
import { startDispatcher } from "./dispatcher.ts";
import type { Deployed, Parts } from "./parts.ts";

/** The running deciders and dispatchers of this process. */
export interface Engine {
  /** From the next decision on, judges by these rules. */
  deploy(next: Deployed): Promise<void>;
  /** Lets what is under way end, then rests. What was not finished comes again at the next start. */
  stop(drainMs: number): Promise<void>;
}

export async function startEngine(parts: Omit<Parts, "deployed" | "decoded">, first: Deployed): Promise<Engine> {
  let deployed = first;
  const all: Parts = { ...parts, decoded: createDecodedContacts(), deployed: () => deployed };
  const deciders = await startDecider(all);
  const dispatcher = await startDispatcher(all);
  return {
    async deploy(next) {
      deployed = next;
      await dispatcher.refresh();
    },
    async stop(drainMs) {
      await Promise.all([...deciders.map((consumer) => consumer.stop(drainMs)), dispatcher.stop(drainMs)]);
    },
  };
}
