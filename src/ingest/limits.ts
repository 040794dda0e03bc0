/** What the door takes at most. Every number may be lowered by a test; production uses `defaultLimits`. */
export interface DoorLimits {
  /** Bytes of a body. SendGrid batches up to 768 kB. */
  readonly bodyBytes: number;
  /** Bytes of bodies of that size that are in memory at once; and of the larger ones that some paths take. */
  readonly heldBytes: number;
  readonly heldLargeBytes: number;
  /** Elements of one webhook request. A megabyte of real events is a few thousand. */
  readonly webhookElements: number;
  /** Events of one request to `/v1/events`. */
  readonly apiEvents: number;
  /** Bytes of an identity key, of a fact's id and of its body: what every store takes. */
  readonly keyBytes: number;
  readonly idBytes: number;
  readonly factBytes: number;
  /** Milliseconds that an append may take before the caller is asked to come again. Twilio gives up after 15 s. */
  readonly appendMs: number;
  /** Milliseconds for which the rest of a refused body is read and thrown away, so that the answer can be heard. */
  readonly lingerMs: number;
}

export const defaultLimits: DoorLimits = {
  bodyBytes: 1_048_576,
  heldBytes: 256 * 1_048_576,
  heldLargeBytes: 96 * 1_048_576,
  webhookElements: 10_000,
  apiEvents: 1_000,
  keyBytes: 128,
  idBytes: 512,
  factBytes: 262_144,
  appendMs: 10_000,
  lingerMs: 1_000,
};
