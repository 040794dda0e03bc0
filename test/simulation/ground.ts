import type { KeyObject } from "node:crypto";
import { createMetrics, type Metrics } from "../../src/observe/metrics.ts";
import { normalizePhone } from "../../src/ingest/normalize-address.ts";
import type { Provider } from "../../src/providers/provider.ts";
import { providerRegistry } from "../../src/providers/registry.ts";
import { createSendGridKeys } from "../../src/providers/sendgrid/sign.ts";
import type { CompiledWorkspace } from "../../src/rulebook/compile-workspace.ts";
import { virtualClock } from "../support/virtual-clock.ts";
import { type Door, openDoor } from "./door.ts";
import type { Version } from "./rule-texts.ts";
import { compileVersions } from "./rules.ts";

export const TWILIO_TOKEN = "token-of-the-simulation";
export const PUBLIC_URL = "https://hooks.example.com";

/** What all seeds of one process stand on: made once, because it costs more than a seed, and changed by none. */
export interface Ground {
  readonly versions: ReadonlyMap<Version, CompiledWorkspace>;
  /** With the real webhooks of the vendors; what they send is the simulation's. */
  readonly providers: ReadonlyMap<string, Provider>;
  readonly door: Door;
  readonly metrics: Metrics;
  /** What SendGrid signs with. */
  readonly sendgridKey: KeyObject;
}

export async function prepareGround(): Promise<Ground> {
  const keys = createSendGridKeys();
  const compiled = await compileVersions({
    SENDGRID_API_KEY: "SG.simulation",
    SENDGRID_PUBLIC_KEY: keys.publicKey,
    TWILIO_ACCOUNT_SID: "AC00000000000000000000000000000001",
    TWILIO_AUTH_TOKEN: TWILIO_TOKEN,
  });
  const versions = new Map([...compiled].map(([version, workspace]) => [version, remembering(workspace)]));
  const providers = new Map<string, Provider>();
  for (const workspace of versions.values()) {
    for (const [name, settings] of workspace.providers) {
      if (name === "outbox" || providers.has(name)) continue;
      const configured = providerRegistry.get(name)?.configure(settings);
      if (configured?.ok !== true) throw new Error(`the settings of ${name} are wrong`);
      providers.set(
        name,
        await configured.create({
          clock: virtualClock(),
          dataDirectory: ".",
          readPhone: (text) => normalizePhone(text, workspace.country),
        }),
      );
    }
  }
  return { versions, providers, door: openDoor(providers), metrics: createMetrics(), sendgridKey: keys.privateKey };
}

/** Every process that starts compiles the rules of old; here they are the same ones again and again. */
function remembering(workspace: CompiledWorkspace): CompiledWorkspace {
  const known = new Map<string, ReturnType<CompiledWorkspace["recompile"]>>();
  return {
    ...workspace,
    recompile(source) {
      const name = JSON.stringify(source.files);
      const found = known.get(name) ?? workspace.recompile(source);
      known.set(name, found);
      return found;
    },
  };
}
