/** A message that the fake took, in the shape of the Messages API. */
export interface TwilioFakeMessage {
  readonly sid: string;
  readonly body: string;
  readonly to: string;
  readonly from: string | null;
  readonly messaging_service_sid: string | null;
  readonly date_created: string;
  readonly status: string;
  readonly [field: string]: unknown;
}

/** A message that was taken, and where it is to be reported on: null when nobody asked for that. */
export interface TwilioSent {
  readonly message: TwilioFakeMessage;
  readonly callback: string | null;
}
