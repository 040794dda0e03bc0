import type { Clock } from "../core/model/clock.ts";
import type { Reading } from "../store/embedded-reading.ts";
import { openExistingStore } from "./open-store.ts";
import type { RunSettings } from "./run-settings.ts";
import { assertKnownFormat } from "./store-format.ts";

export type StoreReading = Reading & { readonly version: string };

/** Opens the store the settings name to read it, also while a running system has it open. */
export async function readStore(settings: RunSettings, clock: Clock): Promise<StoreReading> {
  if (settings.store.kind === "embedded") {
    const { readEmbeddedStore } = await import("../store/embedded-reading.ts");
    const reading = readEmbeddedStore(settings.dataDirectory);
    await assertKnownFormat(reading).catch(async (fault: unknown): Promise<never> => {
      await reading.close();
      throw fault;
    });
    return { ...reading, version: `embedded store in ${settings.dataDirectory}` };
  }
  const store = await openExistingStore(settings, clock);
  return {
    load: (key, how) => store.load(key, how),
    history: (key, page) => store.history(key, page),
    audit: (page) => store.audit(page),
    pastEvents: (page) => store.pastEvents(page),
    scan: (page) => store.scan(page),
    close: () => store.close(),
    depth: async () => (await store.health()).depth,
    deadLetters: (page) => store.deadLetters(page),
    version: store.traits.version,
  };
}
