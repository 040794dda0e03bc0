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

/** A call that the fake took, in the shape of the Calls API. What it says is not in it. */
export interface TwilioFakePhoneCall {
  readonly sid: string;
  readonly to: string;
  readonly from: string;
  readonly date_created: string;
  readonly status: string;
  readonly [field: string]: unknown;
}

/** A message that was taken, and where it is to be reported on: null when nobody asked for that. */
export interface TwilioSent {
  readonly message: TwilioFakeMessage | TwilioFakePhoneCall;
  readonly callback: string | null;
}
