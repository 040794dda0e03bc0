import { readFileSync } from "node:fs";
import { Ajv } from "ajv";
import type { AnySchemaObject, ErrorObject } from "ajv";
import addFormats from "ajv-formats";
import type { CanonicalEvent } from "../core/model/event.ts";

/** One thing that is wrong with what was posted. The pointer is RFC 6901; the message never quotes a value. */
export interface EventFault {
  readonly pointer: string;
  readonly message: string;
}

/** An event as your own systems post it: what is missing is filled in before it is stored. */
export type PostedEvent = Partial<CanonicalEvent> & Pick<CanonicalEvent, "event_type">;

const schemaUrl = new URL("../../schemas/event.schema.json", import.meta.url);

export type EventValidator = (
  value: unknown,
) => { readonly event: PostedEvent } | { readonly faults: readonly EventFault[] };

/** Compiles `schemas/event.schema.json`. Throws when the schema is missing or broken, which is a broken installation. */
export function createEventValidator(): EventValidator {
  // The schema requires one of several identities, each defined a level above: the one thing strict mode would not have.
  const ajv = new Ajv({ allErrors: true, strict: true, strictRequired: false });
  addFormats.default(ajv);
  const validate = ajv.compile(JSON.parse(readFileSync(schemaUrl, "utf8")) as AnySchemaObject);
  const isPostedEvent = (value: unknown): value is PostedEvent => validate(value) === true;
  return (value) => (isPostedEvent(value) ? { event: value } : { faults: faultsOf(validate.errors ?? []) });
}

/** The schema says in three alternatives that an event needs an identity; a person needs to hear it once. */
function faultsOf(errors: readonly ErrorObject[]): readonly EventFault[] {
  const plain = errors.filter((error) => !error.schemaPath.startsWith("#/anyOf"));
  const faults = plain.map((error) => ({ pointer: pointerOf(error), message: error.message ?? "is not valid" }));
  if (plain.length === errors.length) return faults;
  const message = "must have an identity: contact_id, address.email, address.phone or data.anonymous_id";
  return [...faults, { pointer: "", message }];
}

/** A fault for those who did not send it: what others named as they liked may be personal, and is not repeated. */
export function withoutNames({ pointer, message }: EventFault): string {
  const own = pointer.startsWith("/data/") && pointer !== "/data/anonymous_id" ? "/data" : pointer;
  if (!message.includes("additional properties")) return `${own} ${message}`.trim();
  return `${own.slice(0, own.lastIndexOf("/"))} has an unknown property`.trim();
}

/** A property that should not be there is named by the pointer, so that the fault says which. */
function pointerOf(error: ErrorObject): string {
  if (error.keyword !== "additionalProperties") return error.instancePath;
  const name = String(error.params["additionalProperty"]);
  return `${error.instancePath}/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`;
}
