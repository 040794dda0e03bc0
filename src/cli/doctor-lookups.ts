import type { Clock } from "../core/model/clock.ts";
import { isJsonObject } from "../core/model/parse-json.ts";
import { openSource } from "../lookups/lookups.ts";
import { Unreachable } from "../lookups/source.ts";
import { checkWorkspace } from "../rulebook/check-workspace.ts";
import { substitute, variablesIn } from "../rulebook/environment.ts";
import { jsonAt } from "../rulebook/json-at.ts";
import { loadWorkspace } from "../rulebook/load-workspace.ts";
import type { Finding } from "./doctor-finding.ts";

const LONGEST_MS = 5_000;

/**
 * One call to the source of each look-up that changes nothing and asks about nobody. One that is wrongly written, or
 * whose variables are not set, is told of elsewhere and not asked.
 */
export async function examineLookups(
  directory: string,
  clock: Clock,
  env: NodeJS.ProcessEnv,
): Promise<readonly Finding[]> {
  const { parsed, problems } = checkWorkspace(loadWorkspace(directory), null);
  if (parsed.workspace === null || problems.some(({ severity }) => severity === "error")) return [];
  const lookups = jsonAt(parsed.workspace.document.data, ["lookups"]);
  const complete = Object.entries(isJsonObject(lookups) ? lookups : {}).filter(([, settings]) =>
    variablesIn(settings).every(({ name }) => (env[name] ?? "") !== ""),
  );
  return Promise.all(
    complete.map(([name, settings]) =>
      examine(`look-up ${name}`, openSource(substitute(settings, (variable) => env[variable])), clock),
    ),
  );
}

async function examine(about: string, source: ReturnType<typeof openSource>, clock: Clock): Promise<Finding> {
  const controller = new AbortController();
  let cancel: () => void = () => undefined;
  const late = new Promise<never>((_, reject) => {
    cancel = clock.after(LONGEST_MS, () => {
      controller.abort();
      reject(new Unreachable(`no answer within ${LONGEST_MS / 1_000} seconds`));
    });
  });
  try {
    return { mark: "good", about, says: await Promise.race([source.probe(controller.signal), late]) };
  } catch (fault) {
    // Of anything else the message may quote an address with a password in it.
    const says = fault instanceof Unreachable ? fault.message : "the source could not be asked";
    return { mark: "doubt", about, says, help: "rules that ask it do what its on_error says, until it answers" };
  } finally {
    cancel();
    await source.close();
  }
}
