import type { Clock } from "../core/model/clock.ts";
import type { ConnectionNews } from "../store/jetstream-connection.ts";
import { checkEmbeddedFiles } from "../store/embedded-files.ts";
import { isHalfMoved } from "../store/migration.ts";
import { type Store, Unsupported } from "../store/store.ts";
import type { RunSettings } from "./run-settings.ts";
import { assertKnownFormat, tellFormat } from "./store-format.ts";

/** Opens the store the settings name. Each brings a native or large library, so only the chosen one is loaded. `tell` hears of its connection. */
export async function openStore(
  settings: RunSettings,
  clock: Clock,
  tell?: (news: ConnectionNews) => void,
  mustExist = false,
): Promise<Store> {
  const store = await openUnread(settings, clock, tell, mustExist);
  try {
    await assertKnownFormat(store);
    if (!mustExist) await tellFormat(store);
    return store;
  } catch (fault) {
    await store.close();
    throw fault;
  }
}

async function openUnread(
  settings: RunSettings,
  clock: Clock,
  tell: ((news: ConnectionNews) => void) | undefined,
  mustExist: boolean,
): Promise<Store> {
  if (settings.store.kind === "embedded") {
    checkEmbeddedFiles(settings.dataDirectory, !mustExist);
    const { openEmbeddedStore } = await import("../store/embedded.ts");
    return openEmbeddedStore({ directory: settings.dataDirectory, clock });
  }
  const { openJetStreamStore } = await import("../store/jetstream.ts");
  const { url, security, replicas } = settings.store;
  const store = await openJetStreamStore({
    url,
    security,
    namespace: settings.namespace,
    clock,
    mustExist,
    ...(replicas !== null && { replicas }),
    ...(tell !== undefined && { onConnection: tell }),
  });
  if (!(await isHalfMoved((key) => store.load(key, "latest")))) return store;
  await store.close();
  throw new Unsupported(
    "a move into this store has begun and has not ended: repeat heed migrate, which goes on where it was",
  );
}

/**
 * The same for commands beside the system: refuses a folder or namespace in which nothing has ever run. Throws `Unsupported`,
 * `Unavailable`.
 */
export function openExistingStore(settings: RunSettings, clock: Clock): Promise<Store> {
  return openStore(settings, clock, undefined, true);
}
