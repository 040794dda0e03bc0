import { stringify } from "yaml";
import type { Clock } from "../core/model/clock.ts";
import type { Json, JsonObject } from "../core/model/json.ts";
import { isJsonObject } from "../core/model/parse-json.ts";
import type { RunningFake } from "../providers/fake-vendor.ts";
import type { ProviderRegistry } from "../providers/definition.ts";
import type { Environment } from "../rulebook/environment.ts";
import { jsonAt } from "../rulebook/json-at.ts";
import { EXIT, type ExitCode } from "./exit-codes.ts";
import { changesFor } from "./fake-settings.ts";
import { newsLine, recipientTable } from "./fake-talk.ts";
import { openFakes } from "./fake-vendors.ts";
import type { Output } from "./output.ts";
import { readSoundWorkspace } from "./read-sound-workspace.ts";
import { BadSetting, readPort } from "./run-settings.ts";

export interface FakeFlags {
  readonly provider?: readonly string[];
  readonly port?: string;
  readonly door?: string;
  readonly recipients?: boolean;
}

export interface FakeIo extends Output {
  readonly clock: Clock;
  readonly env: Environment;
  /** When the author has had enough. */
  readonly interrupted: Promise<void>;
}

/** Plays the vendors of a workspace on this machine until it is interrupted. */
export async function fake(directory: string, flags: FakeFlags, io: FakeIo): Promise<ExitCode> {
  if (flags.recipients === true) {
    io.out(recipientTable());
    return EXIT.fine;
  }
  const sound = readSoundWorkspace(directory, io);
  if (sound === null) return EXIT.unreadable;
  const settings = jsonAt(sound.heed.document.data, ["providers"]);
  const { registry } = sound.parsed.providers;
  const chosen = choose(registry, isJsonObject(settings) ? settings : {}, flags.provider ?? []);
  const door = (flags.door ?? "http://127.0.0.1:8080").replace(/\/+$/, "");
  const fakes = openFakes({
    env: io.env,
    clock: io.clock,
    door: () => door,
    tell: (provider, news) => io.out(newsLine(provider, news)),
    port: readPort(flags.port ?? "9400"),
  });
  try {
    await fakes.startFor(chosen, registry);
    io.out(instructions(fakes.running, chosen, door, io.env));
    await io.interrupted;
  } finally {
    await fakes.close();
  }
  return EXIT.fine;
}

/** The providers that have a fake: those that were asked for, or all. */
function choose(registry: ProviderRegistry, providers: JsonObject, wanted: readonly string[]): JsonObject {
  const isPlayed = (name: string): boolean => registry.get(name)?.fake !== undefined;
  const known = [...registry.keys()].filter(isPlayed).join(", ");
  const stranger = wanted.find((name) => !isPlayed(name));
  if (stranger !== undefined) throw new BadSetting(`provider: expected one of ${known}; found "${stranger}"`);
  const names = wanted.length > 0 ? wanted : Object.keys(providers).filter(isPlayed);
  if (names.length > 0) return Object.fromEntries(names.map((name): [string, Json] => [name, providers[name] ?? {}]));
  throw new BadSetting(`heed.yaml names no provider that has a fake; there are ${known}: name them with --provider`);
}

function instructions(
  running: ReadonlyMap<string, RunningFake>,
  written: JsonObject,
  door: string,
  env: Environment,
): string {
  const changes = [...running].map(([name, fake]) => ({ name, change: changesFor(written[name], fake.settings, env) }));
  const variables = changes.flatMap(({ change }) => Object.entries(change.variables));
  const settings = changes.filter(({ change }) => Object.keys(change.settings).length > 0);
  const exported = variables.map(([name, value]) => `  export ${name}='${value}'\n`).join("");
  const yaml = stringify({
    providers: Object.fromEntries(settings.map(({ name, change }) => [name, change.settings])),
  });
  return `Playing ${[...running.keys()].join(", ")}; reports go to ${door}. Ctrl-C ends it.

What heed run needs to speak to them, which heed run --fake does by itself:

${exported === "" ? "" : `${exported}\n`}${yaml.replace(/^(?=.)/gm, "  ")}
${recipientTable()}
`;
}
