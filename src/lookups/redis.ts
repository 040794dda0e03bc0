import { createClient } from "@redis/client";
import { readAnswer } from "./read-answer.ts";
import type { RedisSettings } from "./settings.ts";
import { codeOf, type Fetched, failed, type LookupSource, NOTHING, type Texts, Unreachable } from "./source.ts";

const LONGEST_ANSWER = 1024 * 1024;
/** One connection carries them all; this bounds what a slow server makes us hold. */
const AT_ONCE = 64;
const RECONNECT_MS = 1_000;

/** Reads one key. A connection carries all questions; while it is down they fail at once and it comes back by itself. */
export function redisSource(settings: RedisSettings): LookupSource {
  const client = createClient({
    url: settings.url,
    name: "heed",
    disableOfflineQueue: true,
    commandsQueueMaxLength: 1_000,
    socket: { connectTimeout: 5_000, reconnectStrategy: (tries) => Math.min(50 * 2 ** tries, RECONNECT_MS) },
  });
  // Every question says itself that it was not answered.
  client.on("error", () => undefined);
  let connecting: Promise<unknown> | null = null;
  const connected = async (signal: AbortSignal): Promise<void> => {
    connecting ??= client.connect().catch(() => undefined);
    await Promise.race([connecting, aborted(signal)]);
  };
  return {
    repeatable: true,
    atOnce: AT_ONCE,
    async fetch(texts, signal) {
      try {
        await connected(signal);
        return await Promise.race([read(client, settings, texts), aborted(signal)]);
      } catch (failure) {
        return failed(signal.aborted ? "timeout" : redisCode(failure), !signal.aborted);
      }
    },
    async probe(signal) {
      const { host } = new URL(settings.url);
      try {
        await connected(signal);
        await Promise.race([client.ping(), aborted(signal)]);
      } catch (failure) {
        throw new Unreachable(`${host} was not reached: ${signal.aborted ? "it took too long" : redisCode(failure)}`);
      }
      return `${host} answers`;
    },
    async close() {
      client.destroy();
    },
  };
}

type Client = ReturnType<typeof createClient>;

async function read(client: Pick<Client, "get" | "hGetAll">, settings: RedisSettings, texts: Texts): Promise<Fetched> {
  if (settings.hgetall !== undefined) {
    const hash = Object.entries(await client.hGetAll(texts["redis.hgetall"] ?? settings.hgetall));
    if (hash.length === 0) return NOTHING;
    // The same limits as for everything from outside.
    return readAnswer(JSON.stringify(Object.fromEntries(hash)), undefined);
  }
  const text = await client.get(texts["redis.get"] ?? settings.get ?? "");
  if (text === null) return NOTHING;
  return text.length > LONGEST_ANSWER ? { kind: "invalid", code: "too_long" } : readAnswer(text, undefined);
}

/** Redis begins its own errors with a word in capitals: WRONGTYPE, NOAUTH, LOADING. */
function redisCode(failure: unknown): string {
  const word = failure instanceof Error ? /^([A-Z]{3,20}) /.exec(failure.message)?.[1] : undefined;
  return word ?? codeOf(failure);
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const fail = (): void => reject(new Error("aborted"));
    if (signal.aborted) fail();
    else signal.addEventListener("abort", fail, { once: true });
  });
}
