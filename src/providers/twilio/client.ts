import twilioSdk from "twilio";
import { openVendorHttp } from "../vendor-http.ts";
import { TwilioHttpClient } from "./http-client.ts";
import type { TwilioSettings } from "./settings.ts";

export interface TwilioClient {
  readonly client: twilioSdk.Twilio;
  readonly httpClient: TwilioHttpClient;
  readonly close: () => Promise<void>;
}

/** Twilio's own SDK, with its retries left off. */
export function openTwilioClient(settings: TwilioSettings): TwilioClient {
  const http = openVendorHttp();
  const httpClient = new TwilioHttpClient(http, settings.baseUrl);
  // A log level is given because TWILIO_LOG_LEVEL=debug would print credentials and texts.
  const client = twilioSdk(settings.accountSid, settings.authToken, { httpClient, logLevel: "none", autoRetry: false });
  if (settings.baseUrl !== null) client.api.baseUrl = settings.baseUrl;
  return { client, httpClient, close: () => http.close() };
}
