import type { Clock } from "../core/model/clock.ts";
import { openSource } from "../lookups/lookups.ts";
import { Unreachable } from "../lookups/source.ts";
import type { Finding } from "./doctor-finding.ts";
import { askableSettings } from "./doctor-settings.ts";

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
  const { settings = [] } = askableSettings(directory, "lookups", env) ?? {};
  return Promise.all(settings.map(([name, each]) => examine(`look-up ${name}`, openSource(each), clock)));
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
