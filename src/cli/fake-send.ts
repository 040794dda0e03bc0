import { readFileSync } from "node:fs";
import type { Clock } from "../core/model/clock.ts";
import type { JsonObject } from "../core/model/json.ts";
import { isJsonObject } from "../core/model/parse-json.ts";
import { sourceDefinition } from "../providers/registry.ts";
import { type Environment, substitute, variablesIn } from "../rulebook/environment.ts";
import { jsonAt } from "../rulebook/json-at.ts";
import { EXIT, type ExitCode } from "./exit-codes.ts";
import type { Output } from "./output.ts";
import { readSoundWorkspace, type SoundWorkspace } from "./read-sound-workspace.ts";
import { BadSetting } from "./run-settings.ts";

export interface FakeSendIo extends Output {
  readonly clock: Clock;
  readonly env: Environment;
}

export interface FakeSendFlags {
  readonly door?: string;
}

/**
 * Posts a file to the door as whoever sends such webhooks would: signed with the secret that heed.yaml names. For those
 * who only report to Heed, and have no fake that would do it by itself.
 */
export async function fakeSend(
  { provider, file, directory }: { readonly provider: string; readonly file: string; readonly directory: string },
  { door = "http://127.0.0.1:8080" }: FakeSendFlags,
  io: FakeSendIo,
): Promise<ExitCode> {
  const sound = readSoundWorkspace(directory, io);
  if (sound === null) return EXIT.unreadable;
  const { sign, settings } = senderOf(sound, provider, io.env);
  const request = sign(settings, readBody(file), io.clock.now());
  if (request === null)
    throw new BadSetting(`heed.yaml has no secret of ${provider} to sign with: one that only verifies signs nothing`);
  const { path, headers, body } = request;
  const answer = await fetch(door.replace(/\/+$/, "") + path, { method: "POST", headers, body }).catch(() => null);
  if (answer === null)
    throw new BadSetting(`nobody listens at ${door}: start heed run, or say with --door where it is`);
  await answer.body?.cancel();
  io.out(`posted to ${path}, signed as ${provider}: Heed answered ${answer.status}\n`);
  return answer.ok ? EXIT.fine : EXIT.findings;
}

function senderOf({ heed, parsed }: SoundWorkspace, name: string, env: Environment) {
  const section = (key: string): JsonObject => {
    const found = jsonAt(heed.document.data, [key]);
    return isJsonObject(found) ? found : {};
  };
  const [providers, sources] = [section("providers"), section("sources")];
  const { registry } = parsed.providers;
  const definition = sources[name] === undefined ? registry.get(name) : sourceDefinition(name);
  const written = sources[name] ?? providers[name];
  if (definition?.sign === undefined || written === undefined) {
    const able = Object.keys(providers).filter((each) => registry.get(each)?.sign !== undefined);
    const names = [...able, ...Object.keys(sources)].join(", ");
    const expected = names === "" ? "heed.yaml names none that only report to Heed" : `expected one of ${names}`;
    const byItself = definition?.fake === undefined ? "" : ", whose fake reports by itself: heed fake";
    throw new BadSetting(`provider: ${expected}; found "${name.slice(0, 60)}"${byItself}`);
  }
  const unset = variablesIn(written).flatMap((use) => ((env[use.name] ?? "") === "" ? [use.name] : []));
  if (unset.length > 0) throw new BadSetting(`${name} needs ${unset.join(", ")}: set it in the environment`);
  const settings = substitute(written, (variable) => env[variable]);
  return { sign: definition.sign, settings: isJsonObject(settings) ? settings : {} };
}

function readBody(file: string): string {
  try {
    return readFileSync(file === "-" ? 0 : file, "utf8");
  } catch {
    throw new BadSetting(`file: ${file} can't be read`);
  }
}
