import { randomUUID } from "node:crypto";
import type { CancelledView, CancelPort, RunView } from "../console/contacts-api.ts";
import type { Clock } from "../core/model/clock.ts";
import type { Contact, Enrollment } from "../core/model/contact.ts";
import { printable } from "../rulebook/report/printable.ts";
import { cancelRuns } from "../runtime/cancel-runs.ts";
import type { Store } from "../store/store.ts";
import { actorHere } from "./actor.ts";
import { keyNamed, wayNamed } from "./contact.ts";
import { EXIT, type ExitCode } from "./exit-codes.ts";
import type { Output } from "./output.ts";
import { reachSystem, type RunningSystem } from "./reach-system.ts";
import { BadSetting, type RunSettings } from "./run-settings.ts";

/** Ends runs of whom a name leads to, in a store. */
export function cancelPort(store: Pick<Store, "load" | "append">, clock: Clock): CancelPort {
  return {
    async cancel(named, { run, actor, reason }) {
      const contact = (await wayTo(store, named)).at(-1);
      if (contact === undefined) return { kind: "nobody" };
      const parts = { store, clock, newId: randomUUID };
      const runs = await cancelRuns(parts, contact, { of: run, actor, note: reason });
      if (runs.length > 0) return { kind: "cancelled", runs: runs.map(viewOf) };
      return { kind: "none", live: Object.values(contact.enrollments).map(viewOf) };
    },
  };
}

/** What is no name leads to nobody. */
async function wayTo(store: Pick<Store, "load">, named: string): Promise<readonly Contact[]> {
  try {
    return await wayNamed(store, named);
  } catch (fault) {
    if (fault instanceof BadSetting) return [];
    throw fault;
  }
}

function viewOf({ id, rule }: Enrollment): RunView {
  return { run: id, rule };
}

export interface CancelFlags {
  readonly actor?: string;
  readonly reason?: string;
}

/** `heed contact cancel`. Throws `BadSetting`. */
export async function cancelOfContact(
  named: string,
  run: string,
  flags: CancelFlags,
  { settings, clock, io }: { readonly settings: RunSettings; readonly clock: Clock; readonly io: Output },
): Promise<ExitCode> {
  // Wrong names are told before anything is opened.
  keyNamed(named);
  if (flags.reason === undefined || flags.reason.trim() === "")
    throw new BadSetting("say why, for everybody who asks later: --reason <text>");
  const wish = { run, actor: flags.actor ?? actorHere(), reason: flags.reason };
  const told = await reachSystem(settings, clock, io, {
    running: (system) => overHttp(system).cancel(named, wish),
    stored: (store) => cancelPort(store, clock).cancel(named, wish),
  });
  switch (told.kind) {
    case "cancelled":
      io.out(`cancelled: ${listed(told.runs)}; heed explain --contact ${printable(named)} tells it\n`);
      return EXIT.fine;
    case "none":
      io.err(`heed contact cancel: no run of ${printable(run)} is under way; ${whatIs(told.live)}\n`);
      return EXIT.findings;
    case "nobody":
      io.err(`heed contact cancel: nobody is known as ${printable(named)}\n`);
      return EXIT.findings;
  }
}

function whatIs(live: readonly RunView[]): string {
  return live.length === 0 ? "nothing is" : `these are: ${listed(live)}`;
}

function listed(runs: readonly RunView[]): string {
  return runs.map(({ run, rule }) => printable(`${rule} (${run})`)).join(", ");
}

function overHttp(system: RunningSystem): CancelPort {
  return {
    async cancel(contact, wish) {
      const answer = await system.ask("POST", "/api/contacts/cancel", { contact, ...wish });
      if (isCancelled(answer)) return answer;
      throw new BadSetting("the running system is of another version: its answer to a cancellation is none");
    },
  };
}

function isCancelled(answer: object): answer is CancelledView {
  if (!("kind" in answer)) return false;
  if (answer.kind === "nobody") return true;
  const runs: unknown = Reflect.get(answer, answer.kind === "none" ? "live" : "runs");
  return (answer.kind === "none" || answer.kind === "cancelled") && Array.isArray(runs) && runs.every(isRun);
}

function isRun(value: unknown): value is RunView {
  return typeof value === "object" && value !== null && "run" in value && "rule" in value;
}
