import { verify } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { isJsonObject, parseJson } from "../../core/model/parse-json.ts";
import { decodeText } from "../decode.ts";
import type { Verification } from "../provider.ts";

/** What Amazon SNS posts: texts by name, of which the signature covers some. */
export type SnsMessage = ReadonlyMap<string, string>;

export interface SnsTrust {
  /** ARNs of the topics whose messages are ours. */
  readonly topics: readonly string[];
  readonly toleranceMs: number;
}

/** A clock of ours that is behind by more than this is a fault to be seen, not to be worked around. */
const maxAheadMs = 5 * 60_000;
const topicArn = /^arn:aws(?:-cn|-us-gov)?:sns:([a-z]{2}(?:-[a-z]+)+-\d):\d{12}:[\w-]{1,256}(?:\.fifo)?$/;
const certificatePath = /^\/SimpleNotificationService-[\w-]{1,100}\.pem$/;

/** The names that are signed, in the order in which they are. A notification need not have a subject. */
const signedNames: ReadonlyMap<string, readonly string[]> = new Map([
  ["Notification", ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"]],
  ["SubscriptionConfirmation", ["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"]],
  ["UnsubscribeConfirmation", ["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"]],
]);

/** Null when it is no message of SNS. */
export function readSnsMessage(body: Uint8Array): SnsMessage | null {
  const parsed = parseJson(decodeText(body));
  if (!parsed.ok || !isJsonObject(parsed.value)) return null;
  const texts = Object.entries(parsed.value).filter((entry): entry is [string, string] => typeof entry[1] === "string");
  const message = new Map(texts);
  return signedNames.has(message.get("Type") ?? "") ? message : null;
}

/** The region of a topic; null when it is no ARN of one. */
export function regionOf(arn: string): string | null {
  return topicArn.exec(arn)?.[1] ?? null;
}

/**
 * Where the certificate is with which a message of one of our topics was signed. Null when the message names another
 * topic, or a place that is not Amazon's for that topic's region: anybody can sign with a certificate of their own.
 */
export function certificateUrl(message: SnsMessage, { topics }: SnsTrust): URL | null {
  const url = urlOfSns(message, "SigningCertURL", topics);
  return url?.search === "" && certificatePath.test(url.pathname) ? url : null;
}

/** Where the subscription of one of our topics is confirmed; null as above. */
export function subscribeUrl(message: SnsMessage, { topics }: SnsTrust): URL | null {
  const url = urlOfSns(message, "SubscribeURL", topics);
  return url?.searchParams.get("Action") === "ConfirmSubscription" ? url : null;
}

function urlOfSns(message: SnsMessage, name: string, topics: readonly string[]): URL | null {
  const topic = message.get("TopicArn") ?? "";
  const text = message.get(name) ?? "";
  if (!topics.includes(topic) || !URL.canParse(text)) return null;
  const url = new URL(text);
  const domain = topic.startsWith("arn:aws-cn:") ? "amazonaws.com.cn" : "amazonaws.com";
  const isAmazons =
    url.origin === `https://sns.${regionOf(topic)}.${domain}` && url.username === "" && url.password === "";
  return isAmazons ? url : null;
}

/** What the signature covers: each name that is there, and its text, in lines of their own. */
export function textToSign(message: SnsMessage): string {
  const names = signedNames.get(message.get("Type") ?? "") ?? [];
  return names
    .filter((name) => message.has(name))
    .map((name) => `${name}\n${message.get(name)}\n`)
    .join("");
}

/** RSA with SHA-1 (version 1) or SHA-256 (version 2), then the age of what was surely signed. */
export function verifySns(message: SnsMessage, key: KeyObject, trust: SnsTrust, now: number): Verification {
  const algorithm = { "1": "sha1", "2": "sha256" }[message.get("SignatureVersion") ?? ""];
  const signature = Buffer.from(message.get("Signature") ?? "", "base64");
  if (algorithm === undefined || !isSigned(algorithm, textToSign(message), key, signature)) {
    return { ok: false, reason: "signature_invalid" };
  }
  const at = Date.parse(message.get("Timestamp") ?? "");
  if (Number.isNaN(at)) return { ok: false, reason: "timestamp_invalid" };
  if (now - at > trust.toleranceMs || at - now > maxAheadMs) return { ok: false, reason: "timestamp_stale" };
  return { ok: true };
}

function isSigned(algorithm: string, text: string, key: KeyObject, signature: Buffer): boolean {
  try {
    return verify(algorithm, Buffer.from(text, "utf8"), key, signature);
  } catch {
    return false;
  }
}
