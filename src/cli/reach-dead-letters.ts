import type { DeadLettersPort, LetterView, ReplayedView, WholeLetterView } from "../console/dead-letters-api.ts";
import type { Clock } from "../core/model/clock.ts";
import { deadLettersPort } from "./dead-letters-port.ts";
import type { Output } from "./output.ts";
import { reachSystem, type RunningSystem } from "./reach-system.ts";
import { BadSetting, type RunSettings } from "./run-settings.ts";

/** Works on the dead letters, wherever they are. Throws `BadSetting` when that cannot be reached. */
export async function withDeadLetters<T>(
  settings: RunSettings,
  clock: Clock,
  io: Output,
  work: (letters: DeadLettersPort) => Promise<T>,
): Promise<T> {
  return reachSystem(settings, clock, io, {
    running: (system) => work(overHttp(system)),
    stored: (store) => work(deadLettersPort(store, clock)),
  });
}

function overHttp(system: RunningSystem): DeadLettersPort {
  return {
    async list({ after = 0, limit }) {
      const answer = await system.ask("GET", `/api/dead-letters?after=${after}&limit=${limit}`);
      const found: unknown = "dead_letters" in answer ? answer.dead_letters : null;
      const next: unknown = "next" in answer ? answer.next : null;
      return {
        dead_letters: Array.isArray(found) ? found.filter(isLetter) : [],
        next: typeof next === "number" ? next : null,
      };
    },
    async show(id) {
      const answer = await system.ask("GET", `/api/dead-letters/${id}`);
      const found: unknown = "dead_letter" in answer ? answer.dead_letter : null;
      return isWhole(found) ? found : null;
    },
    async replay(id, { mayDouble, by }) {
      const answer = await system.ask("POST", `/api/dead-letters/${id}/replay`, { may_double: mayDouble, by });
      if (isReplayed(answer)) return answer;
      throw new BadSetting("the running system is of another version: its answer to a replay is none");
    },
    async discard(id, { note, by }) {
      const answer = await system.ask("DELETE", `/api/dead-letters/${id}`, { note, by });
      return "discarded" in answer && answer.discarded === true;
    },
  };
}

function isLetter(value: unknown): value is LetterView {
  return (
    typeof value === "object" && value !== null && "id" in value && "key" in value && "reason" in value && "at" in value
  );
}

function isWhole(value: unknown): value is WholeLetterView {
  return isLetter(value) && "body" in value;
}

function isReplayed(answer: object): answer is ReplayedView {
  if (!("kind" in answer)) return false;
  if (answer.kind === "replayed" || answer.kind === "gone") return true;
  return ["settled", "refused"].includes(String(answer.kind)) && "why" in answer;
}
