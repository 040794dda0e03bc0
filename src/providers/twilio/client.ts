import twilioSdk from "twilio";
import { openVendorConnection } from "../vendor-connection.ts";
import { TwilioHttpClient } from "./http-client.ts";
import type { TwilioSettings } from "./settings.ts";

export interface TwilioClient {
  readonly client: twilioSdk.Twilio;
  readonly httpClient: TwilioHttpClient;
  readonly close: () => void;
}

/** Twilio's own SDK, with its retries left off. */
export function openTwilioClient(settings: TwilioSettings): TwilioClient {
  const connection = openVendorConnection();
  const httpClient = new TwilioHttpClient(connection, settings.baseUrl, settings.timeoutMs);
  // A log level is given because TWILIO_LOG_LEVEL=debug would print credentials and texts.
  const client = twilioSdk(settings.accountSid, settings.authToken, { httpClient, logLevel: "none", autoRetry: false });
  if (settings.baseUrl !== null) client.api.baseUrl = settings.baseUrl;
  return { client, httpClient, close: () => connection.close() };
}
