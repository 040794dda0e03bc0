import type { Consumer, ConsumeOptions, Delivery, Lane, Store, Verdict } from "../../src/store/store.ts";
import type { Process, Step, World } from "./world.ts";

type Handle = (delivery: Delivery) => Promise<Verdict>;

/**
 * Hands what is in the lanes to whichever process chance picks, holds the leases, and takes the verdicts. The lanes
 * themselves, their order, delays and keys are the memory store's.
 */
export interface LaneRouter {
  join(process: Process, lane: Lane, options: ConsumeOptions, handle: Handle): Promise<Consumer>;
  /** Whether this wake-up is a dead letter. */
  isBuried(id: string): boolean;
}

/** Why a delivery ends without a verdict. */
class Lost extends Error {
  override readonly name = "Lost";
}

export function createLaneRouter(world: World, step: Step, server: Store): LaneRouter {
  const { scheduler, trace } = world;
  const members = new Map<Lane, Map<Process, Handle>>();
  const buried = new Set<string>();

  const deliver = (lane: Lane, leaseMs: number, delivery: Delivery): Promise<Verdict> => {
    const alive = [...(members.get(lane) ?? [])].filter(([process]) => process.isAlive());
    const name = `${lane} ${delivery.key} ${lane === "due" ? "" : delivery.id} #${delivery.attempt}`;
    if (alive.length === 0) {
      // Nobody is there: it is offered again when its lease has ended.
      world.nudge(scheduler.now() + leaseMs);
      return Promise.reject(new Lost("no process takes this lane"));
    }
    const [process, handle] = world.luck(`router of ${name}`).pick(alive);
    trace.add(`${scheduler.now()} ${process.name} gets ${name}`);
    return new Promise((resolve, reject) => {
      let open = true;
      let leaseEnds = scheduler.now() + leaseMs;
      const lose = (why: string): void => {
        if (!open) return;
        open = false;
        trace.add(`${scheduler.now()} ${process.name} loses ${name}: ${why}`);
        world.nudge(leaseEnds);
        reject(new Lost(why));
      };
      const watchLease = (): void => {
        if (!open) return;
        if (scheduler.now() >= leaseEnds) {
          world.reach("lease ended");
          lose("lease ended");
        } else scheduler.at(leaseEnds, watchLease);
      };
      scheduler.at(leaseEnds, watchLease);
      process.onDeath(() => lose("process died"));
      const extend = (): void => {
        if (!open || !process.isAlive()) return;
        delivery.extend();
        leaseEnds = scheduler.now() + leaseMs;
      };
      const take = async (): Promise<void> => {
        await step(process, "delivery.taken", name);
        const verdict = await handle({ ...delivery, extend });
        await step(process, "verdict.given", name);
        if (world.strikes("delivery.verdict_lost", name)) return lose("verdict lost");
        if (!open) return;
        open = false;
        trace.add(`${scheduler.now()} ${process.name} ends ${name}: ${JSON.stringify(verdict)}`);
        if ("done" in verdict) world.see({ kind: "done", lane, key: delivery.key, id: delivery.id });
        if ("again" in verdict) world.nudge(verdict.again);
        if ("dead" in verdict) {
          buried.add(delivery.id);
          world.see({ kind: "buried", lane, id: delivery.id, reason: verdict.dead });
        }
        resolve(verdict);
      };
      take().catch((fault: unknown) => lose(`handler threw ${fault instanceof Error ? fault.name : typeof fault}`));
    });
  };

  return {
    async join(process, lane, options, handle) {
      const known = members.get(lane);
      const joined = known ?? new Map<Process, Handle>();
      joined.set(process, handle);
      members.set(lane, joined);
      process.onDeath(() => joined.delete(process));
      if (known === undefined) {
        await server.consume(lane, { parallel: options.parallel, leaseMs: options.leaseMs }, (delivery) =>
          deliver(lane, options.leaseMs, delivery),
        );
      }
      return {
        async stop() {
          joined.delete(process);
        },
      };
    },
    isBuried: (id) => buried.has(id),
  };
}
