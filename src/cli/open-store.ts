import type { Clock } from "../core/model/clock.ts";
import type { Store } from "../store/store.ts";
import type { RunSettings } from "./run-settings.ts";

/** Opens the store the settings name. Each brings a native or large library, so only the chosen one is loaded. */
export async function openStore(settings: RunSettings, clock: Clock): Promise<Store> {
  if (settings.store.kind === "embedded") {
    const { openEmbeddedStore } = await import("../store/embedded.ts");
    return openEmbeddedStore({ directory: settings.dataDirectory, clock });
  }
  const { openJetStreamStore } = await import("../store/jetstream.ts");
  return openJetStreamStore({ url: settings.store.url, namespace: settings.namespace, clock });
}
