import type { Clock } from "../core/model/clock.ts";
import type { JsonObject } from "../core/model/json.ts";
import { isJsonObject, parseJson } from "../core/model/parse-json.ts";
import { sayFailure } from "../outgoing/untrusted.ts";
import { withDeadline } from "./deadline.ts";
import type { Probe } from "./provider.ts";
import { failureCode } from "./transport-failure.ts";
import { type HttpAnswer, type HttpRequest, openVendorHttp } from "./vendor-http.ts";

/** A person waits for it. */
export const probeTimeoutMs = 5_000;

/** What an answer of success says besides: null when all is well. */
type ReadAnswer = (answer: JsonObject) => Probe | null;

/** One GET that changes nothing, with our credentials, over a connection of its own. Never rejects. */
export async function probeByGet(
  clock: Clock,
  { url, headers }: Pick<HttpRequest, "url" | "headers">,
  read: ReadAnswer = () => null,
): Promise<Probe> {
  const http = openVendorHttp();
  const late: Probe = { kind: "unclear", says: "gave no answer in time" };
  try {
    return await withDeadline(clock, probeTimeoutMs, late, async (signal) =>
      probeOf(await http.call({ method: "GET", url, ...(headers !== undefined && { headers }) }, signal), read),
    );
  } catch (error) {
    const code = failureCode(error);
    return code === "timeout" ? late : { kind: "unclear", says: `was not reached: ${sayFailure(code)}` };
  } finally {
    await http.close();
  }
}

function probeOf({ status, body }: HttpAnswer, read: ReadAnswer): Probe {
  if (status === 401 || status === 403) return { kind: "refused", says: `refuses our credentials (HTTP ${status})` };
  const parsed = parseJson(body);
  if (status !== 200 || !parsed.ok || !isJsonObject(parsed.value))
    return { kind: "unclear", says: `gave an answer that is not the vendor's (HTTP ${status})` };
  return read(parsed.value) ?? { kind: "good", says: "takes our credentials" };
}

export function basicAuthorization(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
}
