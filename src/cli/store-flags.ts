import { resolve } from "node:path";
import { readNatsUrl } from "../store/jetstream-access.ts";
import { placeInFlags } from "../store/migration.ts";
import type { RunSettings } from "./run-settings.ts";

/** Without a login. */
export function publicUrl(url: string): string {
  const address = readNatsUrl(url);
  return "fault" in address ? "NATS" : `${address.encrypted ? "tls" : "nats"}://${address.servers.join(",")}`;
}

/** What a command that we tell somebody to give needs, so that it looks where this one did; empty for the defaults. */
export function storeFlags({ store, namespace, dataDirectory }: RunSettings): string {
  if (store.kind === "jetstream") return ` ${placeInFlags({ url: publicUrl(store.url), namespace })}`;
  return dataDirectory === resolve(".heed") ? "" : ` --data-dir ${dataDirectory}`;
}
