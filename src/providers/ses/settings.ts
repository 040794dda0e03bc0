import { readAnswersTo } from "../answers-to.ts";
import type { Settings } from "../settings.ts";
import type { AwsCredentials } from "./sigv4.ts";
import { regionOf } from "./sns.ts";
import type { SnsTrust } from "./sns.ts";

/** SNS tries for an hour at most, and what its own queue of dead letters brings later is known by its id. */
const defaultToleranceMs = 25 * 3_600_000;

export interface SesSettings {
  readonly region: string;
  readonly credentials: AwsCredentials;
  readonly baseUrl: string;
  readonly timeoutMs: number;
  /** It decides which events are published, and where. */
  readonly configurationSet: string | null;
  /** Where people's answers are received; null when they go to the sender. */
  readonly answersTo: string | null;
  readonly webhook: SesWebhook | null;
}

export interface SesWebhook extends SnsTrust {
  /** Who plays SNS instead of Amazon; null in earnest. */
  readonly snsUrl: string | null;
}

export function readSesSettings(settings: Settings): SesSettings {
  const webhook = settings.section("webhook");
  const region = settings.required("region");
  if (region !== "" && !/^[a-z]{2}(?:-[a-z]+)+-\d$/.test(region)) {
    settings.report("region", "expected the name of a region of AWS, such as us-east-1");
  }
  return {
    region,
    credentials: {
      accessKeyId: settings.required("access_key_id"),
      secretAccessKey: settings.required("secret_access_key"),
      sessionToken: settings.string("session_token"),
    },
    baseUrl: settings.url("base_url") ?? `https://email.${region}.amazonaws.com`,
    timeoutMs: settings.duration("timeout"),
    configurationSet: settings.string("configuration_set"),
    answersTo: readAnswersTo(settings, "answers@mail.example.com"),
    webhook: webhook === null ? null : readWebhook(webhook),
  };
}

function readWebhook(webhook: Settings): SesWebhook {
  const topics = webhook.strings("topic_arn");
  if (topics.length === 0) webhook.report("topic_arn", "is required: the ARN of the topic to which SES publishes");
  if (topics.some((topic) => regionOf(topic) === null)) {
    webhook.report("topic_arn", "expected an ARN such as arn:aws:sns:us-east-1:123456789012:ses-events");
  }
  return { topics, snsUrl: webhook.url("sns_url"), toleranceMs: webhook.duration("tolerance", defaultToleranceMs) };
}
