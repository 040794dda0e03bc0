import type { Json } from "../../core/model/json.ts";
import type { Configuration, ProviderDefinition } from "../definition.ts";
import type { Verification, WebhookRequest } from "../provider.ts";
import { readSeconds, verifyAge, verifyHmac } from "../secret.ts";
import { readSettings, type Settings } from "../settings.ts";
import { newestSecret } from "../signed-request.ts";
import { customerIoEventData, normalizeCustomerIo } from "./normalize.ts";
import { signatureHeader, signatureKind, signCustomerIo, signedText, timestampHeader } from "./sign.ts";

/** Customer.io repeats a webhook for seven days, and does not document whether a repetition is signed anew. */
const defaultToleranceMs = 8 * 24 * 3_600_000;
/** Customer.io says that opens of machines are told apart, and not by which field. */
const defaultMachineFields: readonly string[] = ["prefetched", "machine"];
/** A clock of ours that is behind by more than this is a fault to be seen. */
const maxAheadMs = 5 * 60_000;

interface CustomerIoKeys {
  /** More than one while the key is being rotated. */
  readonly keys: readonly string[];
  readonly toleranceMs: number;
  /** Fields of an open or a click that are true when a machine did it. */
  readonly machineFields: readonly string[];
}

/** Customer.io's reporting webhooks: what became of messages that Customer.io sent. */
export const customerio: ProviderDefinition = {
  name: "customerio",
  title: "Customer.io",
  capabilities: { kinds: [], idempotencyKey: false, lookup: false },
  door: { proof: "HMAC-SHA256 over time and body", replay: "signed time" },
  eventData: customerIoEventData,
  sign(settings, body, now) {
    const key = newestSecret(settings, "signing_key");
    if (key === null) return null;
    return { path: "/webhooks/customerio", headers: signCustomerIo(body, Math.floor(now / 1_000), key), body };
  },
  configure(raw: Json): Configuration {
    const { value: keys, problems } = readSettings(raw, readCustomerIo);
    if (problems.length > 0) return { ok: false, problems };
    return {
      ok: true,
      create: async ({ readPhone }) => ({
        name: "customerio",
        inbound: {
          contentTypes: ["application/json"],
          verify: (request, now) => verifyCustomerIo(request, keys, now),
          normalize: (request, now) =>
            normalizeCustomerIo(request, { readPhone, machineFields: keys.machineFields, now }),
        },
        outbound: null,
      }),
    };
  },
};

function readCustomerIo(settings: Settings): CustomerIoKeys {
  const keys = settings.strings("signing_key");
  if (keys.length === 0) settings.report("signing_key", "is required: the signing key of the reporting webhook");
  const machineFields = settings.strings("machine_fields");
  return {
    keys,
    toleranceMs: settings.duration("tolerance", defaultToleranceMs),
    machineFields: machineFields.length > 0 ? machineFields : defaultMachineFields,
  };
}

function verifyCustomerIo(request: WebhookRequest, { keys, toleranceMs }: CustomerIoKeys, now: number): Verification {
  const given = request.headers[signatureHeader];
  if (given === undefined || given === "") return { ok: false, reason: "signature_missing" };
  const timestamp = request.headers[timestampHeader];
  const signedAt = readSeconds(timestamp);
  if (timestamp === undefined || signedAt === null) return { ok: false, reason: "timestamp_invalid" };
  const verified = verifyHmac(signatureKind, given, keys, [signedText(timestamp), request.body]);
  if (!verified.ok) return verified;
  return signedAt - now > maxAheadMs ? { ok: false, reason: "timestamp_stale" } : verifyAge(signedAt, toleranceMs, now);
}
