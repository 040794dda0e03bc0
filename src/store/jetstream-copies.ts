import { asUnavailable, isObject } from "./jetstream-request.ts";
import type { JetStreamRequests } from "./jetstream-request.ts";

/** Which streams of the server copy from which: mirrors and sources do not follow deletions. */
export type Copies = ReadonlyMap<string, readonly string[]>;

/** Asks for every stream of the account. Those of other JetStream domains cannot be seen from here. Rejects with Unavailable. */
export async function readCopies(requests: JetStreamRequests): Promise<Copies> {
  const copies = new Map<string, string[]>();
  for (let offset = 0, total = 1; offset < total;) {
    const page = await requests.api("STREAM.LIST", { offset }).catch((error: unknown) => {
      throw asUnavailable(error);
    });
    const streams: readonly unknown[] = Array.isArray(page["streams"]) ? page["streams"] : [];
    for (const stream of streams) {
      if (!isObject(stream) || !isObject(stream["config"])) continue;
      const { name, mirror, sources } = stream["config"];
      const gathered: readonly unknown[] = Array.isArray(sources) ? sources : [];
      for (const origin of [mirror, ...gathered]) {
        if (!isObject(origin) || origin["external"] !== undefined) continue;
        copies.set(String(origin["name"]), [...(copies.get(String(origin["name"])) ?? []), String(name)]);
      }
    }
    if (streams.length === 0) break;
    offset += streams.length;
    total = Number(page["total"]);
  }
  return copies;
}

/** The stream and all that copy it, also by way of another copy. */
export function withCopies(stream: string, copies: Copies): readonly string[] {
  const found = [stream];
  for (const name of found) {
    for (const copy of copies.get(name) ?? []) if (!found.includes(copy)) found.push(copy);
  }
  return found;
}
