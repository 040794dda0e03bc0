import type { Contact } from "../../src/core/model/contact.ts";
import type { OutgoingMessage } from "../../src/core/model/outgoing.ts";
import type { PauseTarget } from "../../src/runtime/pauses.ts";
import { cancelRuns } from "../../src/runtime/cancel-runs.ts";
import { decodeContact } from "../../src/runtime/contact-codec.ts";
import { callbacksOf } from "./callbacks.ts";
import type { Chance } from "./chance.ts";
import type { Post } from "./events.ts";
import type { Ground } from "./ground.ts";
import type { Mutation } from "./mutation.ts";
import { type RunningProcess, startProcess } from "./running-process.ts";
import type { Version } from "./rule-texts.ts";
import type { SharedStore } from "./shared-store.ts";
import type { Knock } from "./sources.ts";
import { createVendor } from "./vendor.ts";
import { createProcess, type Step, type World } from "./world.ts";

const SECOND = 1_000;

/** Who takes part: processes that come and go, and vendors that stay. */
export interface Cast {
  start(number: number): void;
  publish(version: Version): void;
  /** Somebody uses the kill switch, by way of whichever process there is, until it has worked. */
  pause(target: PauseTarget, forMs: number | null): void;
  resume(target: PauseTarget): void;
  /** Somebody ends a run that is under way, or all of its rule, likewise. */
  cancel(): void;
  /** Somebody has something done by whichever process there is, until it has worked. */
  insist(what: (one: RunningProcess) => Promise<unknown>): void;
  /** A request to whichever process the balancer picks. */
  readonly knock: Knock;
  /** Where reports of vendors and replies of people go. */
  listen(tell: (post: Post) => void): void;
  crashes(): number;
}

export function createCast(world: World, ground: Ground, mutation: Mutation, step: Step, shared: SharedStore): Cast {
  const { scheduler, plan, trace } = world;
  const running = new Set<RunningProcess>();
  const copies = new Map<string, number>();
  let listener: (post: Post) => void = () => undefined;
  let crashes = 0;
  let published = plan.deploys[0]?.version ?? 1;

  const told = (message: OutgoingMessage): void => {
    const copy = (copies.get(message.intentId) ?? 0) + 1;
    copies.set(message.intentId, copy);
    for (const post of callbacksOf(world, message, copy)) listener(post);
  };
  const vendors = {
    sendgrid: createVendor(world, step, "sendgrid", told),
    twilio: createVendor(world, step, "twilio", told),
    outbox: createVendor(world, step, "outbox", told),
  };

  const run = async (number: number, life: number): Promise<void> => {
    const luck = world.luck(`process ${number}`);
    const skewed = world.strikes("process.skew", String(number));
    const process = createProcess(`p${number}.${life}`, skewed ? luck.between(-2 * SECOND, 2 * SECOND) : 0);
    process.onDeath(() => {
      crashes += 1;
      for (const one of running) if (one.process === process) running.delete(one);
      scheduler.at(scheduler.now() + luck.between(1, 30) * SECOND, () => void run(number, life + 1));
    });
    trace.add(`${scheduler.now()} ${process.name} starts with version ${published}`);
    const version = published;
    const started = await startProcess({ world, ground, process, shared, vendors, mutation, step }, version).catch(
      () => null,
    );
    if (started === null) {
      // A start that fails ends the process; whoever watches over it starts it again.
      world.reach("start failed");
      return process.kill();
    }
    running.add(started);
    // Published while it was starting.
    if (published !== version) await started.deploy(published);
  };

  const insist = (what: (one: RunningProcess) => Promise<unknown>): void => {
    const later = (): void => void scheduler.at(scheduler.now() + 5 * SECOND, () => insist(what));
    if (running.size === 0) return later();
    const one = world.luck("operator").pick([...running]);
    let open = true;
    const again = (): void => {
      if (open) later();
      open = false;
    };
    one.process.onDeath(again);
    what(one).then(() => (open = false), again);
  };

  return {
    insist,
    pause: (target, forMs) =>
      insist(({ engine, clock }) => engine.pause(target, "by hand", forMs === null ? null : clock.now() + forMs)),
    resume: (target) => insist(({ engine }) => engine.resume(target, { actor: "operator", note: "looked at" })),
    cancel() {
      const luck = world.luck("cancel");
      let meant: Meant | null = null;
      insist(async ({ store, clock }) => {
        // Whoever tries again says the same word.
        meant ??= await somethingUnderWay(shared, luck);
        if (meant === null) return;
        const { contact, of, command } = meant;
        await cancelRuns({ store, clock, newId: () => command }, contact, { of, actor: "operator", note: "asked for" });
      });
    },
    start: (number) => scheduler.at(scheduler.now(), () => void run(number, 1)),
    publish(version) {
      published = version;
      world.see({ kind: "published", version });
      for (const one of running) {
        // Each process notices in its own time.
        const notice = (): void => void one.deploy(published);
        const late = world.luck(`notice of ${one.process.name}`).between(0, 5 * SECOND);
        scheduler.at(scheduler.now() + late, notice, one.process);
      }
    },
    knock(request, about) {
      if (running.size === 0) return null;
      const owner = world.luck(`knock of ${about}`).pick([...running]);
      return step(owner.process, "door.opened", about).then(() => ground.door.ask(owner, request));
    },
    listen: (tell) => void (listener = tell),
    crashes: () => crashes,
  };
}

interface Meant {
  readonly contact: Contact;
  readonly of: string;
  readonly command: string;
}

async function somethingUnderWay({ server }: SharedStore, luck: Chance): Promise<Meant | null> {
  const docs = await server.scan({ limit: 1_000 });
  const contacts = docs.filter(({ key }) => !key.startsWith("heed:")).map(decodeContact);
  const live = contacts.flatMap((contact) =>
    Object.values(contact.enrollments).map(({ id, rule }) => ({ contact, id, rule })),
  );
  if (live.length === 0) return null;
  const { contact, id, rule } = luck.pick(live);
  return { contact, of: luck.happens(0.5) ? id : rule, command: `cancel ${luck.between(0, 1_000_000)}` };
}
